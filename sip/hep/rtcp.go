package hep

import (
	"encoding/json"

	"github.com/pion/rtcp"
)

// report is RTCP as Homer wants it.
type report struct {
	SSRC   uint32  `json:"ssrc"`
	Type   int     `json:"type"`
	Count  int     `json:"report_count"`
	Sender *sender `json:"sender_information,omitempty"`
	Blocks []block `json:"report_blocks"`
}

type sender struct {
	Seconds   uint32 `json:"ntp_timestamp_sec"`
	Fraction  uint32 `json:"ntp_timestamp_usec"`
	Timestamp uint32 `json:"rtp_timestamp"`
	Packets   uint32 `json:"packets"`
	Octets    uint32 `json:"octets"`
}

type block struct {
	SSRC     uint32 `json:"source_ssrc"`
	Highest  uint32 `json:"highest_seq_no"`
	Fraction uint8  `json:"fraction_lost"`
	Lost     uint32 `json:"packets_lost"`
	Jitter   uint32 `json:"ia_jitter"`
	LSR      uint32 `json:"lsr"`
	DLSR     uint32 `json:"dlsr"`
}

// rtcpJSON is the first report in a compound packet.
func rtcpJSON(packet []byte) []byte {
	r := report{Blocks: []block{}}
	packets, err := rtcp.Unmarshal(packet)
	if err != nil {
		return []byte("{}")
	}
	for _, p := range packets {
		switch p := p.(type) {
		case *rtcp.SenderReport:
			r.SSRC, r.Type = p.SSRC, int(rtcp.TypeSenderReport)
			r.Sender = &sender{uint32(p.NTPTime >> 32), uint32(uint64(uint32(p.NTPTime)) * 1e6 >> 32), p.RTPTime, p.PacketCount, p.OctetCount}
			r.add(p.Reports)
		case *rtcp.ReceiverReport:
			r.SSRC, r.Type = p.SSRC, int(rtcp.TypeReceiverReport)
			r.add(p.Reports)
		default:
			continue
		}
		break
	}
	text, err := json.Marshal(r)
	if err != nil {
		return []byte("{}")
	}
	return text
}

func (r *report) add(reports []rtcp.ReceptionReport) {
	for _, b := range reports {
		r.Blocks = append(r.Blocks, block{b.SSRC, b.LastSequenceNumber, b.FractionLost, b.TotalLost, b.Jitter, b.LastSenderReport, b.Delay})
	}
	r.Count = len(r.Blocks)
}
