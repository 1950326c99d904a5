package sip

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"parley/call"
	"parley/media/rtp"
)

// FuzzDialog sends an INVITE and a request within the dialog it makes, both
// mutilated. Nothing may break, and every request that is no ACK gets a
// final response. "TOTAG" stands for the tag we gave.
func FuzzDialog(f *testing.F) {
	text := func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }
	invite := text("INVITE sip:100@127.0.0.1 SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK1;rport\nFrom: \"A\" <sip:a@x>;tag=a\n"+
		"To: <sip:100@x>\nCall-ID: 1\nCSeq: 1 INVITE\nContact: <sip:a@127.0.0.1:9>\nRecord-Route: <sip:127.0.0.1:9;lr>\nX-Id: 1\n"+
		"Content-Type: application/sdp\n\n") + sdpOf(4000)
	within := func(method, rest string) string {
		return text(method + " sip:100@127.0.0.1 SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK2\nFrom: <sip:a@x>;tag=a\n" +
			"To: <sip:100@x>;tag=TOTAG\nCall-ID: 1\n" + rest)
	}
	f.Add(invite, within("BYE", "CSeq: 2 BYE\n\n"))
	f.Add(invite, within("ACK", "CSeq: 1 ACK\n\n"))
	f.Add(invite, within("INVITE", "CSeq: 2 INVITE\nContact: *\nContent-Type: application/sdp\n\n")+sdpOf(4000, "a=inactive"))
	f.Add(invite, within("CANCEL", "CSeq: 1 CANCEL\n\n"))
	f.Add(invite, within("INFO", "CSeq: 2 INFO\n\n")) // no Content-Type: it has killed others
	f.Add(invite, within("UPDATE", "CSeq: 2 UPDATE\nContact: <sip:a@127.0.0.1:9>\nSession-Expires: 90;refresher=uac\nContent-Type: application/sdp\n\n")+sdpOf(4000))
	f.Add(invite, within("PRACK", "CSeq: 2 PRACK\nRAck: 1 1 INVITE\n\n"))
	f.Add(invite, within("REFER", "CSeq: 2 REFER\nRefer-To: <sip:x@127.0.0.1:9?Replaces=1%3Bto-tag%3Da%3Bfrom-tag%3Db>\n\n"))
	f.Add(invite, within("NOTIFY", "CSeq: 2 NOTIFY\nEvent: refer\nSubscription-State: active\nContent-Type: message/sipfrag\n\nSIP/2.0 200 OK"))
	f.Add(strings.Replace(invite, "X-Id: 1", "Replaces: 1;to-tag=a;from-tag=b\r\nRequire: replaces", 1), within("BYE", "CSeq: 2 BYE\nReason: Q.850;cause=16\n\n"))
	f.Add(strings.Replace(invite, "<sip:a@127.0.0.1:9>", "<tel:+1;x>", 1), within("OPTIONS", "CSeq: 9 OPTIONS\nRequire: x\n\n"))

	pool, err := rtp.NewPool(netip.MustParseAddr("127.0.0.1"), 10000, 19998)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, first, second string) {
		cfg := testConfig()
		cfg.Listen = cfg.Listen[:1]
		s, err := New(cfg, Deps{Ports: pool, Handler: func(_ context.Context, c call.Call) error { return c.Answer() }})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		defer s.cancel() // before Close says goodbye: nothing leaves the house
		tag := deliver(t, s, first)
		deliver(t, s, strings.ReplaceAll(second, "TOTAG", tag))
		if n := s.Stats().Panics; n > 0 {
			t.Fatalf("%d panics", n)
		}
	})
}

// deliver hands a datagram up as the transaction layer would, waits for a
// final response, and returns its To tag.
func deliver(t *testing.T, s *Server, datagram string) string {
	if _, _, ok := s.screen.judge([]byte(datagram)); !ok {
		return ""
	}
	m, _ := sipmsg.ParseMessage([]byte(datagram))
	request, ok := m.(*sipmsg.Request)
	if !ok {
		return ""
	}
	request.SetTransport("UDP")
	request.SetSource("127.0.0.1:9")
	s.tags.stamp(request)
	if _, err := sipmsg.ServerTxKeyMake(request); err != nil {
		return "" // sipgo answers that one
	}
	wire := &recorder{final: make(chan *sipmsg.Response, 1), local: s.endpoints[0].udp.LocalAddr()}
	tx := sipmsg.NewServerTx("", request, wire, s.log)
	if err := tx.Init(); err != nil {
		t.Fatal(err)
	}
	defer tx.Terminate()
	s.receive(request, tx)
	if request.IsAck() {
		return ""
	}
	select {
	case res := <-wire.final:
		if !strings.HasPrefix(res.String(), "SIP/2.0 ") {
			t.Fatalf("our response is no SIP:\n%s", res)
		}
		return toTag(res)
	case <-time.After(patience):
		t.Fatalf("no response to\n%s", datagram)
		return ""
	}
}

// recorder is a connection that keeps the first final response.
type recorder struct {
	once  sync.Once
	final chan *sipmsg.Response
	each  func(*sipmsg.Response) // may be nil
	local net.Addr
}

func (r *recorder) LocalAddr() net.Addr    { return r.local }
func (r *recorder) Ref(int) int            { return 1 }
func (r *recorder) TryClose() (int, error) { return 1, nil }
func (r *recorder) Close() error           { return nil }
func (r *recorder) WriteMsg(m sipmsg.Message) error {
	if res, ok := m.(*sipmsg.Response); ok && r.each != nil {
		r.each(res)
	} else if ok && !res.IsProvisional() {
		r.once.Do(func() { r.final <- res })
	}
	return nil
}
