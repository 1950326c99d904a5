package rtp

import (
	"fmt"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"
)

// replayWindow is how many packets back a repetition is recognised (RFC 3711
// §3.3.2 wants 64).
const replayWindow = 128

// guard protects or opens the packets of one direction. It lives as long as
// its key: roll-over counters and replay windows outlast a re-INVITE that
// keeps the key, and go with it. All work is done in the caller's buffer.
type guard struct {
	crypto  Crypto
	context *srtp.Context
	header  rtp.Header // reused
	control rtcp.Header
}

// guards are those of both directions; nil is plain RTP.
type guards struct{ send, receive *guard }

// newGuard returns nil for plain RTP.
func newGuard(c Crypto) (*guard, error) {
	if c.Suite == NoSuite {
		return nil, nil
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	options := []srtp.ContextOption{
		srtp.SRTPReplayProtection(replayWindow),
		srtp.SRTCPReplayProtection(replayWindow),
	}
	if c.MKI != "" {
		options = append(options, srtp.MasterKeyIndicator([]byte(c.MKI)))
	}
	context, err := srtp.CreateContext([]byte(c.Key), []byte(c.Salt), suiteTable[c.Suite].profile, options...)
	if err != nil {
		return nil, fmt.Errorf("rtp: %s: %w", c.Suite, err)
	}
	return &guard{crypto: c, context: context}, nil
}

// guardFor returns g if it has the key of c already, else a new one.
func guardFor(g *guard, c Crypto) (*guard, error) {
	if g != nil && g.crypto == c {
		return g, nil
	}
	return newGuard(c)
}

// protect encrypts an RTP packet in place; its buffer has room for a tag (16
// bytes; RTCP's 20). nil means that the key is used up.
func (g *guard) protect(packet []byte) []byte {
	out, err := g.context.EncryptRTP(packet[:0], packet, &g.header)
	if err != nil {
		return nil
	}
	return out
}

// open decrypts an RTP packet in place. nil means that it is not authentic or
// has been seen before. packet is of version 2 and has a header's length.
func (g *guard) open(packet []byte) []byte {
	out, err := g.context.DecryptRTP(packet[:0], packet, &g.header)
	if err != nil {
		return nil
	}
	return out
}

// protectControl and openControl do the same with RTCP.
func (g *guard) protectControl(packet []byte) []byte {
	out, err := g.context.EncryptRTCP(packet[:0], packet, &g.control)
	if err != nil {
		return nil
	}
	return out
}

func (g *guard) openControl(packet []byte) []byte {
	out, err := g.context.DecryptRTCP(packet[:0], packet, &g.control)
	if err != nil {
		return nil
	}
	return out
}
