// Package peers tries the real program against other people's telephones and
// against what no telephone would send.
package peers

import (
	"testing"

	"parley/test/harness"
)

func TestMain(m *testing.M) { harness.Main(m, 6) }

// quick are SIP timers a fifth as long as the RFC's, so that transactions are
// gone when a test wants to see that.
var quick = harness.Map{"t1": "100ms", "t2": "800ms", "t4": "1s"}
