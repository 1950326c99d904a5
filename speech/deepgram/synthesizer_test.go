package deepgram

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"parley/speech"
	. "parley/speech/deepgram/deepgramtest"
	"parley/speech/speechtest"
)

func synthesizer(t *testing.T, s *Server) *Synthesizer {
	t.Helper()
	p := speechtest.NewPipe()
	s.Serve(t, p)
	y, err := NewSynthesizer(config(), p.Dial)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(y.Close)
	return y
}

var honest = []func(*Mouth){Speak}

func line1(text string) speech.Utterance {
	return speech.Utterance{Text: text, Language: "en-US", Rate: 8000}
}

func TestSynthesizerConformance(t *testing.T) {
	speechtest.Synthesizer(t, speechtest.SynthesizerCase{
		Synthesizer: synthesizer(t, &Server{Speak: honest}), Text: "Good morning. We are open from nine to five.", Language: "en-US",
		Long: strings.Repeat("This is a sentence that takes quite a while. ", 40), Foreign: "de",
	})
}

func TestALineServesManyUtterances(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &Server{Speak: honest}
		y := synthesizer(t, s)
		for range mostFlushes {
			speechtest.Speak(t, y, line1("Good morning."))
		}
		if n := s.Conns(); n != 1 {
			t.Errorf("%d connections for %d utterances", n, mostFlushes)
		}
		speechtest.Speak(t, y, line1("Good morning.")) // one more would be refused there
		if n := s.Conns(); n != 2 {
			t.Errorf("%d connections, want a second", n)
		}
		q := s.Queries()[0].Encode()
		if want := "encoding=linear16&mip_opt_out=true&model=aura-2-thalia-en&sample_rate=8000"; q != want {
			t.Errorf("asked %s", q)
		}
		time.Sleep(config().Speak.IdleTimeout)
		synctest.Wait()
		speechtest.Speak(t, y, line1("Good morning."))
		if n := s.Conns(); n != 3 {
			t.Errorf("%d connections, want a third after the idle time", n)
		}
	})
}

// TestACancelledLineIsCleared and serves the next utterance, which hears
// nothing of the former.
func TestACancelledLineIsCleared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &Server{Speak: honest}
		y := synthesizer(t, s)
		ctx, cancel := context.WithCancel(t.Context())
		begin := time.Now()
		err := y.Speak(ctx, line1(strings.Repeat("on and ", 200)), func(speech.Chunk) error { cancel(); return nil })
		if !errors.Is(err, context.Canceled) || time.Since(begin) != 0 {
			t.Fatal(err, time.Since(begin))
		}
		synctest.Wait()
		c := speechtest.Speak(t, y, line1("Yes."))
		if d := time.Duration(len(c.PCM)) * time.Second / 8000; d > 500*time.Millisecond || s.Conns() != 1 {
			t.Errorf("%s of audio, %d connections", d, s.Conns())
		}
	})
}

// TestAKeptLineThatDied costs nothing.
func TestAKeptLineThatDied(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		once := func(m *Mouth) {
			text, _ := m.Asked()
			m.Audio(m.Tone(text))
			m.Flushed()
			m.Asked()
			m.Reset()
		}
		s := &Server{Speak: []func(*Mouth){once, Speak}}
		y := synthesizer(t, s)
		for range 2 {
			speechtest.Speak(t, y, line1("Good morning."))
		}
		if s.Conns() != 2 {
			t.Errorf("%d connections", s.Conns())
		}
	})
}

// TestMarksAreLateRatherThanEarly: while the audio comes nobody knows how long
// it will be.
func TestMarksAreLateRatherThanEarly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const text = "one three seven eight forty fifty sixty" // a letter or space takes 80 ms
		y := synthesizer(t, &Server{Speak: honest})
		var given int64
		var chunks int
		err := y.Speak(t.Context(), line1(text), func(c speech.Chunk) error {
			given += int64(len(c.PCM))
			chunks++
			for _, m := range c.Marks {
				truth := int64(float64(m.Byte) * 0.08 * 8000)
				if m.Sample > given || m.Byte < len(text) && (m.Sample < truth-2400 || m.Sample > truth+4800) {
					t.Errorf("mark %+v after %d samples, truth %d", m, given, truth)
				}
			}
			return nil
		})
		if err != nil || chunks < 3 {
			t.Fatal(err, chunks)
		}
	})
}

func TestLongTextsAreCut(t *testing.T) {
	text := strings.Repeat("我们", 500) + strings.Repeat(" word", 300)
	var all string
	for _, p := range parts(text) {
		if len(p) > maxSpeak || p == "" {
			t.Errorf("a part of %d bytes", len(p))
		}
		all += p
	}
	if all != text {
		t.Error("something is lost")
	}
}

func TestBusyAtTheLimit(t *testing.T) {
	y := synthesizer(t, &Server{Speak: honest})
	y.works = make(chan struct{}, 1)
	inner := errors.New("not asked")
	_ = y.Speak(t.Context(), line1("Good morning."), func(speech.Chunk) error {
		inner = y.Speak(t.Context(), line1("Yes."), func(speech.Chunk) error { return nil })
		return inner
	})
	if !errors.Is(inner, speech.ErrBusy) {
		t.Errorf("one too many gives %v", inner)
	}
}

func TestSpeakFaults(t *testing.T) {
	c := config().Speak
	for _, f := range []struct {
		name   string
		play   func(*Mouth)
		fault  string
		within time.Duration
	}{
		{"silence before the first byte", func(m *Mouth) { m.Deaf() }, "timeout", c.FirstTimeout},
		{"stall in the middle", func(m *Mouth) { m.Asked(); m.Audio(m.Tone("some")); m.Deaf() }, "timeout", c.GapTimeout},
		{"reset at once", func(m *Mouth) { m.Reset() }, "broken", 0},
		{"reset in the middle", func(m *Mouth) { m.Asked(); m.Audio(m.Tone("some")); m.Reset() }, "broken", 0},
		{"closed as too busy", func(m *Mouth) { m.Asked(); m.Close(1008, "429 too many") }, "busy", 0},
		{"closed for a fault", func(m *Mouth) { m.Asked(); m.Close(1011, "NET-0000") }, "broken", 0},
		{"closed for our data", func(m *Mouth) { m.Asked(); m.Close(1008, "DATA-0000") }, "refused", 0},
		{"garbage", func(m *Mouth) { m.Asked(); m.Raw(1, []byte("\xff}{")); m.Deaf() }, "broken", 0},
		{"an error", func(m *Mouth) { m.Asked(); m.Send(M{"type": "Error", "description": "no"}); m.Deaf() }, "broken", 0},
		{"too many flushes", func(m *Mouth) { m.Asked(); m.Send(M{"type": "Warning", "code": "EXCESSIVE_FLUSH"}); m.Deaf() }, "busy", 0},
		{"nothing but silence", func(m *Mouth) {
			for _, ok := m.Asked(); ok; _, ok = m.Asked() {
				m.Audio(make([]byte, 8000))
				m.Flushed()
			}
		}, "broken", 0},
		{"no audio at all", func(m *Mouth) {
			for _, ok := m.Asked(); ok; _, ok = m.Asked() {
				m.Flushed()
			}
		}, "broken", 0},
		{"audio for ever", func(m *Mouth) {
			m.Asked()
			for m.Audio(m.Tone("on and on")) {
			}
		}, "broken", 0},
		{"a message for ever", func(m *Mouth) { m.Asked(); m.Raw(2, make([]byte, mostMessage+2)) }, "broken", 0},
	} {
		t.Run(f.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				y := synthesizer(t, &Server{Speak: []func(*Mouth){f.play}})
				begin := time.Now()
				err := y.Speak(t.Context(), line1("Good morning."), func(speech.Chunk) error { return nil })
				if took := time.Since(begin); speech.FaultOf(err) != f.fault || took != f.within {
					t.Errorf("%v after %s, want %s after %s", err, took, f.fault, f.within)
				}
				if strings.Contains(fmt.Sprint(err), "hunter2") {
					t.Error("the key stands in it")
				}
			})
		})
	}
}

// TestASlowListenerIsNoFault: the caller's buffer is full for a minute.
func TestASlowListenerIsNoFault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		y := synthesizer(t, &Server{Speak: honest})
		err := y.Speak(t.Context(), line1("Good morning, how are you today?"), func(speech.Chunk) error {
			time.Sleep(time.Minute)
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func FuzzAudio(f *testing.F) {
	f.Add([]byte("\x00\x10\x00\x20abc"), 3)
	f.Add([]byte{}, 1)
	f.Fuzz(func(t *testing.T, b []byte, n int) {
		if n < 1 {
			t.Skip("no size of messages")
		}
		total := 0
		s, err := newSpoken(line1("some words of text"), func(c speech.Chunk) error { total += len(c.PCM); return nil })
		if err != nil {
			t.Fatal(err)
		}
		for rest := b; len(rest) > 0; rest = rest[min(n, len(rest)):] {
			if s.write(rest[:min(n, len(rest))]) != nil {
				return
			}
		}
		if err := s.close(); err == nil && total > len(b)/2+200 {
			t.Errorf("%d samples of %d bytes", total, len(b))
		}
	})
}
