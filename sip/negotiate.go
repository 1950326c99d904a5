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
	addr     netip.AddrPort // where our RTP socket can be reached
	id       uint64         // of the session, in o=
	codecs   []media.Codec  // preferred first
	withheld direction      // what we do not do while we hold the party
}

// eventPayload is the payload type that we offer for digits.
const eventPayload = 101

// agreement is what an offer and its answer come to.
type agreement struct {
	epoch     rtp.Epoch
	direction direction // as we describe it
	line      int       // the m= line it is about
}

// held reports whether either side has asked for silence.
func (a *agreement) held() bool { return !a.epoch.Send || !a.epoch.Receive }

// agree picks the first m= line of d that we can take. d comes from the peer.
func agree(d *sdp.SessionDescription, us ours) (*agreement, error) {
	if len(d.MediaDescriptions) == 0 {
		return nil, fmt.Errorf("%w: no m= line", errNoMedia)
	}
	var why error
	for i := range d.MediaDescriptions {
		a, err := audioLine(d, i)
		if err == nil {
			var g *agreement
			if g, err = a.agree(us); err == nil {
				return g, nil
			}
		}
		if why == nil {
			why = err
		}
	}
	return nil, why
}

func (a *audio) agree(us ours) (*agreement, error) {
	if a.remote.Addr().Is4() != us.addr.Addr().Unmap().Is4() {
		return nil, fmt.Errorf("%w: %s cannot be reached from %s", errNoMedia, a.remote.Addr(), us.addr.Addr())
	}
	codec, f := a.codec(us.codecs)
	if codec == nil {
		return nil, fmt.Errorf("%w: no common codec", errNoMedia)
	}
	g := &agreement{line: a.line, direction: a.direction.reverse() &^ us.withheld}
	g.epoch = rtp.Epoch{
		Remote:      a.remote,
		Codec:       codec,
		PayloadType: f.pt,
		PTime:       a.ptime,
		// An address of 0.0.0.0 is hold as RFC 2543 had it (RFC 3264 §8.4).
		Send:    g.direction&sends != 0 && !a.remote.Addr().IsUnspecified(),
		Receive: g.direction&receives != 0,
	}
	if g.epoch.PTime == 0 {
		g.epoch.PTime = media.FrameTime
	}
	for _, f := range a.formats {
		if strings.EqualFold(f.name, eventName) && f.clock == codec.Clock() {
			g.epoch.EventType, g.epoch.EventClock = f.pt, f.clock
			break
		}
	}
	return g, nil
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
