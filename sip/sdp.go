package sip

import (
	"errors"
	"fmt"
	"math"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/pion/sdp/v3"

	"parley/media"
)

var (
	// errMalformed: it is no session description (400).
	errMalformed = errors.New("malformed session description")
	// errNoMedia: understood, but there is nothing in it for us (488).
	errNoMedia = errors.New("no acceptable media")
)

// direction is who may send on a media stream, as one side describes it
// (RFC 8866 §6.7).
type direction uint8

const (
	inactive direction = 0
	sends    direction = 1 << (iota - 1)
	receives
	both = sends | receives
)

func (d direction) String() string {
	return [...]string{"inactive", "sendonly", "recvonly", "sendrecv"}[d]
}

// reverse is d as the other side sees it.
func (d direction) reverse() direction { return d>>1 | d<<1&receives }

func parseDirection(s string) (direction, bool) {
	for d := inactive; d <= both; d++ {
		if d.String() == s {
			return d, true
		}
	}
	return both, false
}

// format is one entry of an m= line: a payload type and what it stands for.
type format struct {
	pt    uint8
	name  string
	clock int
}

// eventName is the encoding name of digits as named events (RFC 4733).
const eventName = "telephone-event"

// audio is what an m= line says of a stream that we could take.
type audio struct {
	line      int
	remote    netip.AddrPort // port and address that the describer receives at
	formats   []format
	ptime     time.Duration // of the packets it wants, 0 if it does not say
	direction direction
	profile   string         // RTP/AVP, or one of its kin
	crypto    []string       // values of a=crypto
	control   netip.AddrPort // where it receives RTCP (RFC 3605)
	mux       bool           // RTCP may share RTP's port (RFC 5761)
}

// profiles are those that we take, with whether they promise SRTP. The ones
// with feedback (RFC 4585) are the same to us: we need not send any.
var profiles = map[string]bool{"RTP/AVP": false, "RTP/AVPF": false, "RTP/SAVP": true, "RTP/SAVPF": true}

// parseSDP reads an SDP body (RFC 8866).
func parseSDP(body []byte) (*sdp.SessionDescription, error) {
	d := new(sdp.SessionDescription)
	if err := d.Unmarshal(body); err != nil {
		return nil, fmt.Errorf("%w: %w", errMalformed, err)
	}
	return d, nil
}

// audioLine reads the m= line i of d, or says why we cannot take it.
func audioLine(d *sdp.SessionDescription, i int) (*audio, error) {
	m := d.MediaDescriptions[i]
	profile := strings.Join(m.MediaName.Protos, "/")
	_, known := profiles[profile]
	switch {
	case m.MediaName.Media != "audio":
		return nil, fmt.Errorf("%w: %s", errNoMedia, m.MediaName.Media)
	case m.MediaName.Port.Value == 0:
		return nil, fmt.Errorf("%w: port 0", errNoMedia)
	case m.MediaName.Port.Value < 0 || m.MediaName.Port.Value > 65535:
		return nil, fmt.Errorf("%w: port %d", errMalformed, m.MediaName.Port.Value)
	case !known: // UDP/TLS/RTP/SAVPF needs ICE and DTLS
		return nil, fmt.Errorf("%w: %s", errNoMedia, profile)
	}
	addr, err := address(d, m)
	if err != nil {
		return nil, err
	}
	if _, ice := m.Attribute("candidate"); ice && addr.IsUnspecified() {
		return nil, fmt.Errorf("%w: reachable by ICE only", errNoMedia)
	}
	a := &audio{
		line:      i,
		remote:    netip.AddrPortFrom(addr, uint16(m.MediaName.Port.Value)),
		ptime:     packetTime(m),
		direction: describedDirection(d, m),
		profile:   profile,
		control:   control(m),
	}
	_, a.mux = m.Attribute("rtcp-mux")
	for _, attr := range m.Attributes {
		if attr.Key == "crypto" {
			a.crypto = append(a.crypto, attr.Value)
		}
	}
	if a.formats, err = formats(m); err != nil {
		return nil, err
	}
	return a, nil
}

// address is the c= line that counts for m: its own, else the session's.
func address(d *sdp.SessionDescription, m *sdp.MediaDescription) (netip.Addr, error) {
	c := m.ConnectionInformation
	if c == nil {
		c = d.ConnectionInformation
	}
	if c == nil || c.Address == nil {
		return netip.Addr{}, fmt.Errorf("%w: no c= line", errMalformed)
	}
	addr, err := netip.ParseAddr(c.Address.Address)
	if err != nil { // a name: allowed, unheard of
		return netip.Addr{}, fmt.Errorf("%w: address %q", errNoMedia, c.Address.Address)
	}
	if addr.IsMulticast() {
		return netip.Addr{}, fmt.Errorf("%w: multicast", errNoMedia)
	}
	return addr.Unmap().WithZone(""), nil
}

// control reads a=rtcp:port [IN IP4 address]; not valid if there is none
// (RFC 3605). What it says wrongly it has not said.
func control(m *sdp.MediaDescription) netip.AddrPort {
	v, _ := m.Attribute("rtcp")
	fields := strings.Fields(v)
	if len(fields) != 1 && len(fields) != 4 {
		return netip.AddrPort{}
	}
	port, err := strconv.ParseUint(fields[0], 10, 16)
	if err != nil || port == 0 {
		return netip.AddrPort{}
	}
	addr := netip.IPv4Unspecified() // as in c=
	if len(fields) == 4 {
		if addr, err = netip.ParseAddr(fields[3]); err != nil || addr.IsMulticast() {
			return netip.AddrPort{}
		}
	}
	return netip.AddrPortFrom(addr.Unmap().WithZone(""), uint16(port))
}

func describedDirection(d *sdp.SessionDescription, m *sdp.MediaDescription) direction {
	for _, attrs := range [][]sdp.Attribute{m.Attributes, d.Attributes} {
		for _, a := range attrs {
			if dir, ok := parseDirection(a.Key); ok {
				return dir
			}
		}
	}
	return both
}

// packetTime reads a=ptime, bounded by a=maxptime, as whole 10 ms.
func packetTime(m *sdp.MediaDescription) time.Duration {
	read := func(key string) time.Duration {
		v, ok := m.Attribute(key)
		if !ok {
			return 0
		}
		ms, err := strconv.ParseFloat(strings.TrimSpace(v), 64)
		if err != nil || math.IsNaN(ms) || ms < 10 || ms > 200 {
			return 0
		}
		return time.Duration(ms) / 10 * 10 * time.Millisecond
	}
	ptime, most := read("ptime"), read("maxptime")
	if most != 0 && (ptime > most || ptime == 0 && most < media.FrameTime) {
		ptime = most
	}
	return min(ptime, 60*time.Millisecond)
}

// formats resolves the payload types of m: by a=rtpmap, else by RFC 3551.
func formats(m *sdp.MediaDescription) ([]format, error) {
	mapped := make(map[string]format)
	for _, a := range m.Attributes {
		if a.Key != "rtpmap" {
			continue
		}
		pt, encoding, ok := strings.Cut(a.Value, " ")
		name, rest, ok2 := strings.Cut(strings.TrimSpace(encoding), "/")
		clockText, channels, _ := strings.Cut(rest, "/")
		clock, err := strconv.Atoi(clockText)
		if !ok || !ok2 || err != nil {
			return nil, fmt.Errorf("%w: a=rtpmap:%s", errMalformed, a.Value)
		}
		if channels == "" || channels == "1" {
			mapped[pt] = format{name: name, clock: clock}
		} else {
			mapped[pt] = format{} // more channels than a telephone has
		}
	}
	var fs []format
	for _, text := range m.MediaName.Formats {
		pt, err := strconv.ParseUint(text, 10, 8)
		if err != nil || pt > 127 {
			return nil, fmt.Errorf("%w: payload type %q", errMalformed, text)
		}
		f, ok := mapped[text]
		if !ok {
			for _, c := range media.Codecs {
				if uint64(c.PayloadType()) == pt {
					f = format{name: c.Name(), clock: c.Clock()}
				}
			}
		}
		f.pt = uint8(pt)
		fs = append(fs, f)
	}
	return fs, nil
}
