package crash

import (
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"parley/call"
	"parley/test/harness"
)

// mayLose is how much of a recording a crash may cost: what was not yet
// written, and the time that a busy machine takes to write it.
const mayLose = time.Second

// TestKilledInMidCall: after a kill -9 the recording is playable and has
// nearly all of the call, no engine is left, and the program starts again.
func TestKilledInMidCall(t *testing.T) {
	t.Parallel()
	harness.Need(t, "sox", "sox")
	p := harness.Start(t, harness.Options{})
	caller := p.Dial(t, "demo", "--wait-quiet", "--say", "when are you open", "--wait", "90s")
	live := p.LiveCall("the robot has answered", func(r call.Record) bool {
		return len(harness.Said(r, call.SpeakerRobot)) >= 2
	})
	engines := append(children(t, p.PID(), "pocketsphinx"), children(t, p.PID(), "flite")...)
	if len(engines) != 4 {
		t.Errorf("%d engines are running, want 4", len(engines))
	}
	events := p.Events(live.ID)
	lasted := time.Duration(events[len(events)-1].At-harness.Kinds(events, "recording.start")[0].At) * time.Millisecond
	p.Signal(syscall.SIGKILL)
	if code := p.ExitCode(); code != -1 {
		t.Fatalf("the program ended by itself with %d", code)
	}
	caller.Kill()
	harness.Eventually(t, "the engines are gone", func() bool {
		for _, pid := range engines {
			if alive(pid) {
				return false
			}
		}
		return true
	})

	files, err := filepath.Glob(filepath.Join(p.Data, "recordings", "*.wav"))
	if err != nil || len(files) != 1 {
		t.Fatalf("recordings %q, %v", files, err)
	}
	if out, err := exec.Command("sox", files[0], "-n", "stat").CombinedOutput(); err != nil {
		t.Errorf("sox cannot play the recording: %v\n%s", err, out)
	}
	s := harness.Load(t, files[0])
	if s.Length() < lasted-mayLose {
		t.Errorf("of %v the recording has %v", lasted, s.Length())
	}
	for _, l := range live.Transcript[:2] { // the welcome and the question
		mine, other := s.Right, s.Left
		if l.Speaker == call.SpeakerCaller {
			mine, other = s.Left, s.Right
		}
		if s.Loud(mine, l.From, l.To) < time.Duration(l.To-l.From)*time.Millisecond*4/10 || s.Loud(other, l.From+120, l.To-120) > 0 {
			t.Errorf("%s's %q is not where it should be in the recording", l.Speaker, l.Text)
		}
	}

	p.Again()
	k := p.Kept(live.WireID)
	if k.ID != live.ID || k.Cause != "interrupted" || k.Program != "shop" || k.Recording.Samples == 0 || k.Recording.Problem == "" {
		t.Errorf("the call that was killed is recorded as %+v", k)
	}
	if d := k.End.Sub(k.Start); d < lasted-mayLose || p.Recording(k.ID).Length() < lasted-mayLose {
		t.Errorf("of %v the record has %v", lasted, d)
	}
	again := p.Dial(t, "demo", "--interrupt-after", "500ms", "--limit", "2s", "--wait", "60s").Wait()
	if r := p.Kept(again.WireID); r.Cause != "normal" || r.Recording.Problem != "" {
		t.Errorf("a call after the crash: %+v", r)
	}
	t.Logf("killed after %v of recording: the file has %v and is playable", lasted, s.Length())
}

// TestRecogniserKilled: a recogniser that is killed while the caller speaks
// costs what he says, and he is told; the next sentence is understood.
func TestRecogniserKilled(t *testing.T) {
	t.Parallel()
	p := harness.Start(t, harness.Options{})
	caller := p.Dial(t, "demo", "--wait-quiet", "--say", "i want to ask about my order",
		"--wait-quiet", "--say", "no thank you", "--wait-quiet", "--say", "not at all")
	hearing(p, "i want")
	kill(t, p, "pocketsphinx")
	report := caller.Wait()
	r := p.Kept(report.WireID)
	events := p.Events(r.ID)
	if got := len(harness.Kinds(events, "asr.failed")); got != 1 {
		t.Errorf("%d utterances failed, want the one", got)
	}
	robot := harness.Said(r, call.SpeakerRobot)
	if len(robot) < 3 || robot[1] != "Sorry, something went wrong. Please say that again." {
		t.Errorf("the robot said %q", robot)
	}
	if got := harness.Said(r, call.SpeakerCaller); len(got) != 3 || !strings.HasPrefix(got[0], "i want") || got[1] != "no thank you" || got[2] != "not at all" {
		t.Errorf("understood %q", got)
	}
	if marks := marked(r); len(marks) != 1 || !strings.HasPrefix(marks[0].Text, "i want") || marks[0].Mark != call.MarkPartial {
		t.Errorf("not understood as a whole are %+v", marks)
	}
	if r.Tags["survey"] != "no" || r.HangupBy != "system" || r.Cause != "normal" {
		t.Errorf("tags %v, ended by %s: %s", r.Tags, r.HangupBy, r.Cause)
	}
	t.Logf("the recogniser died in mid-sentence; after the apology: %q", harness.Said(r, call.SpeakerCaller))
}

// marked lists the lines that are not whole.
func marked(r call.Record) (lines []call.Line) {
	for _, l := range r.Transcript {
		if l.Mark != "" {
			lines = append(lines, l)
		}
	}
	return lines
}

// TestVoiceKilled: a voice that is killed while the caller speaks is up again
// for the answer.
func TestVoiceKilled(t *testing.T) {
	t.Parallel()
	p := harness.Start(t, harness.Options{})
	caller := p.Dial(t, "demo", "--wait-quiet", "--say", "i want to ask about my order",
		"--wait-quiet", "--dtmf", "4321", "--wait-quiet", "--limit", "60s")
	hearing(p, "i want")
	kill(t, p, "flite")
	r := p.Kept(caller.Wait().WireID)
	robot := harness.Said(r, call.SpeakerRobot)
	if len(robot) < 4 || robot[1] != "Please key in your four digit order number." || robot[2] != "Order 4321 is ready for you in the shop." {
		t.Errorf("the robot said %q", robot)
	}
	s := p.Recording(r.ID)
	for _, l := range r.Transcript {
		if l.Speaker == call.SpeakerRobot && s.Loud(s.Right, l.From, l.To) < time.Duration(l.To-l.From)*time.Millisecond*4/10 {
			t.Errorf("%q is not heard", l.Text)
		}
	}
	if r.Tags["order"] != "4321" {
		t.Errorf("tags %v", r.Tags)
	}
}
