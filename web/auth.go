package web

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// cookieName holds the token in a browser that has signed in.
const cookieName = "parley_token"

// authorize lets a request pass that has the token, as a bearer or in the
// pages' cookie, and those for operations that declare no security.
func (s *Server) authorize(api huma.API) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		op := ctx.Operation()
		open := op.Security != nil && len(op.Security) == 0
		r, w := humago.Unwrap(ctx)
		if open || s.known(r) {
			next(ctx)
			return
		}
		w.Header().Set("WWW-Authenticate", `Bearer realm="parley"`)
		huma.WriteErr(api, ctx, http.StatusUnauthorized, "the bearer token is missing or wrong: it stands in the data folder in the file token") //nolint:errcheck // the answer is the error
	}
}

// known reports whether a request carries the token.
func (s *Server) known(r *http.Request) bool {
	// The scheme's case does not matter (RFC 9110 §11.1).
	if scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok && strings.EqualFold(scheme, "Bearer") {
		return s.same(strings.TrimSpace(token))
	}
	if c, err := r.Cookie(cookieName); err == nil {
		return s.same(c.Value)
	}
	return false
}

// same compares in constant time, whatever the lengths.
func (s *Server) same(token string) bool {
	got, want := sha256.Sum256([]byte(token)), sha256.Sum256([]byte(s.deps.Token))
	return subtle.ConstantTimeCompare(got[:], want[:]) == 1
}
