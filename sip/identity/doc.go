// Package identity reads and writes the headers that say who really calls,
// and over which detours: P-Asserted-Identity and P-Preferred-Identity (RFC
// 3325), Privacy (RFC 3323), Diversion (RFC 5806), History-Info (RFC 7044),
// Remote-Party-ID, Reason (RFC 3326) and Identity (RFC 8224). It has no
// socket, clock or state.
package identity
