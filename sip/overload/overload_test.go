package overload

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestSteps(t *testing.T) {
	busy := Sample{Delay: time.Second, CPU: 0.5}
	hot := Sample{CPU: 1}
	idle := Sample{Delay: time.Millisecond, CPU: 0.1}
	edge := Sample{Delay: 230 * time.Millisecond}
	repeat := func(s Sample, n int) (list []Sample) {
		for range n {
			list = append(list, s)
		}
		return list
	}
	for name, c := range map[string]struct {
		samples    []Sample
		low, high  float64 // the share afterwards
		why        string
		overloaded bool
	}{
		"nothing yet":                  {nil, 1, 1, "", false},
		"idle":                         {repeat(idle, 100), 1, 1, "", false},
		"one slow moment":              {append(repeat(busy, 1), idle, idle), 1, 1, "", false},
		"two are noticed":              {repeat(busy, 2), 0.4, 0.6, "set-up delay", true},
		"slow for long":                {repeat(busy, 100), least, least, "set-up delay", true},
		"CPU":                          {repeat(hot, 8), 0.4, 0.8, "CPU", true},
		"just below the limit":         {repeat(edge, 100), 1, 1, "", false},
		"near the limit nothing opens": {append(repeat(busy, 100), repeat(edge, 100)...), least, least, "set-up delay", true},
		"it recovers step by step":     {append(repeat(busy, 100), repeat(idle, 12)...), 0.3, 0.6, "recovering", true},
		"it recovers":                  {append(repeat(busy, 100), repeat(idle, 40)...), 1, 1, "", false},
	} {
		m := New()
		for _, s := range c.samples {
			m = m.Step(Defaults(), s)
		}
		if m.Share() < c.low || m.Share() > c.high || m.Why() != c.why || m.Overloaded() != c.overloaded {
			t.Errorf("%s: share %.2f, %q, %v", name, m.Share(), m.Why(), m.Overloaded())
		}
	}
}

func TestWhateverComes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Config{
			SetupDelay: time.Duration(rapid.Int64Range(0, int64(time.Second)).Draw(t, "limit")),
			CPU:        rapid.Float64Range(0, 1).Draw(t, "cpu limit"),
		}
		m := New()
		for range rapid.IntRange(0, 200).Draw(t, "samples") {
			s := Sample{Delay: time.Duration(rapid.Int64().Draw(t, "delay")), CPU: rapid.Float64Range(-1, 50).Draw(t, "cpu")}
			before := m
			m = m.Step(c, s)
			if m.Share() < least || m.Share() > 1 {
				t.Fatalf("share %v", m.Share())
			}
			if m.Share() > before.Share() && m.Load() >= calm {
				t.Fatalf("more is taken at load %v", m.Load())
			}
			if m.Share() < before.Share()*deepest-1e-9 {
				t.Fatalf("the share falls from %v to %v at once", before.Share(), m.Share())
			}
		}
		for range 60 { // 15 s of quiet bring everything back
			m = m.Step(c, Sample{})
		}
		if m.Overloaded() {
			t.Fatalf("still %v after quiet", m)
		}
	})
}

// A server that is slow in proportion to what it takes settles near its
// limit, and does not swing between all and nothing.
func TestItSettles(t *testing.T) {
	m := New()
	lowest, highest := 1.0, 0.0
	for i := range 400 { // offered: three times what it can do
		m = m.Step(Defaults(), Sample{CPU: min(3*m.Share()*0.9, 1)})
		if i > 100 {
			lowest, highest = min(lowest, m.Share()), max(highest, m.Share())
		}
	}
	if lowest < 0.2 || highest > 0.45 {
		t.Errorf("it takes between %.2f and %.2f of the calls, a third would be right", lowest, highest)
	}
}

func TestConfig(t *testing.T) {
	problems := 0
	report := func(key, problem, remedy string) { problems++ }
	Defaults().Validate(report)
	Config{}.Validate(report)
	if problems != 0 {
		t.Errorf("%d problems", problems)
	}
	Config{SetupDelay: time.Millisecond, CPU: 90}.Validate(report)
	if problems != 2 {
		t.Errorf("%d problems, want 2", problems)
	}
}
