package fallback

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"parley/speech"
	"parley/speech/speechtest"
)

// hearer is a recogniser that understands a word in every 100 samples that are
// not zero, until it fails.
type hearer struct {
	name    string
	words   []string
	openErr error
	// fail is the fault of an utterance: after so many samples, or at Stop.
	fail  error
	after int
	slow  time.Duration // until the final

	mu     sync.Mutex
	opened int
	closed int
	hints  []speech.Hints
}

func (h *hearer) Open(_ context.Context, _ speech.Format, deliver func(speech.Result)) (speech.Recognition, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.openErr != nil {
		return nil, h.openErr
	}
	h.opened++
	return &hearing{h: h, deliver: deliver}, nil
}

// hearing delivers under its lock, as bad as it can be.
type hearing struct {
	h       *hearer
	deliver func(speech.Result)
	mu      sync.Mutex
	open    bool
	id, n   int
	hints   speech.Hints
	timers  []*time.Timer
}

func (g *hearing) Start(id int, h speech.Hints) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.open, g.id, g.n, g.hints = true, id, 0, h
	g.h.mu.Lock()
	g.h.hints = append(g.h.hints, h)
	g.h.mu.Unlock()
}

func (g *hearing) text() string {
	return strings.Join(g.h.words[:min(g.n/100, len(g.h.words))], " ")
}

func (g *hearing) Write(pcm []int16) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.open {
		return
	}
	before := g.text()
	for _, s := range pcm {
		if s != 0 {
			g.n++
		}
	}
	if g.h.fail != nil && g.h.after > 0 && g.n >= g.h.after {
		g.open = false
		g.deliver(speech.Result{Utterance: g.id, Err: g.h.fail})
	} else if t := g.text(); t != before {
		g.deliver(speech.Result{Utterance: g.id, Text: t})
	}
}

func (g *hearing) Stop() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.open {
		return
	}
	g.open = false
	r := speech.Result{Utterance: g.id, Text: g.text(), Final: true}
	if g.h.fail != nil {
		r = speech.Result{Utterance: g.id, Err: g.h.fail}
	}
	if g.h.slow > 0 {
		wait := min(g.h.slow, g.hints.FinalTimeout)
		if g.h.slow > g.hints.FinalTimeout {
			r = speech.Result{Utterance: g.id, Err: late}
		}
		g.timers = append(g.timers, time.AfterFunc(wait, func() { g.deliver(r) }))
		return
	}
	g.deliver(r)
}

func (g *hearing) Abandon() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.open = false
}

func (g *hearing) Close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.open = false
	for _, t := range g.timers {
		t.Stop()
	}
	g.h.mu.Lock()
	g.h.closed++
	g.h.mu.Unlock()
}

var said = []string{"when", "are", "you", "open"}

func ears(t *testing.T, hs ...*hearer) *Recognizer {
	t.Helper()
	var list []Provider[speech.Recognizer]
	for i, h := range hs {
		h.name = string(rune('a' + i))
		if h.words == nil {
			h.words = said
		}
		list = append(list, Provider[speech.Recognizer]{Name: h.name, Languages: []string{"en"}, Provider: h})
	}
	r, err := NewRecognizer(Defaults(), quiet, list...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

var phone = speech.Format{Rate: 8000, Language: "en-US"}

func loud(n int) []int16 {
	pcm := make([]int16, n)
	for i := range pcm {
		pcm[i] = 1
	}
	return pcm
}

func TestRecognizerConformance(t *testing.T) {
	for name, hs := range map[string][]*hearer{
		"one":                     {{}},
		"the first does not open": {{openErr: errGone}, {}},
		"the first fails at Stop": {{fail: late}, {}},
		"the first breaks":        {{fail: broken, after: 150}, {}},
	} {
		t.Run(name, func(t *testing.T) {
			speechtest.Recognizer(t, speechtest.RecognizerCase{
				Recognizer: ears(t, hs...), Format: phone, PCM: loud(400), Text: "when are you open", Foreign: "de",
			})
		})
	}
}

func TestTakeover(t *testing.T) {
	for _, c := range []struct {
		name string
		hs   []*hearer
		text string
		err  error
		saw  string
		took time.Duration
	}{
		{"breaks in the middle", []*hearer{{fail: broken, after: 250}, {}}, "when are you open", nil, "[a broken next b]", 0},
		{"busy", []*hearer{{fail: speech.ErrBusy}, {}}, "when are you open", nil, "[a busy next b]", 0},
		{"takes too long", []*hearer{{slow: time.Hour}, {}}, "when are you open", nil, "[a timeout next b]", 1200 * time.Millisecond},
		{"both take too long", []*hearer{{slow: time.Hour}, {slow: time.Hour}}, "", speech.ErrTimeout, "[a timeout next b b timeout give-up ]", 2 * time.Second},
		{"the next does not open", []*hearer{{fail: late}, {openErr: errGone}, {}}, "when are you open", nil, "[a timeout next b b unavailable next c]", 0},
		{"nobody is left", []*hearer{{fail: late}, {openErr: errGone}}, "", speech.ErrTimeout, "[a timeout next b b unavailable give-up ]", 0},
		{"alone", []*hearer{{fail: late}}, "", speech.ErrTimeout, "[a timeout give-up ]", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				saw := []string{}
				results := make(chan speech.Result, 100)
				ctx := speech.WithWatch(t.Context(), func(d speech.Decision) {
					saw = append(saw, fmt.Sprintf("%s %s %s %s", d.Provider, d.Fault, d.Action, d.Next))
				})
				rec, err := ears(t, c.hs...).Open(ctx, phone, func(r speech.Result) { results <- r })
				if err != nil {
					t.Fatal(err)
				}
				defer rec.Close()
				rec.Start(1, speech.Hints{FinalTimeout: 2 * time.Second})
				for range 4 {
					rec.Write(loud(100))
					synctest.Wait()
				}
				begin := time.Now()
				rec.Stop()
				var r speech.Result
				for r = <-results; !over(r); r = <-results {
				}
				if r.Text != c.text || !errors.Is(r.Err, c.err) || fmt.Sprint(saw) != c.saw || time.Since(begin) != c.took {
					t.Errorf("%+v after %s, saw %v", r, time.Since(begin), saw)
				}
				time.Sleep(time.Minute)
				if len(results) > 0 {
					t.Errorf("another result %+v", <-results)
				}
				for _, h := range c.hs { // takeovers have an ear of their own
					h.mu.Lock()
					if h.opened-h.closed > 1 || h.name != "a" && h.opened != h.closed {
						t.Errorf("%s: %d opened, %d closed", h.name, h.opened, h.closed)
					}
					h.mu.Unlock()
				}
			})
		})
	}
}

// TestWhoRestsIsNotAskedFirst: after three faults an utterance begins with the
// next recogniser at once.
func TestWhoRestsIsNotAskedFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := &hearer{fail: late}, &hearer{}
		l := speechtest.Listen(t, ears(t, a, b), phone)
		for id := range 5 {
			l.Start(id, speech.Hints{})
			l.Hear(loud(400))
			l.Stop()
			if r := l.Final(t); r.Err != nil || r.Utterance != id {
				t.Errorf("%+v", r)
			}
		}
		if len(a.hints) != 3 || len(b.hints) != 5 {
			t.Errorf("asked %d and %d times", len(a.hints), len(b.hints))
		}
	})
}

func TestTooLongForATakeover(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := speechtest.Listen(t, ears(t, &hearer{fail: late}, &hearer{}), phone)
		l.Start(1, speech.Hints{})
		l.Hear(loud(8000 * 31))
		l.Stop()
		if r := l.Final(t); !errors.Is(r.Err, speech.ErrTimeout) {
			t.Errorf("%+v", r)
		}
	})
}

func TestNoRecogniserForTheLanguage(t *testing.T) {
	r := ears(t, &hearer{})
	if _, err := r.Open(t.Context(), speech.Format{Rate: 8000, Language: "fr"}, nil); !errors.Is(err, speech.ErrNoVoice) {
		t.Error(err)
	}
	r = ears(t, &hearer{openErr: errGone})
	if _, err := r.Open(t.Context(), phone, nil); !errors.Is(err, speech.ErrUnavailable) {
		t.Error(err)
	}
}
