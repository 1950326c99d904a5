package sip

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/pion/sdp/v3"

	"parley/media"
)

// offer describes the stream that we would like (RFC 3264 §5). version
// counts up with every description that differs from the last.
func (u ours) offer(version uint64, d direction) ([]byte, error) {
	var formats []format
	for _, c := range u.codecs {
		formats = append(formats, format{c.PayloadType(), c.Name(), c.Clock()})
	}
	if !u.noEvents {
		formats = append(formats, format{eventPayload, eventName, 8000})
	}
	s := u.session(version)
	m := mediaLine(u.addr.Port(), formats, media.FrameTime, d)
	profile, lines := u.offerKeys()
	m.MediaName.Protos = strings.Split(profile, "/")
	for _, line := range lines {
		m.Attributes = append(m.Attributes, sdp.NewAttribute("crypto", line.Line()))
	}
	m.Attributes = append(m.Attributes, sdp.NewAttribute("rtcp-mux", ""))
	s.MediaDescriptions = []*sdp.MediaDescription{m}
	return marshal(s)
}

// session is the part of a description above the first m= line.
func (u ours) session(version uint64) *sdp.SessionDescription {
	addr := u.addr.Addr().Unmap()
	return &sdp.SessionDescription{
		Origin: sdp.Origin{
			Username: "parley", SessionID: u.id, SessionVersion: version,
			NetworkType: "IN", AddressType: addressType(addr), UnicastAddress: addr.String(),
		},
		SessionName: "-",
		ConnectionInformation: &sdp.ConnectionInformation{
			NetworkType: "IN", AddressType: addressType(addr), Address: &sdp.Address{Address: addr.String()},
		},
		TimeDescriptions: []sdp.TimeDescription{{}},
	}
}

func addressType(a netip.Addr) string {
	if a.Is6() {
		return "IP6"
	}
	return "IP4"
}

func mediaLine(port uint16, formats []format, ptime time.Duration, d direction) *sdp.MediaDescription {
	m := &sdp.MediaDescription{MediaName: sdp.MediaName{
		Media: "audio", Port: sdp.RangedPort{Value: int(port)}, Protos: []string{"RTP", "AVP"},
	}}
	attr := func(key, value string) { m.Attributes = append(m.Attributes, sdp.NewAttribute(key, value)) }
	for _, f := range formats {
		pt := strconv.Itoa(int(f.pt))
		m.MediaName.Formats = append(m.MediaName.Formats, pt)
		attr("rtpmap", fmt.Sprintf("%s %s/%d", pt, f.name, f.clock))
		if f.name == eventName {
			attr("fmtp", pt+" 0-16")
		}
	}
	attr("ptime", strconv.FormatInt(ptime.Milliseconds(), 10))
	attr(d.String(), "")
	return m
}

func marshal(s *sdp.SessionDescription) ([]byte, error) {
	b, err := s.Marshal()
	if err != nil {
		return nil, fmt.Errorf("write session description: %w", err)
	}
	return b, nil
}
