package sip

import (
	"net"
	"testing"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"parley/sip/trunk"
)

// far is a peer that hears each request once: on a busy machine they come
// again before it has answered.
type far struct {
	*peer
	heard map[string]uint32 // CSeq, by Call-ID and method
}

// farEnd opens a far before there is a server that it talks to.
func farEnd(t *testing.T) *far {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &far{&peer{t: t, conn: conn, callID: newCallID(), seq: make(map[string]int)}, make(map[string]uint32)}
}

// request waits for the next request of that method.
func (p *far) request(method string) *sipmsg.Request {
	p.t.Helper()
	for {
		r := p.peer.request(method)
		key := r.CallID().Value() + method
		if seq := r.CSeq().SeqNo; seq > p.heard[key] {
			p.heard[key] = seq
			return r
		}
	}
}

// carrier returns a configuration with one trunk, which registers with p.
func carrier(p *far) Config {
	cfg := testConfig()
	c := trunk.Default("carrier")
	c.Host = p.addr()
	c.Auth = trunk.Auth{Username: "bob", Password: "builder"}
	c.Register.Registrars = []string{p.addr()}
	c.Register.ContactUser = "line-7"
	c.Register.BackoffMin, c.Register.BackoffMax = 100*time.Millisecond, 200*time.Millisecond
	cfg.Trunks = []trunk.Config{c}
	return cfg
}

func (s *Server) registration() (st RegistrationStatus) {
	for _, st = range s.TrunkStatus()[0].Registrations {
		break
	}
	return st
}

// granted answers a REGISTER with 200 and its own Contact.
func (p *peer) granted(r *sipmsg.Request, expires string) {
	p.respond(r, 200, "r", "Contact: <"+r.Contact().Address.String()+">;expires="+expires+"\r\n", "")
}

func authorization(r *sipmsg.Request) string {
	if h := r.GetHeader("Authorization"); h != nil {
		return h.Value()
	}
	return ""
}
