package digest

import "parley/call"

// Password is what an account proves itself with.
type Password = call.Secret
