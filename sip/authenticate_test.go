package sip

import (
	"strings"
	"testing"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"parley/call"
	"parley/sip/digest"
)

// bouncer is a peer that lets nobody in without digest.
type bouncer struct {
	*peer
	door *digest.Server
}

func (b bouncer) challenge(r *sipmsg.Request, code int) {
	b.t.Helper()
	name := "WWW-Authenticate: "
	if code == 407 {
		name = "Proxy-Authenticate: "
	}
	var lines string
	for _, c := range b.door.Challenges(time.Now(), false) {
		lines += name + c + "\r\n"
	}
	b.respond(r, code, "b0", lines, "")
	if r.IsInvite() {
		b.request("ACK")
	}
}

// admitted checks the credentials of a request.
func (b bouncer) admitted(r *sipmsg.Request, header string) {
	b.t.Helper()
	var values []string
	for _, h := range r.GetHeaders(header) {
		values = append(values, h.Value())
	}
	user, err := b.door.Check(time.Now(), string(r.Method), r.Body(), values, func(string) (digest.Password, bool) { return "secret", true })
	if err != nil || user != "parley" {
		b.t.Errorf("%s came from %q: %v", r.Method, user, err)
	}
}

func TestWeAuthenticate(t *testing.T) {
	cfg := testConfig()
	cfg.Trunks[0].Auth.Username, cfg.Trunks[0].Auth.Password = "parley", "secret"
	s := start(t, cfg, answering)
	b := bouncer{newPeer(t, s), digest.NewServer("carrier", time.Minute, digest.DefaultAlgorithms())}
	c, first := dialed(b.peer, s)
	b.challenge(first, 407)
	invite := b.request("INVITE")
	b.admitted(invite, "Proxy-Authorization")
	if invite.CallID().Value() != first.CallID().Value() || fromTag(invite) != fromTag(first) || invite.CSeq().SeqNo != first.CSeq().SeqNo+1 || toTag(invite) != "" {
		t.Errorf("second INVITE:\n%s", invite)
	}
	b.respond(invite, 200, "b1", b.contact(), sdpOf(4000))
	if ack := b.request("ACK"); len(ack.GetHeaders("Proxy-Authorization")) != 1 {
		t.Errorf("ACK without credentials:\n%s", ack)
	}
	if err := c.Await(t.Context(), call.Answered); err != nil {
		t.Fatal(err)
	}
	held := make(chan error, 1)
	go func() { held <- c.(call.Holder).Hold(t.Context(), true) }()
	again := b.request("INVITE")
	b.admitted(again, "Proxy-Authorization") // from the start
	b.challenge(again, 401)                  // and by the far end itself
	again = b.request("INVITE")
	b.admitted(again, "Authorization")
	b.respond(again, 200, "b1", b.contact(), sdpOf(4000, "a=recvonly"))
	b.request("ACK")
	if err := <-held; err != nil {
		t.Error(err)
	}
	c.Hangup(call.System, call.Normal)
	bye := b.request("BYE")
	b.respond(bye, 401, "b1", "WWW-Authenticate: "+b.door.Challenges(time.Now(), false)[0]+"\r\n", "")
	second := b.request("BYE")
	if second.CSeq().SeqNo != bye.CSeq().SeqNo+1 {
		t.Errorf("BYE again with CSeq %d after %d", second.CSeq().SeqNo, bye.CSeq().SeqNo)
	}
	b.respond(second, 200, "b1", "", "")
}

func TestWrongPassword(t *testing.T) {
	cfg := testConfig()
	cfg.Trunks[0].Auth.Username, cfg.Trunks[0].Auth.Password = "parley", "wrong"
	s := start(t, cfg, answering)
	b := bouncer{newPeer(t, s), digest.NewServer("carrier", time.Minute, digest.DefaultAlgorithms())}
	c, first := dialed(b.peer, s)
	b.challenge(first, 401)
	b.challenge(b.request("INVITE"), 401)
	if e := ending(t, c); e.Code != 401 {
		t.Errorf("ended: %v", e)
	}
	if second, _ := b.read(100 * time.Millisecond).(*sipmsg.Request); second != nil && strings.HasPrefix(second.StartLine(), "INVITE") {
		t.Error("it does not give up")
	}
}
