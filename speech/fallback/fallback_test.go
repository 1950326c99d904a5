package fallback

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"parley/speech"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var quiet = slog.New(slog.DiscardHandler)

var (
	broken  = speech.Unavailable(speech.ErrBroken, "x")
	late    = speech.Unavailable(speech.ErrTimeout, "x")
	refused = speech.Unavailable(speech.ErrRefused, "x")
	errGone = fmt.Errorf("gone: %w", speech.ErrUnavailable)
)

// actor plays one answer after another; the last one stays.
type actor struct {
	name  string
	plays []play
	asked int
	calls *[]string
}

// play says some words and fails, or does not.
type play struct {
	words int
	err   error
}

func (a *actor) play() play {
	a.asked++
	return a.plays[min(a.asked, len(a.plays))-1]
}

// Chat implements speech.Model: each word is a piece.
func (a *actor) Chat(_ context.Context, _ speech.Chat, out func(speech.Delta) error) error {
	*a.calls = append(*a.calls, a.name)
	p := a.play()
	for range p.words {
		if err := out(speech.Delta{Text: a.name}); err != nil {
			return err
		}
	}
	return p.err
}

// Speak implements speech.Synthesizer: a sample and a mark for each byte, the
// value tells which byte, and a chunk as long as a play's words.
func (a *actor) Speak(_ context.Context, u speech.Utterance, out func(speech.Chunk) error) error {
	*a.calls = append(*a.calls, fmt.Sprintf("%s/%s/%q", a.name, u.Voice, u.Text))
	p := a.play()
	n := len(u.Text)
	if p.err != nil {
		n = min(n, p.words)
	}
	for i := range n {
		c := speech.Chunk{PCM: []int16{int16(u.Text[i])}, Marks: []speech.Mark{{Sample: int64(i + 1), Byte: i + 1}}}
		if err := out(c); err != nil {
			return err
		}
	}
	return p.err
}

func models(t *testing.T, calls *[]string, plays ...[]play) *Model {
	t.Helper()
	var list []Provider[speech.Model]
	for i, p := range plays {
		name := string(rune('a' + i))
		list = append(list, Provider[speech.Model]{Name: name, Provider: &actor{name: name, plays: p, calls: calls}})
	}
	m, err := NewModel(Defaults(), quiet, list...)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestModel(t *testing.T) {
	ok := []play{{words: 2}}
	fails := func(err error) []play { return []play{{err: err}} }
	for _, c := range []struct {
		name  string
		plays [][]play
		want  string
		err   error
		saw   string
	}{
		{"the first", [][]play{ok, ok}, "[a]", nil, "[]"},
		{"broken once", [][]play{{{err: broken}, {words: 2}}, ok}, "[a a]", nil, "[a broken retry a]"},
		{"broken twice", [][]play{fails(broken), ok}, "[a a b]", nil, "[a broken retry a a broken next b]"},
		{"a time-out is not tried again", [][]play{fails(late), ok}, "[a b]", nil, "[a timeout next b]"},
		{"busy", [][]play{fails(speech.ErrBusy), ok}, "[a b]", nil, "[a busy next b]"},
		{"refused", [][]play{fails(refused), ok}, "[a b]", nil, "[a refused next b]"},
		{"all", [][]play{fails(errGone), fails(late)}, "[a b]", speech.ErrUnavailable, "[a unavailable next b b timeout give-up ]"},
		{"something was delivered", [][]play{{{words: 1, err: broken}}, ok}, "[a]", speech.ErrBroken, "[a broken give-up ]"},
		{"nobody", nil, "[]", speech.ErrUnavailable, "[]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			calls, saw := []string{}, []string{}
			m := models(t, &calls, c.plays...)
			ctx := speech.WithWatch(t.Context(), func(d speech.Decision) {
				saw = append(saw, fmt.Sprintf("%s %s %s %s", d.Provider, d.Fault, d.Action, d.Next))
			})
			err := m.Chat(ctx, speech.Chat{}, func(speech.Delta) error { return nil })
			if fmt.Sprint(calls) != c.want || !errors.Is(err, c.err) || fmt.Sprint(saw) != c.saw {
				t.Errorf("asked %v, got %v, saw %v", calls, err, saw)
			}
		})
	}
}

func TestTheCallersErrorIsNobodysFault(t *testing.T) {
	calls := []string{}
	m := models(t, &calls, []play{{words: 1}}, []play{{words: 1}})
	enough := errors.New("enough")
	for range 10 {
		if err := m.Chat(t.Context(), speech.Chat{}, func(speech.Delta) error { return enough }); !errors.Is(err, enough) {
			t.Fatal(err)
		}
	}
	if len(calls) != 10 || len(m.Resting()) > 0 || len(m.Stats()) > 0 {
		t.Errorf("%d calls, resting %v, %v", len(calls), m.Resting(), m.Stats())
	}
}

func TestBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := []string{}
		m := models(t, &calls, []play{{err: late}, {err: late}, {err: late}, {err: late}, {words: 1}}, []play{{words: 1}})
		asked := func() string {
			calls = nil
			if err := m.Chat(t.Context(), speech.Chat{}, func(speech.Delta) error { return nil }); err != nil {
				t.Fatal(err)
			}
			return fmt.Sprint(calls)
		}
		rest := Defaults().Rest
		for i, c := range []struct {
			after time.Duration
			want  string
		}{
			{0, "[a b]"}, {0, "[a b]"}, {0, "[a b]"}, // three faults: a rests
			{0, "[b]"}, {rest - 1, "[b]"},
			{1, "[a b]"}, {0, "[b]"}, // a trial that fails
			{rest, "[a]"}, {0, "[a]"}, // one that does not
		} {
			time.Sleep(c.after)
			if got := asked(); got != c.want {
				t.Errorf("request %d asks %s, want %s", i, got, c.want)
			}
		}
		stats := m.Stats()
		slices.SortFunc(stats, func(a, b Stat) int { return int(a.Count - b.Count) })
		if got, want := fmt.Sprint(stats), "[{model a ok 2} {model a timeout 4} {model b ok 7}]"; got != want {
			t.Errorf("stats %s", got)
		}
	})
}

func TestBreakerTakesAProviderAtItsWord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &breaker{c: Defaults()}
		b.done(&speech.BusyError{Provider: "x", After: time.Minute})
		time.Sleep(time.Minute - 1)
		if !b.resting() {
			t.Error("asked too early")
		}
		time.Sleep(time.Nanosecond)
		if b.resting() {
			t.Error("not asked in time")
		}
		b.ask()
		if !b.resting() {
			t.Error("two trials at once")
		}
		b.done(nil)
		b.done(refused)
		if !b.resting() {
			t.Error("a wrong key does not heal at once")
		}
	})
}

// TestAllRest: somebody is asked all the same.
func TestAllRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := []string{}
		m := models(t, &calls, []play{{err: refused}}, []play{{err: refused}})
		for range 3 {
			_ = m.Chat(t.Context(), speech.Chat{}, func(speech.Delta) error { return nil })
		}
		if fmt.Sprint(calls) != "[a b a b a b]" {
			t.Error(calls)
		}
	})
}

func voices(t *testing.T, calls *[]string, a, b []play) *Synthesizer {
	t.Helper()
	s, err := NewSynthesizer(Defaults(), quiet,
		Provider[speech.Synthesizer]{Name: "a", Languages: []string{"en"}, Provider: &actor{name: "a", plays: a, calls: calls}},
		Provider[speech.Synthesizer]{Name: "b", Provider: &actor{name: "b", plays: b, calls: calls}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestWhoSpeaks(t *testing.T) {
	other := errors.New("the text is too long")
	for _, c := range []struct {
		name, language, voice string
		a, b                  error
		want                  string
		err                   error
	}{
		{"by language", "en-US", "", nil, nil, `[a//"hi"]`, nil},
		{"another language", "de", "", nil, nil, `[b//"hi"]`, nil},
		{"no language", "", "", nil, nil, `[a//"hi"]`, nil},
		{"by name", "en", "b:bass", nil, nil, `[b/bass/"hi"]`, nil},
		{"fall back", "en", "slt", errGone, nil, `[a/slt/"hi" b/slt/"hi"]`, nil},
		{"named falls back to a default voice", "en", "a:slt", errGone, nil, `[a/slt/"hi" b//"hi"]`, nil},
		{"all fail", "en", "", errGone, speech.ErrNoVoice, `[a//"hi" b//"hi"]`, speech.ErrUnavailable},
		{"a fault of the text", "en", "", other, nil, `[a//"hi"]`, other},
		{"unknown name", "", "c:x", nil, nil, "[]", speech.ErrNoVoice},
	} {
		t.Run(c.name, func(t *testing.T) {
			calls := []string{}
			s := voices(t, &calls, []play{{err: c.a}}, []play{{err: c.b}})
			err := s.Speak(t.Context(), speech.Utterance{Text: "hi", Language: c.language, Voice: c.voice}, func(speech.Chunk) error { return nil })
			if fmt.Sprint(calls) != c.want || !errors.Is(err, c.err) {
				t.Errorf("asked %v and got %v, want %s and %v", calls, err, c.want, c.err)
			}
		})
	}
}

// TestNothingIsSpokenTwice: wherever a voice breaks off, the text is heard once
// and the marks rise to its end.
func TestNothingIsSpokenTwice(t *testing.T) {
	const text = "good morning"
	for at := range len(text) + 1 {
		for name, plays := range map[string][2][]play{
			"the next goes on":            {{{at, broken}}, {{}}},
			"the last goes on":            {{{at, late}}, {{at / 2, broken}, {}}},
			"a voice that takes too long": {{{at, late}}, {{}}},
		} {
			calls := []string{}
			s := voices(t, &calls, plays[0], plays[1])
			var heard []byte
			var last speech.Mark
			err := s.Speak(t.Context(), speech.Utterance{Text: text, Language: "en"}, func(c speech.Chunk) error {
				for _, x := range c.PCM {
					heard = append(heard, byte(x))
				}
				for _, m := range c.Marks {
					if m.Sample <= last.Sample || m.Byte <= last.Byte || m.Sample > int64(len(heard)) {
						t.Errorf("mark %+v after %+v with %d samples", m, last, len(heard))
					}
					last = m
				}
				return nil
			})
			if err != nil || string(heard) != text || last.Byte != len(text) {
				t.Errorf("%s, %d: heard %q, last mark %+v, %v, asked %v", name, at, heard, last, err, calls)
			}
		}
	}
}

func TestNamesMustDiffer(t *testing.T) {
	if _, err := NewSynthesizer(Defaults(), quiet, Provider[speech.Synthesizer]{Name: "a"}, Provider[speech.Synthesizer]{Name: "a"}); err == nil {
		t.Error("two providers of one name are accepted")
	}
}
