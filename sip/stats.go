package sip

import (
	"parley/sip/guard"
	"parley/sip/hep"
	"parley/sip/stir"
)

// Stats counts what is up and what came to nothing.
type Stats struct {
	Dialogs      int         `json:"dialogs"`
	Transactions int         `json:"transactions"`
	Dropped      uint64      `json:"dropped" doc:"datagrams and connections from unknown sources"`
	Malformed    uint64      `json:"malformed" doc:"datagrams that are not SIP"`
	Denied       uint64      `json:"denied" doc:"requests with wrong credentials"`
	Strays       uint64      `json:"strays" doc:"responses that belong to nothing"`
	Panics       uint64      `json:"panics"`
	Overloaded   uint64      `json:"overloaded" doc:"calls refused because there was too much to do"`
	Share        float64     `json:"share" doc:"part of the new calls that is taken"`
	Load         float64     `json:"load" doc:"set-up delay or CPU, as a part of its limit"`
	Guard        guard.Stats `json:"guard"`
	HEP          hep.Stats   `json:"hep"`
	Identity     stir.Stats  `json:"identity"`
}

// Stats returns the counters.
func (s *Server) Stats() Stats {
	return Stats{
		Dialogs:      s.calls.len(),
		Transactions: int(s.txs.Load()) + s.absorber.len(),
		Dropped:      s.acl.dropped.Load(),
		Malformed:    s.screen.malformed.Load(),
		Denied:       s.rejected.Load(),
		Strays:       s.strays.Load(),
		Panics:       s.panics.Load() + s.screen.panics.Load(),
		Overloaded:   s.load.refused.Load(),
		Share:        s.load.machine.Load().Share(),
		Load:         s.load.machine.Load().Load(),
		Guard:        s.guard.Stats(),
		HEP:          s.tapped(),
		Identity:     s.vouching.Load().verifier.Stats(),
	}
}
