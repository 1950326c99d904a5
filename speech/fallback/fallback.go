// Package fallback makes one recogniser, one voice or one model of a list of
// them: what breaks before anything came of it is asked for once more, then the
// next one is asked. Who fails again and again rests for a while.
package fallback

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"parley/speech"
)

// Config of all lists.
type Config struct {
	// Failures one after another let a provider rest; a refused key does so at
	// once, and one that says when it may be asked again gets its will.
	Failures int           `yaml:"failures"`
	Rest     time.Duration `yaml:"rest"`
	// Replay is how much of an utterance is kept for the next recogniser.
	Replay time.Duration `yaml:"replay"`
}

// Defaults let a provider rest for 15 s after three faults.
func Defaults() Config {
	return Config{Failures: 3, Rest: 15 * time.Second, Replay: 30 * time.Second}
}

// Validate reports settings that cannot work.
func (c Config) Validate(report func(key, problem, remedy string)) {
	if c.Failures < 1 {
		report("failures", "is less than 1", "use 3")
	}
	if c.Rest <= 0 {
		report("rest", "is not above zero", "use 15s")
	}
	if c.Replay < time.Second || c.Replay > 2*time.Minute {
		report("replay", "is outside 1s to 2m", "use 30s")
	}
}

// Provider is one of a list.
type Provider[P any] struct {
	// Name is unique in its list and has no colon.
	Name string
	// Languages are the BCP 47 tags it is asked for, "en" standing for every
	// "en-…"; none means all.
	Languages []string
	Provider  P
}

// Serves reports whether it is asked for a language.
func (p Provider[P]) Serves(language string) bool {
	tag := strings.ToLower(language)
	return len(p.Languages) == 0 || tag == "" || slices.ContainsFunc(p.Languages, func(l string) bool {
		l = strings.ToLower(l)
		return l == tag || strings.HasPrefix(tag, l+"-")
	})
}

// The kinds of speech.Decision.
const (
	kindRecognizer  = "recognizer"
	kindSynthesizer = "synthesizer"
	kindModel       = "model"
)

// chain is what the three lists have in common.
type chain[P any] struct {
	kind      string
	c         Config
	providers []Provider[P]
	breakers  []*breaker
	log       *slog.Logger

	mu     sync.Mutex
	counts map[[2]string]int64 // by provider and outcome
}

func newChain[P any](kind string, c Config, log *slog.Logger, providers []Provider[P]) (*chain[P], error) {
	var problem error
	c.Validate(func(key, what, remedy string) {
		if problem == nil {
			problem = fmt.Errorf("fallback: %s %s; %s", key, what, remedy)
		}
	})
	if problem != nil {
		return nil, problem
	}
	l := &chain[P]{kind: kind, c: c, providers: slices.Clone(providers), log: log, counts: make(map[[2]string]int64)}
	for i, p := range providers {
		if p.Name == "" || strings.Contains(p.Name, ":") || slices.ContainsFunc(providers[:i], func(o Provider[P]) bool { return o.Name == p.Name }) {
			return nil, fmt.Errorf("fallback: the name %q of %s %d is empty, used twice or has a colon", p.Name, kind, i)
		}
		l.breakers = append(l.breakers, &breaker{c: c})
	}
	return l, nil
}

// forLanguage returns who is asked, in order.
func (l *chain[P]) forLanguage(language string) (list []int) {
	for i, p := range l.providers {
		if p.Serves(language) {
			list = append(list, i)
		}
	}
	return list
}

// awake leaves out who rests, unless all do: somebody must be asked. Each of
// the list has its place taken in its breaker only when it is asked.
func (l *chain[P]) awake(ctx context.Context, list []int) []int {
	up := slices.DeleteFunc(slices.Clone(list), func(i int) bool { return l.breakers[i].resting() })
	if len(up) == 0 {
		return list
	}
	for _, i := range list {
		if !slices.Contains(up, i) {
			l.decided(ctx, i, nil, speech.DecisionSkip, l.providers[up[0]].Name)
		}
	}
	return up
}

// done counts how it went.
func (l *chain[P]) done(i int, err error) {
	l.breakers[i].done(err)
	outcome := speech.FaultOf(err)
	if err == nil {
		outcome = "ok"
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counts[[2]string{l.providers[i].Name, outcome}]++
}

// decided tells what was done about a fault.
func (l *chain[P]) decided(ctx context.Context, i int, err error, action, next string) {
	d := speech.Decision{Kind: l.kind, Provider: l.providers[i].Name, Fault: speech.FaultOf(err), Err: err, Action: action, Next: next}
	if action != speech.DecisionSkip {
		l.log.Warn("speech provider failed", "kind", d.Kind, "provider", d.Provider, "fault", d.Fault, "action", d.Action, "next", d.Next, "err", err)
	}
	speech.Decided(ctx, d)
}

// Kind is that of the list's decisions.
func (l *chain[P]) Kind() string { return l.kind }

// Stat is how often a provider's requests ended in a way.
type Stat struct {
	Kind, Provider, Outcome string // Outcome is ok or one of speech.Faults
	Count                   int64
}

// Stats returns all that has happened.
func (l *chain[P]) Stats() (stats []Stat) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for k, n := range l.counts {
		stats = append(stats, Stat{l.kind, k[0], k[1], n})
	}
	return stats
}

// Resting returns the names of those who rest.
func (l *chain[P]) Resting() (names []string) {
	for i, p := range l.providers {
		if l.breakers[i].resting() {
			names = append(names, p.Name)
		}
	}
	return names
}

// again reports whether the same provider may do better if it is asked once
// more at once.
func again(err error) bool { return speech.FaultOf(err) == "broken" }

// elsewhere reports whether another provider may do better.
func elsewhere(err error) bool {
	switch speech.FaultOf(err) {
	case "other", "cancelled", "":
		return false
	}
	return true
}

// worse keeps the error that says more: that nobody knows the voice only if no
// one could have served.
func worse(old, err error) error {
	if old == nil || speech.FaultOf(old) == "no-voice" {
		return err
	}
	return old
}
