package registration

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

var start = time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)

func config() Config {
	return Config{Registrars: 1, Expires: time.Hour, BackoffMin: 5 * time.Second, BackoffMax: time.Minute}
}

// run drives a machine and remembers the time.
type run struct {
	t    *testing.T
	m    Machine
	now  time.Time
	sent *Send
}

func begin(t *testing.T, cfg Config) *run {
	r := &run{t: t, m: New(cfg), now: start}
	r.step(Start{})
	return r
}

func (r *run) step(e Event) { r.m, r.sent = r.m.Step(e, r.now, 0.5) }

// timeout goes to the machine's timer, which must be after that long.
func (r *run) timeout(after time.Duration) {
	r.t.Helper()
	if got := r.m.Timer().Sub(r.now); got != after {
		r.t.Errorf("%v waits %v, want %v", r.m.State(), got, after)
	}
	r.now = r.m.Timer()
	r.step(Timeout{})
}

func (r *run) want(s State, sent *Send) {
	r.t.Helper()
	if r.m.State() != s || (r.sent == nil) != (sent == nil) || sent != nil && *sent != *r.sent {
		r.t.Errorf("%v, sends %+v; want %v, %+v", r.m.State(), r.sent, s, sent)
	}
}

func failed(step Step) Failed { return Failed{Problem: Problem{Step: step, Text: "x"}} }

func TestRegistersAndRefreshes(t *testing.T) {
	r := begin(t, config())
	r.want(Trying, &Send{0, time.Hour})
	r.step(Accepted{10 * time.Minute})
	r.want(Registered, nil)
	r.timeout(8 * time.Minute)
	r.want(Refreshing, &Send{0, time.Hour})
	r.step(Accepted{40 * time.Second})
	r.timeout(20 * time.Second)
	r.want(Refreshing, &Send{0, time.Hour})
	r.step(failed(StepAnswer)) // the binding still lives
	r.want(BackingOff, nil)
	if !r.m.Reachable(r.now) || r.m.Problem() == nil {
		t.Error("a failed refresh forgets a binding that lives")
	}
	r.timeout(5 * time.Second)
	r.want(Refreshing, &Send{0, time.Hour})
	r.step(Accepted{time.Hour})
	if r.m.Problem() != nil {
		t.Error("the problem is over")
	}
	r.step(Stop{})
	r.want(Leaving, &Send{0, 0})
	r.step(Accepted{0})
	r.want(Stopped, nil)
	r.step(Start{})
	r.want(Stopped, nil)
}

func TestTooBrief(t *testing.T) {
	r := begin(t, config())
	r.step(Failed{MinExpires: 2 * time.Hour})
	r.want(Trying, &Send{0, 2 * time.Hour})
	r.step(Failed{MinExpires: 3 * time.Hour})
	r.want(Trying, &Send{0, 3 * time.Hour})
	r.step(Failed{MinExpires: 4 * time.Hour})
	r.want(BackingOff, nil)
}

func TestBacksOff(t *testing.T) {
	r := begin(t, config())
	for _, wait := range []time.Duration{5, 10, 20, 40, 60, 60} {
		r.step(failed(StepConnect))
		r.want(BackingOff, nil)
		r.timeout(wait * time.Second)
		r.want(Trying, &Send{0, time.Hour})
	}
	r.step(Failed{RetryAfter: 5 * time.Minute})
	r.timeout(5 * time.Minute)
	r.step(Accepted{time.Hour})
	r.timeout(48 * time.Minute)
	r.step(Failed{Final: true})
	r.timeout(time.Minute)
	r.timeout(Patience) // nobody answers
	r.want(BackingOff, nil)
	if p := r.m.Problem(); p.Step != StepAnswer || p.Check() == "" || p.Error() == "" {
		t.Errorf("%+v", p)
	}
	r.step(Stop{})
	r.want(Leaving, &Send{0, 0}) // the binding has some minutes left
	r.timeout(leaveWithin)
	r.want(Stopped, nil)
}

func TestNextRegistrar(t *testing.T) {
	cfg := config()
	cfg.Registrars = 3
	r := begin(t, cfg)
	r.step(failed(StepResolve))
	r.want(Trying, &Send{1, time.Hour})
	r.step(failed(StepConnect))
	r.want(Trying, &Send{2, time.Hour})
	r.step(failed(StepAnswer))
	r.want(BackingOff, nil)
	r.timeout(5 * time.Second)
	r.want(Trying, &Send{0, time.Hour})
	r.step(failed(StepConnect))
	r.step(Accepted{time.Hour})
	r.timeout(48 * time.Minute)
	r.want(Refreshing, &Send{1, time.Hour}) // the one that worked
}

// TestEveryStateEnds: whatever happens, a machine that is left alone tries
// again, and one that is stopped ends; it never waits without a timer.
func TestEveryStateEnds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cfg := config()
		cfg.Registrars = rapid.IntRange(1, 3).Draw(t, "registrars")
		m, now := New(cfg), start
		m, _ = m.Step(Start{}, now, 0)
		for range rapid.IntRange(0, 30).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.Int64Range(0, int64(2*time.Hour)).Draw(t, "passes")))
			chance := rapid.Float64Range(0, 1).Draw(t, "chance")
			seconds := time.Duration(rapid.IntRange(-5, 10000).Draw(t, "seconds")) * time.Second
			e := rapid.SampledFrom([]Event{Start{}, Timeout{}, Accepted{max(seconds, time.Second)}, Failed{MinExpires: seconds}, Failed{RetryAfter: seconds}, Failed{Final: true}}).Draw(t, "event")
			m, _ = m.Step(e, now, chance)
			if m.Timer().IsZero() || m.Timer().After(now.Add(longest)) {
				t.Fatalf("%v waits until %v", m.State(), m.Timer())
			}
		}
		m, _ = m.Step(Stop{}, now, 0)
		if m.State() == Leaving {
			m, _ = m.Step(Timeout{}, m.Timer(), 0)
		}
		if m.State() != Stopped {
			t.Fatalf("%v after Stop", m.State())
		}
	})
}

func TestProbe(t *testing.T) {
	p, now := NewProbe(time.Minute, 2), start
	ask := func(ok bool) {
		p = p.Ask(now, 0.5)
		if p.Timer().Sub(now) != time.Minute {
			t.Errorf("asks again after %v", p.Timer().Sub(now))
		}
		p = p.Answered(ok, now.Add(30*time.Millisecond))
		p = p.Answered(!ok, now.Add(time.Second)) // nobody has asked
		now = p.Timer()
	}
	for i, c := range []struct {
		ok   bool
		want Health
	}{{false, Unknown}, {true, Up}, {false, Up}, {false, Down}, {false, Down}, {true, Up}, {false, Up}} {
		ask(c.ok)
		if p.Health() != c.want {
			t.Errorf("answer %d: %v, want %v", i, p.Health(), c.want)
		}
	}
	if p.RoundTrip() != 30*time.Millisecond {
		t.Errorf("round trip %v", p.RoundTrip())
	}
}
