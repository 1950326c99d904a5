package agent

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"parley/speech"
)

func TestAnswers(t *testing.T) {
	end := speech.ToolCall{ID: "1", Name: "call_end", Arguments: "{}"}
	for _, c := range []struct {
		name  string
		act   act
		said  string
		left  string // command or function
		stray string
	}{
		{"sentences", says("Hello", ". How a", "re you?"), "Hello.|How are you?", "", ""},
		{"a command", says("Goodbye. #Han", "gup# and more."), "Goodbye.", "Hangup", ""},
		{"a command without words", says("#transfer TO agent#"), "", "Transfer to Agent", ""},
		{"nothing after a command counts", act{deltas: []any{"Bye. #Hangup# ", end}}, "Bye.", "Hangup", ""},
		{"keys", says("I key it. {DTMF 12 3#} Done."), "I key it.|dtmf:123#|Done.", "", ""},
		{"keys that are none", says("Now {DTMF abc!} this."), "Now|this.", "", "{DTMF abc!}"},
		{"an unknown command", says("Well #Dance Now# then."), "Well then.", "", "#Dance Now#"},
		{"the hash key", says("Press the # key, please."), "Press the # key, please.", "", ""},
		{"call_end", says("Goodbye.", end), "Goodbye.", "end", ""},
		{"call_transfer_to_ethan", says("One moment.", speech.ToolCall{ID: "1", Name: "call_transfer_to_ethan"}), "One moment.", "transfer_to_ethan", ""},
		{"unfinished words are said", says("It is half past"), "It is half past", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDesk(t, c.act)
				v, err := d.ask(t.Context(), "hi")
				if err != nil || v.Failed {
					t.Fatalf("%+v, %v", v, err)
				}
				if d.said() != c.said || v.Command+v.Function != c.left || v.Silent != (c.said == "") {
					t.Errorf("said %q, left by %q, silent %v", d.said(), v.Command+v.Function, v.Silent)
				}
				if c.stray != "" && !d.logged(KindStray, c.stray) {
					t.Errorf("journal %v", d.journal.Events())
				}
			})
		})
	}
}

// TestThePrompt: the model is told who it is, what it may write and call, and
// what has been said.
func TestThePrompt(t *testing.T) {
	d := newDesk(t, says("Hello."))
	if _, err := d.ask(t.Context(), "hi there"); err != nil {
		t.Fatal(err)
	}
	c := d.model.chats[0]
	for _, want := range []string{"You are a robot.", "#Hangup# - when: the caller says goodbye", "#Transfer to Agent#", "{DTMF 123#}", "en-US"} {
		if !strings.Contains(c.System, want) {
			t.Errorf("want %q in %s", want, c.System)
		}
	}
	if len(c.Tools) != 2 || c.Tools[0].Name != "call_end" || c.Tools[1].Name != "call_transfer_to_ethan" || !strings.Contains(c.Tools[1].Description, "the caller wants Ethan") {
		t.Errorf("tools %+v", c.Tools)
	}
	if len(c.Messages) != 1 || c.Messages[0].Role != speech.RoleCaller || c.Messages[0].Text != "hi there" {
		t.Errorf("messages %+v", c.Messages)
	}
}

// TestFaults: whatever the model does wrong, in whatever state, the answer is
// over within five seconds of the last thing that it did right, is tried again
// only if nothing was said, and is in the journal.
func TestFaults(t *testing.T) {
	boom := errors.New("boom")
	good := says("Good.")
	for _, c := range []struct {
		name   string
		acts   []act
		said   string
		failed bool
		fault  string
		within time.Duration
	}{
		{"busy, then well", []act{says(speech.ErrBusy), good}, "Good.", false, "busy", time.Second},
		{"busy twice", []act{says(speech.ErrBusy), says(speech.ErrBusy)}, "", true, "busy", time.Second},
		{"gone", []act{says(speech.ErrUnavailable), says(speech.ErrUnavailable)}, "", true, "unavailable", time.Second},
		{"refused", []act{says(speech.Unavailable(speech.ErrRefused, "key")), good}, "", true, "refuses", time.Second},
		{"strange error, then well", []act{says(boom), good}, "Good.", false, "boom", time.Second},
		{"empty, then well", []act{says(), good}, "Good.", false, "empty", time.Second},
		{"empty twice", []act{says(), says("  ", "\n")}, "", true, "empty", time.Second},
		{"garbage", []act{says("\x00\xff\xfe", "...", "***"), says("\x01{x}")}, "", true, "empty", time.Second},
		{"silence", []act{says(time.Hour), says(time.Hour)}, "", true, "", 5 * time.Second},
		{"silence, then well", []act{says(time.Hour), good}, "Good.", false, "did not begin", 4 * time.Second},
		{"signs of life only", []act{{deltas: []any{"", "", 100 * time.Millisecond}, forth: true}, good}, "Good.", false, "did not begin", 4 * time.Second},
		{"words that never become a line", []act{{deltas: []any{"", "a", 200 * time.Millisecond}, forth: true}}, "", true, "nothing that can be spoken", 5 * time.Second},
		{"stops before the first line", []act{says("Hel", time.Hour), good}, "Good.", false, "stopped in the middle", 5 * time.Second},
		{"breaks off before the first line", []act{says("Hel", boom), good}, "Good.", false, "boom", time.Second},
		{"breaks off after the first line", []act{says("Hello. I wa", boom), good}, "Hello.", true, "boom", time.Second},
		{"stops after the first line", []act{says("Hello. I wa", time.Hour), good}, "Hello.", true, "stopped in the middle", 5 * time.Second},
		{"busy after the first line", []act{says("Hello. I wa", speech.ErrBusy), good}, "Hello.", true, "busy", time.Second},
		{"commands without an end", []act{{deltas: []any{"Hello. I", "{what is this}"}, forth: true}, good}, "Hello.", true, "has no end", time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDesk(t, c.acts...)
				start := time.Now()
				v, err := d.ask(t.Context(), "hi")
				if took := time.Since(start); took > c.within {
					t.Errorf("it took %s", took)
				}
				if err != nil || v.Failed != c.failed || d.said() != c.said {
					t.Errorf("%+v, %v, said %q", v, err, d.said())
				}
				if !d.logged(KindFault, c.fault) {
					t.Errorf("want %q in the journal: %.500v", c.fault, d.journal.Events())
				}
				if n := len(d.journal.Events()); n > 20 {
					t.Errorf("%d events", n)
				}
				if d.model.busy != 0 {
					t.Error("a request is still under way")
				}
			})
		})
	}
}

// TestAnEndlessAnswerIsCut: it is spoken up to its limit.
func TestAnEndlessAnswerIsCut(t *testing.T) {
	d := newDesk(t, act{deltas: []any{"", "This is a sentence. "}, forth: true})
	d.cfg.MaxAnswer = 100
	v, err := d.ask(t.Context(), "hi")
	if err != nil || v.Failed || len(d.said()) > 110 || !d.logged(KindStray, "too long") {
		t.Errorf("%+v, %v, %d characters", v, err, len(d.said()))
	}
	d = newDesk(t, act{deltas: []any{"", "Hm. "}, forth: true})
	v, err = d.ask(t.Context(), "hi")
	if err != nil || v.Failed || len(d.lines) != maxLines || !d.logged(KindStray, "too long") {
		t.Errorf("%+v, %v, %d lines", v, err, len(d.lines))
	}
}

// TestNoModel: that nobody has configured one is said at once.
func TestNoModel(t *testing.T) {
	d := newDesk(t)
	v, err := New(d.cfg, nil).Answer(t.Context(), d.journal, &Question{Node: &d.node})
	if err != nil || !v.Failed || !d.logged(KindFault, "no language model") {
		t.Errorf("%+v, %v", v, err)
	}
}

// TestCancelledAnswersEnd: an answer that is not wanted any more ends at once,
// in every state, and leaves nothing running.
func TestCancelledAnswersEnd(t *testing.T) {
	for name, a := range map[string]act{
		"before the first word": says(time.Hour),
		"within a line":         says("Hel", time.Hour),
		"between lines":         says("Hello. There", time.Hour),
		"endless":               {deltas: []any{"", "Hello. ", 20 * time.Millisecond}, forth: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDesk(t, a)
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(500*time.Millisecond, cancel)
				start := time.Now()
				v, err := d.ask(ctx, "hi")
				if !errors.Is(err, context.Canceled) || time.Since(start) != 500*time.Millisecond || v.Failed {
					t.Errorf("%+v, %v after %s", v, err, time.Since(start))
				}
				if d.logged(KindFault, "") {
					t.Error("a cancelled answer is no fault")
				}
			})
		})
	}
}

// TestTheTimesAreInTheJournal (requirement V13).
func TestTheTimesAreInTheJournal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, says(200*time.Millisecond, "Good ", 300*time.Millisecond, "day. ", "B", 100*time.Millisecond, "ye."))
		if _, err := d.ask(t.Context(), "hi"); err != nil {
			t.Fatal(err)
		}
		for _, e := range d.journal.Events() {
			if e.Kind == KindModel && e.Attrs["first_token_ms"] == int64(200) && e.Attrs["first_sentence_ms"] == int64(500) && e.Attrs["total_ms"] == int64(600) {
				return
			}
		}
		t.Errorf("journal %+v", d.journal.Events())
	})
}
