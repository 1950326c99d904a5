package sip

import (
	sipmsg "github.com/emiago/sipgo/sip"
)

// congestionSize is the size in bytes above which a request leaves UDP
// (§18.1.1).
const congestionSize = 1300

// sendSized sends req by UDP only if it fits, else by TCP if we speak it; if
// the peer does not, by UDP after all.
func (s *Server) sendSized(req *sipmsg.Request) (*sipmsg.ClientTx, error) {
	if sipmsg.IsReliable(req.Transport()) || len(req.String()) <= congestionSize || !s.speaksTCP() {
		return s.send(req)
	}
	if _, pinned := nextHop(req).UriParams.Get("transport"); pinned {
		return s.send(req)
	}
	laddr := req.Laddr
	move := func(network string, from sipmsg.Addr) {
		req.Via().Transport = network
		req.SetTransport(network)
		req.Laddr = from
	}
	move("TCP", sipmsg.Addr{})
	if tx, err := s.send(req); err == nil {
		return tx, nil
	}
	move("UDP", laddr)
	return s.send(req)
}

func (s *Server) speaksTCP() bool {
	for _, e := range s.endpoints {
		if e.network == "tcp" {
			return true
		}
	}
	return false
}
