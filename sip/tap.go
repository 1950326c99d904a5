package sip

import (
	"log/slog"
	"net/netip"
	"time"

	"parley/media/rtp"
	"parley/sip/hep"
)

// newTap is what copies messages for a collector, nil if there is none.
func newTap(cfg hep.Config, log *slog.Logger) *hep.Sender {
	if cfg.Collector == "" {
		return nil
	}
	t := hep.New(cfg, log)
	t.Local = localAddr
	return t
}

func (s *Server) tapUDP(from, to netip.AddrPort, message []byte) { s.copy(hep.UDP, from, to, message) }
func (s *Server) tapTCP(from, to netip.AddrPort, message []byte) { s.copy(hep.TCP, from, to, message) }

// copy sends a copy of a message to the collector, if there is one.
// Keep-alives are no messages.
func (s *Server) copy(transport byte, from, to netip.AddrPort, message []byte) {
	if s.tap == nil || len(message) <= 4 {
		return
	}
	s.tap.Copy(hep.Packet{At: time.Now(), From: from, To: to, Transport: transport, Kind: hep.SIP, Payload: message})
}

// tapRTCP sends copies of the RTCP of d's media, under its Call-ID.
func (d *dialog) tapRTCP() {
	tap, id := d.srv.tap, d.st.callID
	if tap == nil || !tap.RTCP() {
		return
	}
	d.leg.rtp.Observe(func(p rtp.ControlPacket) {
		tap.Copy(hep.Packet{At: p.At, From: p.From, To: p.To, Transport: hep.UDP, Kind: hep.RTCP, CallID: id, Payload: p.Data})
	})
}

func (s *Server) tapped() hep.Stats {
	if s.tap == nil {
		return hep.Stats{}
	}
	return s.tap.Stats()
}
