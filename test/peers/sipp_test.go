package peers

import (
	"strconv"
	"testing"

	"parley/test/harness"
)

// sipp runs a scenario against p, which echoes.
func sipp(t *testing.T, p *harness.Parley, scenario string, edit []string, args ...string) (dir string) {
	t.Helper()
	return harness.Sipp{Scenario: scenario, To: p.SIP, Number: "echo", Edit: edit, Args: args}.Run(t)
}

// gone waits until nothing of the calls is left, transactions included.
func gone(t *testing.T, p *harness.Parley) {
	t.Helper()
	p.Idle(t)
	harness.Eventually(t, "no transaction is left", func() bool { return p.Metric("parley_sip_transactions") == 0 })
}

// atOnce takes the ringing out of a scenario: the routes answer at once.
var atOnce = []string{`<recv response="180"/>`, ""}

// TestSippScenarios: a call, and an INVITE that comes twice and makes one.
func TestSippScenarios(t *testing.T) {
	t.Parallel()
	p := harness.Start(t, harness.Options{Config: harness.Map{"sip": harness.Map{"timers": quick}}})
	sipp(t, p, "call.xml", nil, "-m", "5", "-r", "5")
	sipp(t, p, "retransmit.xml", atOnce, "-m", "5", "-r", "5")
	sipp(t, p, "hold.xml", nil, "-m", "3", "-r", "3")
	gone(t, p)
	calls := p.Calls()
	if len(calls) != 13 {
		t.Errorf("13 calls left %d records", len(calls))
	}
	for _, r := range calls {
		if r.HangupBy != "customer" || r.Cause != "normal" || r.Program != "echo" || r.Recording.Problem != "" {
			t.Errorf("a record says %+v", r)
		}
	}
	t.Logf("13 calls of sipp, %d records", len(calls))
}

// TestSippLosesACKs: the 200 must come again until an ACK gets through.
func TestSippLosesACKs(t *testing.T) {
	t.Parallel()
	p := harness.Start(t, harness.Options{Config: harness.Map{"sip": harness.Map{"timers": quick}}})
	dir := sipp(t, p, "lost-ack.xml", nil, "-m", "5", "-r", "5", "-trace_counts")
	n := harness.Retransmissions(t, dir, "_200_Retrans")
	if n < 5 {
		t.Errorf("%d retransmissions in 5 calls; want one each at least", n)
	}
	gone(t, p)
	t.Logf("%d retransmissions of 200 in 5 calls that lost their ACKs", n)
}

// TestManyVoices: two hundred calls at once, each of which speaks and hears
// itself; afterwards everything is as before.
func TestManyVoices(t *testing.T) {
	p := harness.Start(t, harness.Options{Config: harness.Map{"sip": harness.Map{"timers": quick}, "log": harness.Map{"level": "INFO"}}})
	const calls = 200
	sipp(t, p, "call.xml", nil, "-m", "1") // the first call opens what stays open
	gone(t, p)
	goroutines, memory := p.Metric("go_goroutines"), p.Metric("process_resident_memory_bytes")

	stop := p.Watch("parley_sip_dialogs", "process_resident_memory_bytes")
	lasting := "4000" // milliseconds: all are there before the first goes
	if harness.Long() {
		lasting = "30000"
	}
	sipp(t, p, "voice.xml", []string{`milliseconds="2000"`, `milliseconds="` + lasting + `"`},
		"-m", strconv.Itoa(calls), "-r", strconv.Itoa(calls), "-l", strconv.Itoa(calls), "-mp", harness.MediaPort(t))
	watched := stop()
	most, peak := watched["parley_sip_dialogs"], watched["process_resident_memory_bytes"]
	gone(t, p)

	if most != calls {
		t.Errorf("%v dialogs at once, want %d", most, calls)
	}
	list := p.Calls()
	if len(list) != calls+1 {
		t.Errorf("%d records, want %d", len(list), calls+1)
	}
	for _, r := range list[:calls] {
		if m := r.Media; m.PacketsIn == 0 || m.PacketsOut == 0 || m.Strangers+m.Malformed > 0 || r.Cause != "normal" || r.Recording.Problem != "" {
			t.Errorf("call %s: %s, %+v, %+v", r.ID, r.Cause, m, r.Recording)
		}
	}
	for _, r := range list[:10] {
		if s := p.Recording(r.ID); s.Loud(s.Left, 0, 60000) == 0 || s.Loud(s.Right, 0, 60000) == 0 {
			t.Errorf("call %s is not heard on both sides", r.ID)
		}
	}
	// A connection of the API's more or less is no leak.
	harness.Eventually(t, "the goroutines are as many as before", func() bool { return p.Metric("go_goroutines") <= goroutines+4 })
	if grown := peak - memory; grown > 100<<20 {
		t.Errorf("%d calls took %.0f MB", calls, grown/(1<<20))
	}
	t.Logf("%.0f dialogs at once, 0 left; goroutines %.0f before, %.0f after; memory %.1f MB before, %.1f MB at most: %.0f KB a call",
		most, goroutines, p.Metric("go_goroutines"), memory/(1<<20), peak/(1<<20), (peak-memory)/1024/calls)
}
