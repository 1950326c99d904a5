package calls

import (
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"parley/call"
	"parley/test/harness"
)

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
	if tone := r.End.Sub(r.Start).Milliseconds() - r.Transfers[0].Ended; tone < 4500 {
		t.Errorf("the busy tone lasted %d ms", tone)
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

// drained: a drain waits for callers who are with somebody else; a second
// signal ends both legs.
func drained(t *testing.T, s switchboard) {
	caller := s.Dial(t, "talk", "--from", "drained", "--wait", "60s")
	s.live("talk", call.KindTransferAnswered)
	s.Signal(syscall.SIGTERM)
	harness.Eventually(t, "it drains", func() bool { return s.Status("/readyz") == http.StatusServiceUnavailable })
	if s.Metric("parley_sip_dialogs") != 2 || s.Metric("parley_sessions") != 1 {
		t.Error("the drain has not waited for a caller who is with somebody else")
	}
	s.Signal(syscall.SIGTERM)
	if code := s.ExitCode(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if report := caller.Wait(); report.EndedBy != "them" {
		t.Errorf("the caller's end: %+v", report)
	}
	s.far.Idle(t)
}
