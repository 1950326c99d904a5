package flite

import (
	"errors"
	"log/slog"
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

func synthesizer(t testing.TB, change func(*Config)) *Synthesizer {
	t.Helper()
	c := Defaults()
	c.Engine.Children, c.Engine.OpenTimeout, c.Engine.RestartMin = 1, speechtest.Patience, time.Millisecond
	if change != nil {
		change(&c)
	}
	s, err := New(c, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

const greeting = `Good morning! We open at 9 a.m., (really) on 12/5, "every" day - and so on.`

func TestConformance(t *testing.T) {
	speechtest.Synthesizer(t, speechtest.SynthesizerCase{
		Synthesizer: synthesizer(t, nil), Text: greeting, Language: "en-US",
		Long: strings.Repeat("This is a sentence that goes on for quite some time. ", 40), Foreign: "de-DE",
	})
}

func TestEveryVoiceSpeaksWithMarks(t *testing.T) {
	s := synthesizer(t, nil)
	for _, v := range Voices {
		c := speechtest.Speak(t, s, speech.Utterance{Text: greeting, Voice: v, Rate: 8000})
		speechtest.CheckMarks(t, greeting, c)
		if len(c.Marks) < 13 {
			t.Errorf("%s: %d marks for 15 words", v, len(c.Marks))
		}
		for _, m := range c.Marks[:len(c.Marks)-1] {
			if next := greeting[m.Byte]; next != ' ' {
				t.Errorf("%s: a mark in mid-word: %q", v, greeting[:m.Byte])
			}
		}
		loudAt := -1
		for i, x := range c.PCM {
			if x > 200 || x < -200 {
				loudAt = i
				break
			}
		}
		if ms := loudAt / 8; ms < 0 || ms > 25 {
			t.Errorf("%s: the first sound comes after %d ms", v, ms)
		}
	}
}

func TestBusyAtTheLimit(t *testing.T) {
	s := synthesizer(t, func(c *Config) { c.Engine.Works = 1 })
	long := speech.Utterance{Text: strings.Repeat("This is a sentence that goes on for quite some time. ", 40), Rate: 8000}
	first := true
	err := s.Speak(t.Context(), long, func(speech.Chunk) error {
		if !first {
			return nil
		}
		first = false
		err := s.Speak(t.Context(), long, func(speech.Chunk) error { return nil })
		if !errors.Is(err, speech.ErrBusy) {
			t.Errorf("one too many gives %v, want ErrBusy", err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestAKilledChildCostsOneUtterance(t *testing.T) {
	s := synthesizer(t, nil)
	long := speech.Utterance{Text: strings.Repeat("This is a sentence that goes on for quite some time. ", 90), Rate: 16000}
	killed := false
	err := s.Speak(t.Context(), long, func(speech.Chunk) error {
		if !killed {
			killed = true
			return syscall.Kill(s.Health().PIDs[0], syscall.SIGKILL)
		}
		return nil
	})
	if !errors.Is(err, speech.ErrUnavailable) {
		t.Errorf("killed in mid-speech: %v, want ErrUnavailable", err)
	}
	speechtest.Speak(t, s, speech.Utterance{Text: greeting, Rate: 8000})
}

func FuzzDecodeChunk(f *testing.F) {
	f.Add(encodeChunk(speech.Chunk{PCM: []int16{1, -2}, Marks: []speech.Mark{{Sample: 3, Byte: 4}}}))
	f.Add([]byte{255, 255, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := decodeChunk(b)
		if err == nil && len(b)%2 == 0 && string(encodeChunk(c)) != string(b) {
			t.Errorf("%x does not survive", b)
		}
	})
}

func BenchmarkSpeak(b *testing.B) {
	s := synthesizer(b, nil)
	for _, v := range Voices {
		b.Run(v, func(b *testing.B) {
			var samples, first float64
			for b.Loop() {
				began := time.Now()
				heard := false
				err := s.Speak(b.Context(), speech.Utterance{Text: greeting, Voice: v, Rate: 8000}, func(c speech.Chunk) error {
					if !heard {
						first += float64(time.Since(began).Microseconds()) / 1000
					}
					heard = true
					samples += float64(len(c.PCM))
					return nil
				})
				if err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(first/float64(b.N), "first-ms")
			b.ReportMetric(samples/8000/b.Elapsed().Seconds(), "x-real-time")
		})
	}
}
