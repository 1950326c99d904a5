package fallback

import (
	"errors"
	"sync"
	"time"

	"parley/speech"
)

// breaker lets a provider rest after faults. When the rest is over one request
// tries it.
type breaker struct {
	c Config

	mu     sync.Mutex
	faults int       // one after another
	until  time.Time // of the rest; zero without one
	trial  bool      // one request is trying
}

// ask says that the provider is being asked; done follows.
func (b *breaker) ask() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.trial = !b.until.IsZero() && !time.Now().Before(b.until)
}

// done says how it went. What is no fault of the provider's changes nothing.
func (b *breaker) done(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.trial = false
	after := speech.RetryAfter(err)
	switch {
	case err == nil:
		b.faults, b.until = 0, time.Time{}
	case after > 0:
		b.until = time.Now().Add(after)
	case errors.Is(err, speech.ErrRefused) && !errors.Is(err, speech.ErrNoVoice): // that does not heal by itself
		b.until = time.Now().Add(b.c.Rest)
	case errors.Is(err, speech.ErrUnavailable) && !errors.Is(err, speech.ErrNoVoice):
		if b.faults++; b.faults >= b.c.Failures {
			b.until = time.Now().Add(b.c.Rest)
		}
	}
}

// resting reports whether somebody else should be asked just now.
func (b *breaker) resting() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.until.IsZero() && (b.trial || time.Now().Before(b.until))
}
