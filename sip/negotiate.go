package sip

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/pion/sdp/v3"

	"parley/media"
	"parley/media/rtp"
)

// ours is what we bring to every offer and answer of a call.
type ours struct {
	peer     netip.Addr     // where its signalling comes from, if known
	addr     netip.AddrPort // where our RTP socket can be reached
	id       uint64         // of the session, in o=
	codecs   []media.Codec  // preferred first
	withheld direction      // what we do not do while we hold the party
	srtp     srtpPolicy
	keys     *keyring // nil if srtp is srtpOff
	noEvents bool     // digits are not to come and go as RFC 4733 has it
}

// eventPayload is the payload type that we offer for digits.
const eventPayload = 101

// agreement is what an offer and its answer come to.
type agreement struct {
	epoch     rtp.Epoch
	direction direction // as we describe it
	line      int       // the m= line it is about
	profile   string    // of that line
	crypto    string    // our a=crypto in it, "" for plain RTP
}

// held reports whether either side has asked for silence.
func (a *agreement) held() bool { return !a.epoch.Send || !a.epoch.Receive }

// agree picks the first m= line of the peer's offer d that we can take.
func agree(d *sdp.SessionDescription, us ours) (*agreement, error) {
	return pick(d, us, us.acceptKeys)
}

// settle picks the m= line of the peer's answer d to our offer.
func settle(d *sdp.SessionDescription, us ours) (*agreement, error) {
	return pick(d, us, us.settleKeys)
}

// agreeKeys finds the keys of an m= line of the peer's.
type agreeKeys func(*audio) (keys, error)

func pick(d *sdp.SessionDescription, us ours, agree agreeKeys) (*agreement, error) {
	if len(d.MediaDescriptions) == 0 {
		return nil, fmt.Errorf("%w: no m= line", errNoMedia)
	}
	var why error
	for i := range d.MediaDescriptions {
		a, err := audioLine(d, i)
		if err == nil {
			var g *agreement
			if g, err = a.agree(us, agree); err == nil {
				return g, nil
			}
		}
		if why == nil {
			why = err
		}
	}
	return nil, why
}

func (a *audio) agree(us ours, agree agreeKeys) (*agreement, error) {
	if a.remote.Addr().Is4() != us.addr.Addr().Unmap().Is4() && !a.remote.Addr().IsUnspecified() {
		// Some describe an address of the other family while they speak to us
		// in ours. Their media comes from where their signalling does, as a
		// rule; the source lock learns better.
		if !us.peer.IsValid() || us.peer.Is4() != us.addr.Addr().Unmap().Is4() {
			return nil, fmt.Errorf("%w: %s cannot be reached from %s", errNoMedia, a.remote.Addr(), us.addr.Addr())
		}
		a.remote = netip.AddrPortFrom(us.peer, a.remote.Port())
	}
	codec, f := a.codec(us.codecs)
	if codec == nil {
		return nil, fmt.Errorf("%w: no common codec", errNoMedia)
	}
	ks, err := agree(a)
	if err != nil {
		return nil, err
	}
	g := &agreement{line: a.line, direction: a.direction.reverse() &^ us.withheld, profile: a.profile}
	if ks.protect() {
		g.crypto = ks.ours.Line()
	}
	g.epoch = rtp.Epoch{
		Remote:      a.remote,
		Codec:       codec,
		PayloadType: f.pt,
		PTime:       a.ptime,
		// An address of 0.0.0.0 is hold as RFC 2543 had it (RFC 3264 §8.4).
		Send:    g.direction&sends != 0 && !a.remote.Addr().IsUnspecified(),
		Receive: g.direction&receives != 0,

		SendCrypto:    ks.ours.Crypto,
		ReceiveCrypto: ks.theirs.Crypto,
		Control:       a.controlAddr(),
		Mux:           a.mux,
	}
	if g.epoch.PTime == 0 {
		g.epoch.PTime = media.FrameTime
	}
	for _, f := range a.formats {
		if !us.noEvents && strings.EqualFold(f.name, eventName) && f.clock == codec.Clock() {
			g.epoch.EventType, g.epoch.EventClock = f.pt, f.clock
			break
		}
	}
	g.epoch.InBand = g.epoch.EventType == 0
	return g, nil
}

// controlAddr is where the peer receives RTCP: unless it says otherwise at
// the port above RTP's, or with RTCP-mux at the same.
func (a *audio) controlAddr() netip.AddrPort {
	addr, port := a.remote.Addr(), a.remote.Port()
	switch {
	case a.mux:
	case !a.control.IsValid():
		port++
	default:
		port = a.control.Port()
		if c := a.control.Addr(); !c.IsUnspecified() && c.Is4() == addr.Is4() {
			addr = c
		}
	}
	return netip.AddrPortFrom(addr, port)
}

// codec returns the one of prefer that comes first and that the peer has.
func (a *audio) codec(prefer []media.Codec) (media.Codec, format) {
	for _, c := range prefer {
		for _, f := range a.formats {
			if strings.EqualFold(f.name, c.Name()) && f.clock == c.Clock() {
				return c, f
			}
		}
	}
	return nil, format{}
}
