// Package speechtest holds what every recogniser and every synthesizer must
// pass, and voices to test with.
package speechtest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"parley/speech"
)

// Patience bounds every wait of the suites. It is long, because machines are
// busy; nothing is measured by it.
const Patience = 30 * time.Second

// RecognizerCase is a recogniser under test and what it is to understand.
type RecognizerCase struct {
	Recognizer speech.Recognizer
	Format     speech.Format
	PCM        []int16 // somebody says Text, several words
	Text       string
	Hints      speech.Hints
	Foreign    string // a language that it does not understand; "" if none
}

// Recognizer is the conformance suite of speech.Recognizer.
func Recognizer(t *testing.T, c RecognizerCase) {
	c.Hints.FinalTimeout = Patience
	t.Run("one final with the utterance's number", func(t *testing.T) {
		l := Listen(t, c.Recognizer, c.Format)
		for id := 7; id < 10; id += 2 {
			l.Start(id, c.Hints)
			l.Hear(c.PCM)
			l.Stop()
			if r := l.Final(t); r.Err != nil || r.Text != c.Text || r.Utterance != id {
				t.Fatalf("final %+v, want %q of utterance %d", r, c.Text, id)
			}
			l.Nothing(t)
		}
	})
	t.Run("partials come before Stop", func(t *testing.T) {
		l := Listen(t, c.Recognizer, c.Format)
		l.Start(1, c.Hints)
		l.Hear(c.PCM)
		if r := l.Next(t); r.Final || r.Err != nil || r.Text == "" || r.Utterance != 1 {
			t.Fatalf("first result %+v, want a partial", r)
		}
		l.Stop()
		l.Final(t)
	})
	t.Run("nothing is heard in silence", func(t *testing.T) {
		l := Listen(t, c.Recognizer, c.Format)
		l.Start(1, c.Hints)
		l.Hear(make([]int16, c.Format.Rate))
		l.Stop()
		if r := l.Final(t); r.Err != nil || r.Text != "" {
			t.Fatalf("silence gives %+v, want an empty text", r)
		}
	})
	t.Run("an utterance without audio ends", func(t *testing.T) {
		l := Listen(t, c.Recognizer, c.Format)
		l.Start(1, c.Hints)
		l.Stop()
		if r := l.Final(t); r.Err != nil || r.Text != "" {
			t.Fatalf("no audio gives %+v, want an empty text", r)
		}
	})
	t.Run("abandoned utterances give nothing", func(t *testing.T) {
		l := Listen(t, c.Recognizer, c.Format)
		l.Start(1, c.Hints)
		l.Hear(c.PCM)
		l.Abandon()
		l.drain()
		l.Start(2, c.Hints)
		l.Hear(c.PCM)
		l.Start(3, c.Hints) // abandons 2
		l.Hear(c.PCM)
		l.Stop()
		if r := l.Final(t); r.Utterance != 3 || r.Text != c.Text {
			t.Fatalf("final %+v, want that of utterance 3", r)
		}
		l.Stop() // nothing is open: ignored
		l.Write(c.PCM[:160])
		l.Nothing(t)
	})
	t.Run("a stopped utterance gives its final though the next has begun", func(t *testing.T) {
		l := Listen(t, c.Recognizer, c.Format)
		l.Start(1, c.Hints)
		l.Hear(c.PCM)
		l.Stop()
		l.Start(2, c.Hints)
		l.Hear(c.PCM)
		l.Stop()
		for id := 1; id <= 2; id++ {
			if r := l.Final(t); r.Utterance != id || r.Text != c.Text {
				t.Fatalf("final %+v, want that of utterance %d", r, id)
			}
		}
	})
	t.Run("nothing comes after Close", func(t *testing.T) {
		l := Listen(t, c.Recognizer, c.Format)
		l.Start(1, c.Hints)
		l.Hear(c.PCM)
		l.Stop()
		l.Close()
		l.drain()
		l.Nothing(t)
	})
	if c.Foreign != "" {
		t.Run("a foreign language is refused", func(t *testing.T) {
			f := c.Format
			f.Language = c.Foreign
			if _, err := c.Recognizer.Open(t.Context(), f, func(speech.Result) {}); !errors.Is(err, speech.ErrNoVoice) {
				t.Fatalf("Open gives %v, want ErrNoVoice", err)
			}
		})
	}
}

// Listener is a Recognition whose results can be waited for.
type Listener struct {
	speech.Recognition
	rate    int
	results chan speech.Result
}

// Listen opens a Recognition that the test closes.
func Listen(t testing.TB, r speech.Recognizer, f speech.Format) *Listener {
	t.Helper()
	l := &Listener{rate: f.Rate, results: make(chan speech.Result, 10_000)}
	rec, err := r.Open(t.Context(), f, func(r speech.Result) {
		select {
		case l.results <- r:
		default:
			panic(fmt.Sprintf("more than %d results", cap(l.results)))
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	l.Recognition = rec
	t.Cleanup(rec.Close)
	return l
}

// Hear writes audio in frames of 20 ms, faster than life.
func (l *Listener) Hear(pcm []int16) {
	frame := l.rate / 50
	for ; len(pcm) > frame; pcm = pcm[frame:] {
		l.Write(pcm[:frame])
	}
	l.Write(pcm)
}

// Next waits for a result.
func (l *Listener) Next(t testing.TB) speech.Result {
	t.Helper()
	select {
	case r := <-l.results:
		return r
	case <-time.After(Patience):
		t.Fatal("no result")
		panic("unreachable")
	}
}

// Final waits for the result that ends an utterance.
func (l *Listener) Final(t testing.TB) speech.Result {
	t.Helper()
	for {
		if r := l.Next(t); r.Final || r.Err != nil {
			return r
		}
	}
}

// Nothing fails if a result is there that nobody waited for.
func (l *Listener) Nothing(t testing.TB) {
	t.Helper()
	select {
	case r := <-l.results:
		t.Fatalf("unexpected result %+v", r)
	default:
	}
}

func (l *Listener) drain() {
	for len(l.results) > 0 {
		<-l.results
	}
}
