package locate

import (
	"context"
	"sync"
	"time"

	"github.com/miekg/dns"
)

const (
	// maxAnswers bounds the memory.
	maxAnswers = 4096
	// longest is how long an answer counts whatever it says, brief how long
	// a failure does.
	longest = time.Hour
	brief   = 5 * time.Second
	// stale is how long an answer helps out after its time when no server
	// answers (RFC 8767).
	stale = time.Hour
)

type key struct {
	name string
	kind uint16
}

// kept is an answer, or the question that is being asked.
type kept struct {
	records []dns.RR
	err     error
	until   time.Time
	useful  time.Time     // until when it helps out
	ready   chan struct{} // closed when it is an answer
}

func (k *kept) answered() bool {
	select {
	case <-k.ready:
		return true
	default:
		return false
	}
}

// cache keeps answers. Each question is asked once at a time.
type cache struct {
	mu  sync.Mutex
	all map[key]*kept
	now func() time.Time
}

func (c *cache) init(now func() time.Time) {
	c.all, c.now = make(map[key]*kept), now
}

// get returns the answer, which ask finds if it is not known. Who waits for
// another's question asks himself if the other gives up.
func (c *cache) get(ctx context.Context, q key, ask func(context.Context) ([]dns.RR, time.Duration, error)) ([]dns.RR, error) {
	for {
		c.mu.Lock()
		k := c.all[q]
		switch {
		case k != nil && !k.answered():
			c.mu.Unlock()
			select {
			case <-k.ready:
				continue
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		case k != nil && c.now().Before(k.until):
			c.mu.Unlock()
			return k.records, k.err
		}
		asking := &kept{ready: make(chan struct{})}
		c.room()
		c.all[q] = asking
		c.mu.Unlock()
		c.answer(ctx, q, asking, k, ask)
		return asking.records, asking.err
	}
}

// answer completes k; old is what was known before, nil if nothing.
func (c *cache) answer(ctx context.Context, q key, k, old *kept, ask func(context.Context) ([]dns.RR, time.Duration, error)) {
	records, ttl, err := ask(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	defer close(k.ready)
	now := c.now()
	k.records, k.err, k.until = records, err, now.Add(max(ttl, time.Second))
	k.useful = k.until.Add(stale)
	switch {
	case err == nil || absent(err):
	case old != nil && len(old.records) > 0 && now.Before(old.useful):
		k.records, k.err = old.records, nil
		k.until, k.useful = now.Add(brief), old.useful
	case ctx.Err() != nil: // who asked has given up: that says nothing
		delete(c.all, q)
	}
}

// room forgets something if the memory is full: an answer whose time is up,
// if a look at a few finds one.
func (c *cache) room() {
	if len(c.all) < maxAnswers {
		return
	}
	var victim key
	looked := 0
	for q, k := range c.all {
		if !k.answered() {
			continue
		}
		victim = q
		if looked++; looked >= 8 || c.now().After(k.until) {
			break
		}
	}
	delete(c.all, victim)
}
