package sip

import (
	"slices"
	"strings"
	"testing"

	sipmsg "github.com/emiago/sipgo/sip"

	"parley/call"
)

func TestMergedRequest(t *testing.T) {
	s := start(t, testConfig(), answering)
	p := newPeer(t, s)
	p.send(req{method: "INVITE", seq: 1, body: sdpOf(4000), branch: "z9hG4bKone"})
	p.response(100, "INVITE")
	p.send(req{method: "INVITE", seq: 1, body: sdpOf(4000), branch: "z9hG4bKtwo"})
	p.response(482, "INVITE")
	ok := p.response(200, "INVITE")
	p.send(req{method: "ACK", seq: 1, toTag: toTag(ok)})
	p.send(req{method: "BYE", seq: 2, toTag: toTag(ok)})
	p.response(200, "BYE")
}

func TestOrderOfRequests(t *testing.T) {
	s := start(t, testConfig(), answering)
	p := newPeer(t, s)
	tag := established(p)
	p.send(req{method: "OPTIONS", seq: 5, toTag: tag}) // a gap is allowed
	p.response(200, "OPTIONS")
	p.send(req{method: "OPTIONS", seq: 4, toTag: tag})
	p.response(500, "OPTIONS") // §12.2.2
	p.send(req{method: "MESSAGE", seq: 6, toTag: tag})
	p.response(405, "MESSAGE")
	p.send(req{method: "BYE", seq: 7, toTag: tag})
	p.response(200, "BYE")
}

// Requests that change places on their way to the actor are served in their
// own order.
func TestSwappedRequests(t *testing.T) {
	s := start(t, testConfig(), answering)
	d := s.newCall(t.Context(), call.Info{}).newDialog(state{callID: "1", localTag: "l", remoteTag: "r", remoteSeq: 6})
	var got []int
	arrive := func(seq uint32) {
		r := sipmsg.NewRequest(sipmsg.OPTIONS, sipmsg.Uri{Host: "x"})
		r.AppendHeader(&sipmsg.CSeqHeader{SeqNo: seq, MethodName: sipmsg.OPTIONS})
		tx := sipmsg.NewServerTx("", r, &recorder{each: func(res *sipmsg.Response) { got = append(got, int(res.CSeq().SeqNo), res.StatusCode) }}, s.log)
		if err := tx.Init(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(tx.Terminate)
		d.inOrder(r, tx)
	}
	for _, seq := range []uint32{9, 8, 7, 7} {
		arrive(seq)
	}
	if want := []int{7, 200, 8, 200, 9, 200, 7, 500}; !slices.Equal(got, want) {
		t.Errorf("served %v, want %v", got, want)
	}
}

// A re-INVITE while the last 2xx is not acknowledged is one too many.
func TestReINVITEBeforeACK(t *testing.T) {
	s := start(t, testConfig(), answering)
	p := newPeer(t, s)
	p.send(req{method: "INVITE", seq: 1, body: sdpOf(4000)})
	tag := toTag(p.response(200, "INVITE"))
	p.send(req{method: "INVITE", seq: 2, toTag: tag, body: sdpOf(4000)})
	p.response(491, "INVITE")
	p.send(req{method: "ACK", seq: 1, toTag: tag})
	p.send(req{method: "BYE", seq: 3, toTag: tag})
	p.response(200, "BYE")
}

func TestHoldAndRefresh(t *testing.T) {
	handler, calls := reporting()
	s := start(t, testConfig(), handler)
	p := newPeer(t, s)
	tag := established(p)
	d := next(t, calls).(*sipCall).current
	acknowledged := func() bool {
		done := make(chan bool, 1)
		return d.call.post(func() { done <- d.unacked == nil }) && <-done
	}
	reinvite := func(seq int, body string) string {
		t.Helper()
		eventually(t, "ACK", acknowledged)
		p.send(req{method: "INVITE", seq: seq, toTag: tag, body: body})
		ok := p.response(200, "INVITE")
		p.send(req{method: "ACK", seq: seq, toTag: tag})
		return string(ok.Body())
	}
	epoch := func() (send, receive bool) {
		done := make(chan struct{})
		d.call.post(func() { send, receive = d.leg.agreed.epoch.Send, d.leg.agreed.epoch.Receive; close(done) })
		<-done
		return
	}
	first := reinvite(2, sdpOf(4000)) // a refresh
	if !strings.Contains(first, "a=sendrecv") || !strings.Contains(first, " 0 IN IP4") {
		t.Errorf("refresh: version changed:\n%s", first)
	}
	held := reinvite(3, sdpOf(4000, "a=sendonly"))
	if send, receive := epoch(); send || !receive || !strings.Contains(held, "a=recvonly") || !strings.Contains(held, " 1 IN IP4") {
		t.Errorf("sendonly: send %v receive %v\n%s", send, receive, held)
	}
	held = reinvite(4, sdpOf(4000, "a=inactive"))
	if send, receive := epoch(); send || receive || !strings.Contains(held, "a=inactive") {
		t.Errorf("inactive: send %v receive %v\n%s", send, receive, held)
	}
	back := reinvite(5, sdpOf(4000, "a=sendrecv"))
	if send, receive := epoch(); !send || !receive || !strings.Contains(back, "a=sendrecv") {
		t.Errorf("back: send %v receive %v\n%s", send, receive, back)
	}
	eventually(t, "ACK", acknowledged)
	p.send(req{method: "INVITE", seq: 6, toTag: tag, body: strings.Replace(sdpOf(4000), "0 8 101", "18", 1)})
	p.response(488, "INVITE")
	if d.call.State() != call.Answered {
		t.Errorf("a refused re-INVITE left the call %v", d.call.State())
	}
	p.send(req{method: "BYE", seq: 7, toTag: tag})
	p.response(200, "BYE")
}
