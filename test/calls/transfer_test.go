package calls

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/call"
	"parley/test/harness"
)

// outFlow is a flow that sends its caller on at once, and has something to say
// to whatever comes back.
func outFlow(name, keys string) string {
	text := "name: " + name + "\nlanguage: en-US\nstart: out\nvariables: {code: \"112\"}\nnodes:\n  out: {type: transfer, " + keys + "}\n"
	for _, way := range []struct{ edge, nodes string }{
		{"next:", `
  survey:
    type: conversation
    say: Were you happy with the call?
    replies: [{class: "yes", phrases: ["yes", yes i was], next: happy}]
    other: bye
  happy: {type: tag, name: survey, value: "yes {{transfer_result}}", next: bye}`},
		{"busy:", `
  engaged: {type: play, say: The line is busy., next: bye}`},
		{"no_answer:", `
  missed: {type: play, say: Nobody is there., next: bye}`},
		{"failed:", `
  refused: {type: play, say: That cannot be., next: cause}
  cause: {type: tag, name: cause, value: "{{transfer_cause}}", next: bye}
  bye: {type: end, say: Goodbye.}`},
	} {
		if strings.Contains(keys, way.edge) {
			text += way.nodes
		}
	}
	return text
}

// ways are the edges of a transfer.
const ways = ", next: survey, busy: engaged, no_answer: missed, failed: refused"

const (
	moment   = "One moment please."
	survey   = "Were you happy with the call?"
	farVoice = "This is the far house speaking. There is nobody at home today."
	farFlow  = "name: answer\nlanguage: en-US\nstart: a\nnodes: {a: {type: end, say: " + farVoice + "}}\n"
)

// switchboard is a house whose flows send callers to another house, and to
// addresses of sipp.
type switchboard struct {
	*harness.Parley
	far *harness.Parley
	// rings are where sipp may listen.
	rings []string
}

const sippAddress = "127.0.0.9"

func newSwitchboard(t *testing.T) switchboard {
	s := switchboard{}
	s.far = harness.Start(t, harness.Options{
		Flows: map[string]string{"answer": farFlow},
		Config: harness.Map{
			"sip":    harness.Map{"trunks": []harness.Map{{"name": "near", "addresses": []string{"127.0.0.1"}}}},
			"ivr":    harness.Map{"flows": []string{"flows/*.yaml"}},
			"routes": []harness.Map{{"called": "answer", "flow": "answer"}, {"called": "demo", "flow": "shop"}, {"called": "busy", "reject": "busy"}},
		},
	})
	for range 2 {
		s.rings = append(s.rings, harness.FreePort(t, sippAddress))
	}
	targets := map[string]string{
		"back":     "target: 6answer, say: " + moment + ways,
		"busy":     "target: 6busy, say: " + moment + ways,
		"missed":   "target: \"sip:100@" + sippAddress + ":" + s.rings[0] + "\", timeout: 2s" + ways,
		"leave":    "target: \"sip:100@" + sippAddress + ":" + s.rings[1] + "\"" + ways,
		"denied":   "target: \"7100\"" + ways,
		"help":     "target: \"6{{code}}\"" + ways,
		"talk":     "target: 6demo" + ways,
		"meet":     "target: 6answer, mode: attended, say: Please hold the line while I try to find somebody who can help you with this." + ways,
		"meetbusy": "target: 6busy, mode: attended, say: " + moment + ways,
		"blind":    "target: 6answer, say: " + moment,
		"blindno":  "target: 6busy, say: " + moment,
		"nest":     "target: blindno" + ways,
		"refer":    "target: \"200\", mode: refer, failed: refused",
		"referto":  "target: \"200\", mode: refer",
	}
	flows, routes := map[string]string{}, []harness.Map{
		{"called": "6*", "dial": "far", "number": harness.Map{"strip": "6"}}, {"called": "7*", "dial": "strict"},
	}
	for name, keys := range targets {
		flows[name] = outFlow(name, keys)
		routes = append(routes, harness.Map{"called": name, "flow": name})
	}
	s.Parley = harness.Start(t, harness.Options{Flows: flows, Config: harness.Map{
		"sip": harness.Map{"trunks": []harness.Map{
			{"name": "phones", "addresses": []string{"127.0.0.1"}, "allow": []string{"200"}},
			{"name": "far", "host": s.far.SIP, "allow": []string{"*"}},
			{"name": "strict", "host": s.far.SIP, "allow": []string{"8"}},
			{"name": "sipp", "host": sippAddress, "allow": []string{"*"}},
		}},
		"ivr": harness.Map{"flows": []string{"flows/*.yaml"}}, "routes": routes,
	}})
	return s
}

// TestTransfers: a flow sends its caller to somebody else, and goes on with him
// where it has something to say to what became of that. It is one call, one
// recording and one AudioSocket connection throughout.
func TestTransfers(t *testing.T) {
	t.Parallel()
	harness.Need(t, "flite", "flite")
	s := newSwitchboard(t)
	alternative := func(flow, end string, said ...string) func(*testing.T, switchboard) {
		return func(t *testing.T, s switchboard) { s.alternative(t, flow, end, said...) }
	}
	calls := 0
	run := func(t *testing.T, name string, parallel bool, test func(*testing.T, switchboard)) {
		calls++
		t.Run(name, func(t *testing.T) {
			if parallel {
				t.Parallel()
			}
			test(t, s)
		})
	}
	t.Run("side by side", func(t *testing.T) {
		run(t, "answered, and back for a survey", true, answeredAndBack)
		run(t, "busy", true, alternative("busy", "busy", moment, "The line is busy."))
		run(t, "no answer", true, noAnswer)
		run(t, "not allowed", true, alternative("denied", "failed", "That cannot be."))
		run(t, "emergency number", true, alternative("help", "failed", "That cannot be."))
		run(t, "attended", true, attended)
		run(t, "attended, busy", true, alternative("meetbusy", "busy", moment, "The line is busy."))
		run(t, "no way back", true, noWayBack)
		run(t, "no way back, busy", true, noWayBackBusy)
		run(t, "to another flow", true, anotherFlow)
		run(t, "REFER", true, referred)
		run(t, "REFER declined", true, referDeclined)
	})
	// These look at what is left of all calls.
	run(t, "caller leaves while it rings", false, leavesRinging)
	run(t, "caller leaves while he talks", false, leavesTalking)
	s.Idle(t)
	s.far.Idle(t)
	calls++ // one of them has been with two flows
	if n := s.Metric("parley_sessions_total"); int(n) != calls {
		t.Errorf("%v AudioSocket connections for %d calls", n, calls)
	}
}

// transferred checks what every record of a transfer must say.
func (s switchboard) transferred(t *testing.T, r call.Record, end string) (events []call.Event) {
	t.Helper()
	events = s.Events(r.ID)
	began, ended := harness.Kinds(events, call.KindTransfer), harness.Kinds(events, call.KindTransferEnd)
	if len(began) != 1 || len(ended) != 1 || ended[0].Text != end {
		t.Errorf("transfers began %v, ended %v; want %s", began, ended, end)
	}
	for kind, want := range map[string]int{call.KindAudio: 1, call.KindAnswered: 1, call.KindEnded: 1, "recording.start": 1} {
		if n := len(harness.Kinds(events, kind)); n != want {
			t.Errorf("%d events %s, want %d", n, kind, want)
		}
	}
	if r.Program != r.Called {
		t.Errorf("the call to %s was served by %s", r.Called, r.Program)
	}
	return events
}

// alternative calls a flow whose transfer fails, and wants it to say so.
func (s switchboard) alternative(t *testing.T, flow, end string, said ...string) (call.Record, []call.Event) {
	t.Helper()
	report, r := s.Call(t, flow)
	events := s.transferred(t, r, end)
	if got := harness.Said(r, call.SpeakerRobot); !slices.Equal(got, append(said, "Goodbye.")) {
		t.Errorf("the robot said %q", got)
	}
	if report.EndedBy != "them" || r.Cause != "normal" || r.Reason != "bye" {
		t.Errorf("ended by %s, cause %s, reason %q", report.EndedBy, r.Cause, r.Reason)
	}
	want := map[string]string{"denied": "restricted", "help": "restricted"}[flow]
	if r.Tags["cause"] != want {
		t.Errorf("the flow knows the cause %q, want %q", r.Tags["cause"], want)
	}
	return r, events
}

func answeredAndBack(t *testing.T, s switchboard) {
	file := filepath.Join(t.TempDir(), "far.wav")
	_, r := s.Call(t, "back", "--record", file, "--from", "surveyed", "--wait-quiet=5s", "--say", "yes")
	events := s.transferred(t, r, string(call.TransferEnded))
	if got := harness.Said(r, call.SpeakerRobot); !slices.Equal(got, []string{moment, survey, "Goodbye."}) || r.Tags["survey"] != "yes ended" {
		t.Errorf("the robot said %q, tags %v", got, r.Tags)
	}
	answered := harness.Kinds(events, call.KindTransferAnswered)
	ended := harness.Kinds(events, call.KindTransferEnd)
	if len(answered) != 1 || len(ended) != 1 {
		t.Fatalf("answered %v, ended %v", answered, ended)
	}
	// One recording has it all: the flow, the other house, the flow.
	recording, began := s.Recording(r.ID), recordingStart(t, events)
	spoken := harness.SpokenFor(t, "slt", farVoice)
	if got := recording.Loud(recording.Right, answered[0].At-began, ended[0].At-began); got < spoken/2 {
		t.Errorf("the far house is loud for %v, it speaks for %v", got, spoken)
	}
	for _, l := range r.Transcript {
		if l.Speaker != call.SpeakerRobot {
			continue
		}
		if got, all := recording.Loud(recording.Right, l.From-began, l.To-began), time.Duration(l.To-l.From)*time.Millisecond; got < all*4/10 {
			t.Errorf("%q is loud for %v of %v", l.Text, got, all)
		}
	}
	if got, want := recording.Length(), r.End.Sub(r.Start)-time.Duration(began)*time.Millisecond; want-got > time.Second || got > want+time.Second {
		t.Errorf("the recording lasts %v, the call %v", got, want)
	}
	// And so it was at the caller's ear.
	far := harness.Load(t, file)
	here, there := recording.Loud(recording.Right, 0, recording.Length().Milliseconds()), far.Loud(far.Left, 0, far.Length().Milliseconds())
	if there < here*9/10 {
		t.Errorf("the caller heard %v of %v", there, here)
	}
	t.Logf("the caller heard %v, of that the far house %v", there, spoken)
	if picture := s.Command("calls", "timeline", string(r.ID)); !strings.Contains(picture, "transfer.start: 6answer") || !strings.Contains(picture, "transfer.end: ended") {
		t.Errorf("the timeline lacks the transfer:\n%s", picture)
	}
}

func noAnswer(t *testing.T, s switchboard) {
	phone := harness.Sipp{Scenario: "uas-cancelled.xml", From: sippAddress, Port: s.rings[0]}.Start(t)
	r, events := s.alternative(t, "missed", "no-answer", "Nobody is there.")
	phone.Wait()
	began, ended := harness.Kinds(events, call.KindTransfer)[0].At, harness.Kinds(events, call.KindTransferEnd)[0].At
	if took := ended - began; took < 1900 {
		t.Errorf("gave up after %d ms", took)
	}
	recording, start := s.Recording(r.ID), recordingStart(t, events)
	if rang := recording.Loud(recording.Right, began-start, ended-start); rang < 500*time.Millisecond {
		t.Errorf("the caller heard it ring for %v", rang)
	}
}

// live waits for a call to a number of ours that has come to a kind of event.
func (s switchboard) live(called, kind string) (id call.ID, wire string) {
	r := s.LiveCall(kind, func(r call.Record) bool {
		return r.Called == called && len(harness.Kinds(s.Events(r.ID), kind)) > 0
	})
	return r.ID, r.WireID
}

func leavesRinging(t *testing.T, s switchboard) {
	phone := harness.Sipp{Scenario: "uas-cancelled.xml", From: sippAddress, Port: s.rings[1]}.Start(t)
	caller := s.Dial(t, "leave", "--wait", "60s")
	_, wire := s.live("leave", call.KindTransfer)
	harness.Eventually(t, "both legs are there", func() bool { return s.Metric("parley_sip_dialogs") == 2 })
	caller.Hangup()
	phone.Wait() // it was cancelled
	r := s.Kept(wire)
	s.transferred(t, r, string(call.TransferAbandoned))
	if r.HangupBy != "customer" || r.Cause != "normal" {
		t.Errorf("ended by %s: %s", r.HangupBy, r.Cause)
	}
	s.Idle(t)
}

func leavesTalking(t *testing.T, s switchboard) {
	caller := s.Dial(t, "talk", "--from", "talker", "--wait", "60s")
	_, wire := s.live("talk", call.KindTransferAnswered)
	caller.Hangup()
	r := s.Kept(wire)
	s.transferred(t, r, string(call.TransferEnded))
	if r.HangupBy != "customer" {
		t.Errorf("ended by %s", r.HangupBy)
	}
	harness.Eventually(t, "the far house has a record", func() bool {
		return slices.ContainsFunc(s.far.Calls(), func(r call.Record) bool { return r.Caller == "talker" && r.HangupBy == "customer" })
	})
	s.Idle(t)
}

// The flow talks on until the other party answers, which cuts it short.
func attended(t *testing.T, s switchboard) {
	_, r := s.Call(t, "meet", "--wait-quiet=5s", "--say", "yes")
	events := s.transferred(t, r, string(call.TransferEnded))
	robot := harness.Said(r, call.SpeakerRobot)
	if len(robot) != 3 || !strings.HasPrefix("Please hold the line while I try to find somebody who can help you with this.", robot[0]) || robot[1] != survey {
		t.Errorf("the robot said %q", robot)
	}
	began, answered := harness.Kinds(events, call.KindTransfer), harness.Kinds(events, call.KindTransferAnswered)
	if len(answered) != 1 || len(began) != 1 {
		t.Fatalf("events %v, %v", began, answered)
	}
	line := r.Transcript[0]
	if began[0].At > line.From+500 || line.To > answered[0].At+100 {
		t.Errorf("began at %d, answered at %d, the line went from %d to %d", began[0].At, answered[0].At, line.From, line.To)
	}
}

// Without an edge the call ends with the transfer, as the other party's did.
func noWayBack(t *testing.T, s switchboard) {
	_, r := s.Call(t, "blind")
	s.transferred(t, r, string(call.TransferEnded))
	if r.HangupBy != "agent" || r.Cause != "normal" {
		t.Errorf("ended by %s: %s", r.HangupBy, r.Cause)
	}
}

func noWayBackBusy(t *testing.T, s switchboard) {
	_, r := s.Call(t, "blindno")
	s.transferred(t, r, string(call.TransferBusy))
	if r.HangupBy != "system" || r.Cause != "busy" {
		t.Errorf("ended by %s: %s", r.HangupBy, r.Cause)
	}
}

// A flow sends its caller to another one, which sends him on and has nothing to
// say to what becomes of that: the first one has.
func anotherFlow(t *testing.T, s switchboard) {
	_, r := s.Call(t, "nest")
	if got := harness.Said(r, call.SpeakerRobot); !slices.Equal(got, []string{moment, "The line is busy.", "Goodbye."}) {
		t.Errorf("the robots said %q", got)
	}
	var went []string
	for _, x := range r.Transfers {
		went = append(went, x.Target+" "+string(x.Result))
	}
	if !slices.Equal(went, []string{"blindno busy", "6busy busy"}) || r.Program != "nest" || r.Cause != "normal" {
		t.Errorf("transfers %q, program %s, cause %s", went, r.Program, r.Cause)
	}
}

// The caller's own exchange takes him there, and he leaves us.
func referred(t *testing.T, s switchboard) {
	harness.Sipp{Scenario: "referred.xml", To: s.SIP, Number: "referto"}.Run(t)
	r := s.last(t, "referto")
	s.transferred(t, r, string(call.Transferred))
	if r.HangupBy != "system" || r.Cause != "normal" {
		t.Errorf("ended by %s: %s", r.HangupBy, r.Cause)
	}
}

func referDeclined(t *testing.T, s switchboard) {
	harness.Sipp{Scenario: "refer-declined.xml", To: s.SIP, Number: "refer"}.Run(t)
	r := s.last(t, "refer")
	s.transferred(t, r, string(call.TransferFailed))
	if got := harness.Said(r, call.SpeakerRobot); !slices.Equal(got, []string{"That cannot be.", "Goodbye."}) || r.Tags["cause"] != "rejected" {
		t.Errorf("the robot said %q, cause %q", got, r.Tags["cause"])
	}
}

// last waits for the record of the call to a number.
func (s switchboard) last(t *testing.T, called string) (r call.Record) {
	harness.Eventually(t, "the call to "+called+" is recorded", func() bool {
		for _, r = range s.Calls() {
			if r.Called == called {
				return true
			}
		}
		return false
	})
	return r
}
