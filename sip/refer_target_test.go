package sip

import (
	"testing"

	"parley/call"
	"parley/sip/trunk"
)

// The peer is asked to call what its own trunk may be called for, at the host
// that it takes our requests at, and as the trunk writes numbers.
func TestReferTargets(t *testing.T) {
	cfg := testConfig()
	cfg.Trunks[0].Allow = []string{"2", "+49", "0"}
	cfg.Trunks[0].Called.Out = []trunk.Rule{{Strip: "2", Add: "9"}}
	handler, calls := reporting()
	s := start(t, cfg, handler)
	ann := newPeer(t, s)
	tag := established(ann)
	c := next(t, calls)
	transferrer, ok := call.TransferrerOf(wrapped{c})
	if !ok {
		t.Fatal("a wrapped call cannot be transferred")
	}
	for _, to := range []call.Transfer{
		{Number: "300"}, {Number: "0112"}, {Number: "+49112"}, {URI: "sip:300@" + ann.addr()}, {URI: "sip:112@x"},
	} {
		if err := transferrer.Transfer(t.Context(), to); call.CauseOf(err) != call.Restricted {
			t.Errorf("transfer to %+v: %v", to, err)
		}
	}
	for _, to := range []call.Transfer{{Number: "2@x"}, {Number: "2 1"}, {URI: "2"}, {}} {
		if err := transferrer.Transfer(t.Context(), to); err == nil {
			t.Errorf("transfer to %+v", to)
		}
	}
	result := make(chan error, 1)
	go func() { result <- transferrer.Transfer(t.Context(), call.Transfer{Number: "200"}) }()
	r := ann.request("REFER")
	if v, _ := header(r, "Refer-To", ""); v != "<sip:900@"+ann.addr()+">" {
		t.Errorf("Refer-To: %s", v)
	}
	ann.respond(r, 603, "ann", "", "")
	if err := <-result; call.CauseOf(err) != call.Rejected {
		t.Errorf("refused REFER: %v", err)
	}
	ann.send(req{method: "BYE", seq: 2, toTag: tag})
	ann.response(200, "BYE")
	ending(t, c)
}

// wrapped is a call with a layer around it.
type wrapped struct{ call.Call }

func (w wrapped) Unwrap() call.Call { return w.Call }
