package sip

import (
	"fmt"
	"strings"
	"testing"

	"parley/sip/trunk"
)

// TestTrunkShapesIncomingCalls: numbers are rewritten, headers pass by list,
// and who really calls is in the call's Info.
func TestTrunkShapesIncomingCalls(t *testing.T) {
	cfg := testConfig()
	tr := &cfg.Trunks[0]
	tr.Called.In = []trunk.Rule{{Strip: "1", Add: "+49"}}
	tr.Caller.In = []trunk.Rule{{Match: "a(.*)", Replace: "b$1"}}
	tr.Headers.In = []string{"X-Shop*"}
	h, calls := reporting()
	s := start(t, cfg, h)
	p := newPeer(t, s)
	p.send(req{method: "INVITE", seq: 1, body: sdpOf(4000), headers: "X-Shop-Id: 7\r\nX-Other: 8\r\n" +
		"P-Asserted-Identity: \"Ann\" <sip:+49301@pbx>, <tel:+49301>\r\nPrivacy: id\r\n" +
		"Diversion: <sip:200@pbx>;reason=no-answer\r\nHistory-Info: <sip:200@pbx?Reason=SIP%3Bcause%3D408>;index=1, <sip:100@pbx>;index=1.1\r\n" +
		"Identity: nonsense\r\n"})
	ok := p.response(200, "INVITE")
	p.send(req{method: "ACK", seq: 1, toTag: toTag(ok)})
	info := next(t, calls).Info()
	if info.Called != "+4900" || info.Caller != "bnn" || fmt.Sprint(info.Headers) != "map[X-Shop-Id:7]" || info.Trunk != "loopback" {
		t.Errorf("%+v", info)
	}
	id := info.Identity
	if strings.Join(id.Asserted, " ") != `"Ann" <sip:+49301@pbx> <tel:+49301>` || fmt.Sprint(id.Privacy) != "[id]" ||
		len(id.Diversions) != 1 || id.Diversions[0].Number != "200" || len(id.History) != 2 || id.History[0].Cause != 408 ||
		len(id.Signed) != 1 || !strings.HasPrefix(id.Signed[0].Verdict, "unverified: ") {
		t.Errorf("%+v", id)
	}
	p.send(req{method: "BYE", seq: 2, toTag: toTag(ok)})
	p.response(200, "BYE")
}

// TestTrunkLimits: a call over the trunk's limit gets 503 with Retry-After,
// also after a reload; one that has ended makes room.
func TestTrunkLimits(t *testing.T) {
	cfg := testConfig()
	cfg.Trunks[0].MaxChannels = 1
	s := start(t, cfg, answering)
	p, q := newPeer(t, s), newPeer(t, s)
	tag := established(p)
	if err := s.Reload(*s.config()); err != nil {
		t.Fatal(err)
	}
	q.send(req{method: "INVITE", seq: 1, body: sdpOf(4000)})
	if res := q.response(503, "INVITE"); res.GetHeader("Retry-After") == nil {
		t.Error("no Retry-After")
	}
	q.send(req{method: "ACK", seq: 1, toTag: "x"})
	p.send(req{method: "BYE", seq: 2, toTag: tag})
	p.response(200, "BYE")
	eventually(t, "the channel is free", func() bool { return s.Trunks().Trunk("loopback").Usage().Inbound == 0 })
	q = newPeer(t, s)
	q.send(req{method: "BYE", seq: 2, toTag: established(q)})
	q.response(200, "BYE")
	if u := s.Trunks().Trunk("loopback").Usage(); u != (trunk.Usage{InboundTotal: 2, InboundRefused: 1}) && u.Inbound == 0 {
		t.Errorf("%+v", u)
	}
}

// TestReloadKeepsCalls: a call goes on whose trunk has gone, and its peer can
// end it, but not make another.
func TestReloadKeepsCalls(t *testing.T) {
	s := start(t, testConfig(), answering)
	p, q := newPeer(t, s), newPeer(t, s)
	tag := established(p)
	cfg := *s.config()
	cfg.Trunks = nil
	eventually(t, "its address is expected", func() bool {
		s.acl.mu.Lock()
		defer s.acl.mu.Unlock()
		return len(s.acl.called) > 0
	})
	if err := s.Reload(cfg); err != nil {
		t.Fatal(err)
	}
	q.send(req{method: "INVITE", seq: 1, body: sdpOf(4000)})
	q.response(403, "INVITE")
	q.send(req{method: "ACK", seq: 1, toTag: "x"})
	p.send(req{method: "BYE", seq: 2, toTag: tag})
	p.response(200, "BYE")
	eventually(t, "nobody is expected", func() bool {
		s.acl.mu.Lock()
		defer s.acl.mu.Unlock()
		return len(s.acl.called) == 0
	})
}
