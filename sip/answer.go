package sip

import (
	"github.com/pion/sdp/v3"
)

// answer describes our side of what g took from the offer d (RFC 3264 §6):
// one m= line for each of the offer's, in its order, all but ours refused
// with port 0, our one with the one codec we chose and the offer's payload
// types.
func (u ours) answer(d *sdp.SessionDescription, g *agreement, version uint64) ([]byte, error) {
	s := u.session(version)
	for i, m := range d.MediaDescriptions {
		if i == g.line {
			formats := []format{{g.epoch.PayloadType, g.epoch.Codec.Name(), g.epoch.Codec.Clock()}}
			if g.epoch.EventType != 0 {
				formats = append(formats, format{g.epoch.EventType, eventName, g.epoch.EventClock})
			}
			ours := mediaLine(u.addr.Port(), formats, g.epoch.PTime, g.direction)
			ours.MediaName.Protos = m.MediaName.Protos
			if g.crypto != "" {
				ours.Attributes = append(ours.Attributes, sdp.NewAttribute("crypto", g.crypto))
			}
			if g.epoch.Mux {
				ours.Attributes = append(ours.Attributes, sdp.NewAttribute("rtcp-mux", ""))
			}
			s.MediaDescriptions = append(s.MediaDescriptions, ours)
			continue
		}
		s.MediaDescriptions = append(s.MediaDescriptions, &sdp.MediaDescription{MediaName: sdp.MediaName{
			Media: m.MediaName.Media, Protos: m.MediaName.Protos, Formats: m.MediaName.Formats,
		}})
	}
	return marshal(s)
}
