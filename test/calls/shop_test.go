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

// Lines of etc/flows/shop.yaml.
const (
	welcome = "Welcome to the corner shop. You can ask for our opening hours, for the status of your order, or anything else about the shop. How can I help you?"
	opening = "We are open from nine to six, Monday to Saturday."
	goodbye = "Thank you for calling the corner shop. Goodbye."
)

// TestShop is the demonstration call: four things said by another voice than
// the robot's, one of them while the robot is talking, and a number keyed.
func TestShop(t *testing.T) {
	t.Parallel()
	harness.Need(t, "flite", "flite")
	voices := []string{"rms"}
	if harness.Long() {
		voices = append(voices, "awb", "kal16")
	}
	p := harness.Start(t, harness.Options{})
	for _, voice := range voices {
		t.Run(voice, func(t *testing.T) {
			t.Parallel()
			testShop(t, p, voice)
		})
	}
}

func testShop(t *testing.T, p *harness.Parley, voice string) {
	file := filepath.Join(t.TempDir(), "far.wav")
	report, r := p.Call(t, "demo", "--record", file, "--voice", voice,
		"--wait-quiet", "--say", "when are you open",
		"--interrupt-after", "1s", "--say", "where is my order",
		"--wait-quiet", "--dtmf", "1234",
		"--wait-quiet", "--say", "no thank you",
		"--wait-quiet", "--say", "yes")
	events := p.Events(r.ID)

	checkRecord(t, report, r)
	checkConversation(t, r)
	checkDecisions(t, r, events)
	recording := p.Recording(r.ID)
	checkRecording(t, r, recording, events)
	far := harness.Load(t, file)
	checkInterruption(t, r, recording, far, events)
	checkPicture(t, r, p.Get("/v1/calls/"+string(r.ID)+"/timeline.svg"))
	checkGoodbye(t, far)
}

// checkRecord: who called whom, how it ended, what was counted.
func checkRecord(t *testing.T, report harness.Report, r call.Record) {
	t.Helper()
	for what, pair := range map[string][2]string{
		"door":            {r.Door, "sip"},
		"direction":       {r.Direction, "inbound"},
		"caller":          {r.Caller, "caller"},
		"called":          {r.Called, "demo"},
		"trunk":           {r.Trunk, "loopback"},
		"program":         {r.Program, "shop"},
		"hung up by":      {r.HangupBy, "system"},
		"cause":           {r.Cause, "normal"},
		"codec":           {r.Media.Codec, "PCMU"},
		"tag order":       {r.Tags["order"], "1234"},
		"tag survey":      {r.Tags["survey"], "yes"},
		"far end's party": {report.EndedBy, "them"},
		"far end's cause": {report.Cause, "normal"},
		"problem":         {r.Recording.Problem, ""},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s is %q, want %q", what, pair[0], pair[1])
		}
	}
	if len(r.Tags) != 2 {
		t.Errorf("tags %v, want order and survey", r.Tags)
	}
	if m := r.Media; m.PacketsIn < 1000 || m.PacketsOut < 1000 || m.Strangers+m.Malformed > 0 || m.DigitsIn != 4 {
		t.Errorf("media %+v", m)
	}
	if r.Answered.Before(r.Start) || r.End.Sub(r.Answered) < 25*time.Second {
		t.Errorf("began %v, answered %v, ended %v", r.Start, r.Answered, r.End)
	}
	t.Logf("call of %.1f s, %d packets in, %d out, %d lost, %d late", r.End.Sub(r.Start).Seconds(),
		r.Media.PacketsIn, r.Media.PacketsOut, r.Media.Lost, r.Media.Late)
}

// checkConversation: the words that were understood, and the answers.
func checkConversation(t *testing.T, r call.Record) {
	t.Helper()
	heard := []string{"when are you open", "where is my order", "1234", "no thank you", "yes"}
	if got := harness.Said(r, call.SpeakerCaller); !slices.Equal(got, heard) {
		t.Errorf("understood %q, want %q", got, heard)
	}
	said := []string{
		welcome, opening, "Please key in your four digit order number.",
		"Order 1234 is ready for you in the shop.", "Is there anything else I can do for you?",
		"One last question. Were you happy with our service today?", goodbye,
	}
	got := harness.Said(r, call.SpeakerRobot)
	if len(got) != len(said) {
		t.Fatalf("the robot said %q, want %q", got, said)
	}
	for i := range said {
		if i == 1 {
			continue // the line that is cut has a test of its own
		}
		if got[i] != said[i] {
			t.Errorf("line %d of the robot is %q, want %q", i, got[i], said[i])
		}
	}
	t.Logf("understood %q", harness.Said(r, call.SpeakerCaller))
}

// checkDecisions: the events that led there, and the stages of each turn.
func checkDecisions(t *testing.T, r call.Record, events []call.Event) {
	t.Helper()
	for i := 1; i < len(events); i++ {
		if events[i].At < events[i-1].At {
			t.Errorf("event %d (%s) is earlier than the one before", i, events[i].Kind)
		}
	}
	for kind, want := range map[string]int{
		call.KindAnswered: 1, call.KindEnded: 1, call.KindAudio: 1, call.KindDigit: 4, "digits.end": 1,
		"turn.cut": 1, "turn.end": 4, call.KindTag: 2, call.KindTurn: 6, "asr.failed": 0, "tts.failed": 0,
	} {
		if got := len(harness.Kinds(events, kind)); got != want {
			t.Errorf("%d events %s, want %d", got, kind, want)
		}
	}
	var partial []string
	for _, e := range harness.Kinds(events, call.KindHearing) {
		if e.Turn == 1 {
			partial = append(partial, e.Text)
		}
	}
	if !slices.Contains(partial, "when are") {
		t.Errorf("partial results of the first turn: %q", partial)
	}
	for _, turn := range r.Turns {
		if turn.SpeechEnd > turn.Decided || turn.Decided > turn.Text || turn.Text > turn.Reply || turn.Reply > turn.Audible {
			t.Errorf("the stages of turn %d are out of order: %+v", turn.Number, turn)
		}
	}
	for _, e := range harness.Kinds(events, "turn.end") { // counted in frames
		// 700 ms, as long as what was said has it: 0.6 of that after an answer.
		if !slices.Contains([]string{"silence of 700ms", "silence of 420ms after a whole answer", "silence of 520ms after a whole request"}, e.Text) {
			t.Errorf("a turn ended by %q, 700 ms of silence are set", e.Text)
		}
	}
	t.Logf("last word to first sound: median %d ms, 90 %% within %d ms", r.Latency.EndToEnd.Median, r.Latency.EndToEnd.P90)
}

// checkRecording: the caller is left, the robot is right, each where the
// transcript has its lines.
func checkRecording(t *testing.T, r call.Record, s *harness.Sound, events []call.Event) {
	t.Helper()
	began := recordingStart(t, events)
	if got, want := s.Length(), r.End.Sub(r.Start)-time.Duration(began)*time.Millisecond; want-got > time.Second || got > want+time.Second {
		t.Errorf("the recording lasts %v, the call %v", got, want)
	}
	if int64(len(s.Left)) != r.Recording.Samples || s.Rate != r.Recording.Rate {
		t.Errorf("%d samples at %d Hz, the record says %d at %d", len(s.Left), s.Rate, r.Recording.Samples, r.Recording.Rate)
	}
	const edge = 120 // milliseconds at each end of a line that prove nothing
	for i, l := range r.Transcript {
		if l.Digits != "" {
			continue
		}
		mine, other := s.Left, s.Right
		if l.Speaker == call.SpeakerRobot {
			mine, other = s.Right, s.Left
		}
		from, to := l.From-began, l.To-began
		if got, all := s.Loud(mine, from, to), time.Duration(to-from)*time.Millisecond; got < all*4/10 {
			t.Errorf("%s said %q for %v, but the channel is loud for %v", l.Speaker, l.Text, all, got)
		}
		// Where nobody else speaks, the other channel is silent.
		if i > 0 && r.Transcript[i-1].To > l.From || i+1 < len(r.Transcript) && r.Transcript[i+1].From < l.To {
			continue
		}
		if got := s.Loud(other, from+edge, to-edge); got > 0 {
			t.Errorf("while %s said %q the other channel is loud for %v", l.Speaker, l.Text, got)
		}
	}
}

func recordingStart(t *testing.T, events []call.Event) int64 {
	t.Helper()
	began := harness.Kinds(events, "recording.start")
	if len(began) != 1 {
		t.Fatalf("%d recordings began", len(began))
	}
	return began[0].At
}

// checkGoodbye: at the far end the last line was heard whole.
func checkGoodbye(t *testing.T, far *harness.Sound) {
	t.Helper()
	// The voice speaks sentence by sentence.
	sentences := strings.SplitAfter(goodbye, ". ")
	const pause, slack = 160 * time.Millisecond, 60 * time.Millisecond
	spans := far.Stretches(far.Left, pause)
	if len(spans) < len(sentences) {
		t.Fatalf("the far end heard the robot at %v", spans)
	}
	for i, sentence := range sentences {
		want := harness.SpokenFor(t, "slt", sentence)
		span := spans[len(spans)-len(sentences)+i]
		got := time.Duration(span.To-span.From) * time.Millisecond
		if got < want-slack || got > want+slack {
			t.Errorf("the far end heard %v of %q, which takes %v", got, sentence, want)
		}
		t.Logf("far end: %q heard for %v, flite takes %v", sentence, got, want)
	}
}

// properPrefix reports whether words are the first few words of all.
func properPrefix(words, all string) bool {
	w, a := strings.Fields(words), strings.Fields(all)
	return len(w) < len(a) && slices.Equal(w, a[:len(w)]) && strings.HasPrefix(all, words)
}
