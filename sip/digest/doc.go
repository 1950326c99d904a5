// Package digest proves and checks passwords as SIP does it: the digest scheme
// of RFC 7616 and RFC 2617 with SIP's algorithms (RFC 3261 §22, RFC 8760). It
// makes and reads header values and has no socket; what sends them is
// elsewhere.
package digest
