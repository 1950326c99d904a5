package sip

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"parley/call"
	"parley/media"
	"parley/media/rtp"
	"parley/sip/trunk"
)

// Ports opens the media of a call; *rtp.Pool does.
type Ports interface {
	Open(rtp.Options) (*rtp.Session, error)
}

// leg is the media beneath a call: its RTP session and what was last agreed
// on. It belongs to the dialog's actor.
type leg struct {
	rtp     *rtp.Session
	us      ours
	version uint64 // of our last description
	said    []byte // our last description
	agreed  *agreement
	// silentAt is how long the party had been silent when it was last taken
	// off hold: that silence is not held against it.
	silentAt time.Duration
}

// openLeg opens a session that remote can reach through e.
func (s *Server) openLeg(codecs []media.Codec, srtp srtpPolicy, e *endpoint, remote netip.Addr) (*leg, error) {
	session, err := s.deps.Ports.Open(rtp.Options{})
	if err != nil {
		return nil, fmt.Errorf("open media: %w", err)
	}
	local := session.LocalAddr()
	addr := localAddr(local.Addr().Unmap(), remote)
	if e.external.IsValid() {
		addr = e.external.Addr()
	}
	l := &leg{rtp: session, us: ours{addr: netip.AddrPortFrom(addr, local.Port()), id: uint64(time.Now().UnixMicro()), keys: new(keyring)}}
	l.us.codecs, l.us.srtp, l.us.peer = codecs, srtp, remote.Unmap()
	return l, nil
}

// open opens the dialog's media towards remote.
func (d *dialog) open(preferred []string, e *endpoint, remote netip.Addr) (err error) {
	if d.leg, err = d.srv.openLeg(d.codecs(preferred), d.srtp(), e, remote); err != nil {
		return err
	}
	d.leg.us.noEvents = d.via.DTMF == trunk.DTMFInfo || d.via.DTMF == trunk.DTMFInband
	d.tapRTCP()
	return nil
}

// srtp is the trunk's policy; its configuration has been checked.
func (d *dialog) srtp() srtpPolicy {
	p, _ := srtpPolicyOf(d.via.SRTP)
	return p
}

// codecs are those that the trunk, or else the server, has; preferred ones
// come first.
func (d *dialog) codecs(preferred []string) (list []media.Codec) {
	names := d.cfg.Codecs
	if len(d.via.Codecs) > 0 {
		names = d.via.Codecs
	}
	for _, name := range append(slices.Clone(preferred), names...) {
		c := codecByName(name)
		if c == nil || slices.Contains(list, c) || !slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, c.Name()) }) {
			continue
		}
		list = append(list, c)
	}
	return list
}

// offer returns our description of the call as it is, or as we would like it.
func (l *leg) offer() ([]byte, error) {
	return l.describe(func(version uint64) ([]byte, error) { return l.us.offer(version, both&^l.us.withheld) })
}

// reoffer returns our last description as an offer, with our side of the
// stream in direction w (RFC 3264 §8): the same text if nothing changes.
func (l *leg) reoffer(w direction) ([]byte, error) {
	l.us.withheld = both &^ w
	if l.said == nil || l.agreed == nil {
		return l.offer()
	}
	return l.describe(func(version uint64) ([]byte, error) {
		d, err := parseSDP(l.said)
		if err != nil {
			return nil, err
		}
		d.Origin.SessionVersion = version
		m := d.MediaDescriptions[l.agreed.line]
		for i, a := range m.Attributes {
			if _, ok := parseDirection(a.Key); ok {
				m.Attributes[i].Key = w.String()
			}
		}
		return marshal(d)
	})
}

// answer takes what it can of the offer in body and returns our description.
// Nothing is bound yet.
func (l *leg) answer(body []byte) (*agreement, []byte, error) {
	d, err := parseSDP(body)
	if err != nil {
		return nil, nil, err
	}
	g, err := agree(d, l.us)
	if err != nil {
		return nil, nil, err
	}
	text, err := l.describe(func(version uint64) ([]byte, error) { return l.us.answer(d, g, version) })
	return g, text, err
}

// answered reads the peer's answer to our offer.
func (l *leg) answered(body []byte) (*agreement, error) {
	d, err := parseSDP(body)
	if err != nil {
		return nil, err
	}
	return settle(d, l.us)
}

// describe counts our version up when the description changes, and only then
// (RFC 3264 §8).
func (l *leg) describe(write func(version uint64) ([]byte, error)) ([]byte, error) {
	text, err := write(l.version)
	if err != nil || l.said == nil || string(text) == string(l.said) {
		if err == nil {
			l.said = text
		}
		return text, err
	}
	l.version++
	l.said, err = write(l.version)
	return l.said, err
}

// bind makes g what the session does from the next frame on.
func (l *leg) bind(g *agreement) error {
	if l.agreed != nil && l.agreed.held() && !g.held() {
		l.silentAt = l.rtp.Silent()
	}
	if err := l.rtp.Bind(g.epoch); err != nil {
		return fmt.Errorf("bind media: %w", err)
	}
	l.agreed = g
	return nil
}

// silent is for how long the party has sent nothing though it was to.
func (l *leg) silent() time.Duration {
	d := l.rtp.Silent()
	if l.agreed == nil || l.agreed.held() {
		return 0
	}
	if d < l.silentAt { // it has spoken since
		l.silentAt = 0
	}
	return d - l.silentAt
}

// stats puts the session's counters into the words of a record.
func stats(s *rtp.Session, codec string) call.MediaStats {
	n := s.Stats()
	return call.MediaStats{
		Codec:       codec,
		PacketsIn:   n.PacketsIn,
		PacketsOut:  n.PacketsOut,
		Lost:        n.Lost,
		Late:        n.Late,
		Strangers:   n.Strangers,
		Malformed:   n.Malformed,
		JitterMS:    n.JitterMS,
		SRTP:        n.SRTP,
		Unauthentic: n.Unauthentic,
		FarLost:     n.FarLost,
		FarJitterMS: n.FarJitterMS,
		RTTMS:       float64(n.RTT) / float64(time.Millisecond),
		MOS:         n.MOS,
		FarMOS:      n.FarMOS,
		DigitsIn:    n.DigitsIn,
		FramesGap:   n.Gaps,
		FramesGuess: n.Concealed,
	}
}
