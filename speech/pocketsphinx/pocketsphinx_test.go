package pocketsphinx

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"parley/speech"
	"parley/speech/engine"
	"parley/speech/speechtest"
)

func TestMain(m *testing.M) {
	engine.ServeIfChild(map[string]engine.Kind{Name: Kind})
	goleak.VerifyTestMain(m)
}

// free adds free form, which takes longer to set up.
func free(c *Config) { c.FreeForm = true }

func recognizer(t testing.TB, change func(*Config)) *Recognizer {
	t.Helper()
	c := Defaults()
	c.FreeForm = false
	c.Engine.Children, c.Engine.Works = 1, 2
	c.Engine.OpenTimeout = speechtest.Patience
	c.Engine.RestartMin = time.Millisecond
	if change != nil {
		change(&c)
	}
	r, err := New(c, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

var telephone = speech.Format{Rate: 8000, Language: "en-US"}

var shop = []string{
	"What are your opening hours?", "Where is my order?", "I would like to speak to a person.",
	"Yes, please.", "No, thank you.", "9 a.m.", "Tomorrow afternoon", "The order number is 471.",
	"How do I return an item?", "Goodbye!", "Do you deliver on Sunday?", "I want to cancel my order.",
}

func TestConformance(t *testing.T) {
	r := recognizer(t, free)
	pcm := speechtest.Say(t, "rms", "where is my order", 8000)
	for name, h := range map[string]speech.Hints{"closed": {Phrases: shop, Closed: true}, "open": {Phrases: shop}} {
		t.Run(name, func(t *testing.T) {
			speechtest.Recognizer(t, speechtest.RecognizerCase{
				Recognizer: r, Format: telephone, PCM: pcm, Text: "where is my order", Hints: h, Foreign: "de-DE",
			})
		})
	}
}

func hear(t *testing.T, l *speechtest.Listener, id int, h speech.Hints, pcm []int16) speech.Result {
	t.Helper()
	h.FinalTimeout = speechtest.Patience
	l.Start(id, h)
	l.Hear(pcm)
	l.Stop()
	r := l.Final(t)
	if r.Err != nil {
		t.Fatal(r.Err)
	}
	return r
}

func TestPhrasesOfAGrammarOverTheTelephone(t *testing.T) {
	l := speechtest.Listen(t, recognizer(t, nil), telephone)
	h := speech.Hints{Phrases: shop, Closed: true}
	right, id := 0, 0
	for _, said := range []string{"what are your opening hours", "nine a m", "no thank you", "how do i return an item", "yes please", "do you deliver on sunday"} {
		for _, voice := range speechtest.Voices {
			id++
			if r := hear(t, l, id, h, speechtest.Say(t, voice, said, 8000)); r.Text == said {
				right++
			} else {
				t.Logf("%s says %q: understood %q", voice, said, r.Text)
			}
		}
	}
	t.Logf("%d of %d phrases of the grammar are right", right, id)
	if right < 22 {
		t.Errorf("%d of %d phrases right, want 22 or more", right, id)
	}
}

func TestPhrasesOutsideAGrammarAreNothing(t *testing.T) {
	l := speechtest.Listen(t, recognizer(t, nil), telephone)
	h := speech.Hints{Phrases: shop, Closed: true}
	empty, id := 0, 0
	for _, said := range []string{"my dog ate the newspaper this morning", "the weather in london is terrible", "can you sing me a song", "banana", "what time does the train leave", "my name is robert smith"} {
		for _, voice := range speechtest.Voices {
			id++
			if r := hear(t, l, id, h, speechtest.Say(t, voice, said, 8000)); r.Text == "" {
				empty++
			} else {
				t.Logf("%s says %q: understood %q, confidence %.2f", voice, said, r.Text, r.Confidence)
			}
		}
	}
	t.Logf("%d of %d phrases outside the grammar are rejected", empty, id)
	if empty < 21 {
		t.Errorf("%d of %d are rejected, want 21 or more", empty, id)
	}
}

func TestFreeForm(t *testing.T) {
	rec := recognizer(t, free)
	l := speechtest.Listen(t, rec, telephone)
	for i, said := range []string{"where is my order", "i want to cancel my order", "let me think about it for a moment"} {
		if r := hear(t, l, i+1, speech.Hints{}, speechtest.Say(t, "rms", said, 8000)); r.Text != said || r.Confidence <= 0 {
			t.Errorf("%q is understood as %q, confidence %.2f", said, r.Text, r.Confidence)
		}
	}
	wide := speechtest.Listen(t, rec, speech.Format{Rate: 16000, Language: "en"})
	if r := hear(t, wide, 1, speech.Hints{}, speechtest.Say(t, "rms", "let me think about it for a moment", 16000)); r.Text != "let me think about it for a moment" {
		t.Errorf("at 16 kHz understood %q", r.Text)
	}
}

func TestAKilledChildCostsOneUtterance(t *testing.T) {
	r := recognizer(t, nil)
	l := speechtest.Listen(t, r, telephone)
	pcm := speechtest.Say(t, "slt", "where is my order", 8000)
	h := speech.Hints{Phrases: shop, Closed: true, FinalTimeout: speechtest.Patience}
	l.Start(1, h)
	l.Hear(pcm)
	l.Next(t) // it listens
	for _, pid := range r.Health().PIDs {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
	}
	if got := l.Final(t); !errors.Is(got.Err, speech.ErrUnavailable) || got.Utterance != 1 {
		t.Fatalf("the killed utterance gives %+v, want ErrUnavailable", got)
	}
	l.Write(pcm[:160])
	l.Stop()
	if got := hear(t, l, 2, h, pcm); got.Text != "where is my order" {
		t.Errorf("the next utterance gives %+v", got)
	}
	l.Nothing(t)
}

func TestBusyAtTheLimit(t *testing.T) {
	r := recognizer(t, func(c *Config) { c.Engine.Works = 1 })
	pcm := speechtest.Say(t, "slt", "where is my order", 8000)
	h := speech.Hints{Phrases: shop, Closed: true, FinalTimeout: speechtest.Patience}
	first, second := speechtest.Listen(t, r, telephone), speechtest.Listen(t, r, telephone)
	first.Start(1, h)
	first.Hear(pcm)
	first.Next(t)
	second.Start(1, h)
	if got := second.Final(t); !errors.Is(got.Err, speech.ErrBusy) {
		t.Fatalf("one too many gives %+v, want ErrBusy", got)
	}
	first.Stop()
	if got := first.Final(t); got.Text != "where is my order" {
		t.Errorf("the first is disturbed: %+v", got)
	}
}

func TestAFinalThatDoesNotComeIsReported(t *testing.T) {
	r := recognizer(t, nil)
	l := speechtest.Listen(t, r, telephone)
	pcm := speechtest.Say(t, "slt", "where is my order", 8000)
	h := speech.Hints{Phrases: shop, Closed: true, FinalTimeout: time.Millisecond}
	l.Start(1, h)
	l.Hear(pcm)
	l.Next(t) // a child has it
	pid := r.Health().PIDs[0]
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	standstill(t, pid)
	l.Stop()
	if got := l.Final(t); !errors.Is(got.Err, context.DeadlineExceeded) || got.Utterance != 1 {
		t.Errorf("got %+v, want a time-out", got)
	}
	if err := syscall.Kill(pid, syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	if got := hear(t, l, 2, h, pcm); got.Text != "where is my order" {
		t.Errorf("the next utterance gives %+v", got)
	}
	l.Nothing(t)
}

// standstill waits until every thread of a process has stopped: a signal takes
// its time.
func standstill(t *testing.T, pid int) {
	t.Helper()
	for deadline := time.Now().Add(speechtest.Patience); time.Now().Before(deadline); {
		stats, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
		if err != nil || len(stats) == 0 {
			t.Fatalf("process %d: %v", pid, err)
		}
		running := 0
		for _, name := range stats {
			stat, _ := os.ReadFile(name)
			if _, rest, _ := strings.Cut(string(stat), ") "); !strings.HasPrefix(rest, "T") {
				running++
			}
		}
		if running == 0 {
			return
		}
	}
	t.Fatalf("process %d does not stop", pid)
}

func TestMissingModelNamesThePackage(t *testing.T) {
	c := Defaults()
	c.Model = t.TempDir()
	_, err := New(c, slog.New(slog.DiscardHandler))
	if !errors.Is(err, speech.ErrUnavailable) || !strings.Contains(err.Error(), "pocketsphinx-en-us") {
		t.Errorf("got %v", err)
	}
}

// words is a dictionary that learns nothing.
type words map[string]bool

func (w words) knows(word string) bool { return w[word] }
func (words) learn(string) bool        { return false }

// all is a dictionary that has every word.
type all struct{}

func (all) knows(string) bool { return true }
func (all) learn(string) bool { return false }

func TestGrammarKeepsWhatCanBeSaid(t *testing.T) {
	known := map[string]bool{"voice": true, "bot": true, "hours": true, "open": true, "ing": true, "cafe": true, "s": true}
	g := newGrammar([]string{"Voicebot!", "open", "Open.", "xyzzy hours", "", "cafe's hours"}, words(known))
	if len(g.dropped) != 1 || g.dropped[0] != "xyzzy hours" {
		t.Errorf("dropped %q, want the phrase with xyzzy", g.dropped)
	}
	if g.phrases["voice bot"] != "voicebot" || g.phrases["cafe s hours"] != "cafe's hours" || len(g.phrases) != 3 {
		t.Errorf("phrases %q", g.phrases)
	}
	if newGrammar([]string{"xyzzy"}, words{}).jsgf != "" {
		t.Error("a grammar without phrases is not empty")
	}
}

func BenchmarkRecognise(b *testing.B) {
	r := recognizer(b, free)
	pcm := speechtest.Say(b, "rms", "i would like to speak to a person", 8000)
	for name, h := range map[string]speech.Hints{"grammar": {Phrases: shop, Closed: true}, "free": {}, "open": {Phrases: shop}} {
		b.Run(name, func(b *testing.B) {
			l := speechtest.Listen(b, r, telephone)
			id := 0
			h.FinalTimeout = speechtest.Patience
			for b.Loop() {
				id++
				l.Start(id, h)
				l.Hear(pcm)
				l.Stop()
				l.Final(b)
			}
			b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)/(float64(len(pcm))/8000), "core/caller")
		})
	}
}

func FuzzGrammar(f *testing.F) {
	f.Add("What's 9 a.m.?", "open | <evil> ; {x} /1/ (a)* [b]+ \\ \"q\"")
	f.Fuzz(func(t *testing.T, a, b string) {
		g := newGrammar([]string{a, b}, all{})
		body, ok := strings.CutPrefix(g.jsgf, "#JSGF V1.0;\ngrammar phrases;\npublic <phrase> = ")
		if g.jsgf != "" && (!ok || strings.ContainsAny(strings.TrimSuffix(body, ";\n"), `;=<>()[]{}*+/\"#.`)) {
			t.Errorf("phrases %q and %q break out of the grammar: %s", a, b, g.jsgf)
		}
	})
}
