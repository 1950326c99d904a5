package peers

import (
	"net/http"
	"syscall"
	"testing"

	"parley/call"
	"parley/test/harness"
)

// TestDrain: after SIGTERM new calls are refused and the old one goes on; the
// log names it, and with its end the program ends.
func TestDrain(t *testing.T) {
	t.Parallel()
	p := harness.Start(t, harness.Options{})
	old := p.NewPhone(t, "127.0.0.1")
	if r := old.Call("echo", harness.Offer("RTP/AVP", 40000)); r.Code != 200 {
		t.Fatalf("the call got %d", r.Code)
	}
	live := p.LiveCall("is the phone's", func(r call.Record) bool { return r.WireID == old.CallID() })

	p.Signal(syscall.SIGTERM)
	harness.Eventually(t, "/readyz says 503", func() bool { return p.Status("/readyz") == http.StatusServiceUnavailable })
	for range 2 {
		if r := p.NewPhone(t, "127.0.0.1").Call("echo", harness.Offer("RTP/AVP", 40000)); r.Code != 503 {
			t.Errorf("a new call got %d, want 503", r.Code)
		}
	}
	asking := p.NewPhone(t, "127.0.0.1")
	asking.Request("OPTIONS", "echo", "")
	if r := asking.Final("OPTIONS", "echo"); r.Code != 503 {
		t.Errorf("a peer that asks whether we live got %d, want 503", r.Code)
	}
	if status, body := p.Post("/v1/audiosocket/sessions", harness.Map{"program": "shop"}); status != 503 {
		t.Errorf("a session was announced: %d %s", status, body)
	}
	harness.Eventually(t, "the log names who is talking", func() bool {
		e := p.Log.First("still talking")
		return e != nil && e.Text("call") == string(live.ID) && e.Text("caller") == "phone" && e.Text("called") == "echo"
	})
	if p.Over() {
		t.Fatal("the program ended while a call went on")
	}
	if n := p.Metric("parley_sip_dialogs"); n != 1 {
		t.Errorf("%v dialogs while draining, want the old one", n)
	}
	old.Hangup("echo")
	if code := p.ExitCode(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	p.Again()
	if r := p.Kept(old.CallID()); r.Cause != "normal" || r.HangupBy != "customer" || r.ID != live.ID {
		t.Errorf("the call that went on through the drain is recorded as %s by %s", r.Cause, r.HangupBy)
	}
}

// TestDrainIsOver: a call that does not end by itself is hung up when the
// time to drain is over, and recorded so.
func TestDrainIsOver(t *testing.T) {
	t.Parallel()
	p := harness.Start(t, harness.Options{Config: harness.Map{"drain": "1s"}})
	f := p.NewPhone(t, "127.0.0.1")
	if r := f.Call("echo", harness.Offer("RTP/AVP", 40000)); r.Code != 200 {
		t.Fatalf("the call got %d", r.Code)
	}
	p.Signal(syscall.SIGTERM)
	f.AwaitBye()
	if code := p.ExitCode(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	p.Again()
	if r := p.Kept(f.CallID()); r.Cause != "draining" || r.HangupBy != "system" {
		t.Errorf("recorded as %s by %s", r.Cause, r.HangupBy)
	}
}
