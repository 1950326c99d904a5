package sip

import "time"

// Ways to treat an extension that the peer may or may not have.
const (
	extensionOff       = "off"
	extensionSupported = "supported"
	extensionRequired  = "required"
)

// policy is how a dialog behaves toward its peer.
type policy struct {
	// reliable: provisional responses (RFC 3262) are off, supported (used
	// where the peer asks) or required.
	reliable string
	// expires is the session interval that we ask for (RFC 4028), 0 asks for
	// none; minExpires the shortest that we take.
	expires, minExpires time.Duration
	// refer: the peer may send our end of the call elsewhere (RFC 3515).
	refer bool
}

func (c *Config) dialogPolicy() policy {
	if c.policy != nil {
		return *c.policy
	}
	return defaultPolicy
}

var defaultPolicy = policy{reliable: extensionSupported, expires: 30 * time.Minute, minExpires: 90 * time.Second}
