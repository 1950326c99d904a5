// Package cache keeps phrases that were spoken, so that a greeting is computed
// once. It wraps any speech.Synthesizer.
package cache

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"sync"

	"parley/speech"
)

// Cache implements speech.Synthesizer. Requests for a phrase that is being
// spoken share the work: each hears it from its beginning.
type Cache struct {
	c      Config
	inner  speech.Synthesizer
	salt   string
	memory *memory
	disk   *disk // nil without a folder

	mu      sync.Mutex
	flights map[key]*flight
	work    sync.WaitGroup // of the flights; nobody joins once closed
	closed  bool
	hits    int64
	misses  int64
}

// key is the hash of all that decides what is heard.
type key [sha256.Size]byte

// New returns a Cache of what inner says. salt names inner's settings: what
// was spoken under another salt is not found on disk.
func New(c Config, inner speech.Synthesizer, salt string, log *slog.Logger) (*Cache, error) {
	var problem error
	c.Validate(func(key, what, remedy string) {
		if problem == nil {
			problem = fmt.Errorf("speech cache: %s %s; %s", key, what, remedy)
		}
	})
	if problem != nil {
		return nil, problem
	}
	k := &Cache{c: c, inner: inner, salt: salt, memory: newMemory(c.MemoryBytes), flights: make(map[key]*flight)}
	if c.Folder != "" {
		var err error
		if k.disk, err = openDisk(c.Folder, c.DiskBytes, log); err != nil {
			return nil, err
		}
	}
	return k, nil
}

// Speak implements speech.Synthesizer.
func (k *Cache) Speak(ctx context.Context, u speech.Utterance, out func(speech.Chunk) error) error {
	if len(u.Text) > k.c.LongestText {
		return k.inner.Speak(ctx, u, out)
	}
	id := k.keyOf(u)
	f, chunks, err := k.find(ctx, id, u)
	if err != nil {
		return err
	}
	if f == nil {
		for _, c := range chunks {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := out(clone(c)); err != nil {
				return err
			}
		}
		return ctx.Err()
	}
	defer k.leave(id, f)
	return f.listen(ctx, out)
}

// find returns the phrase, or the flight that is bringing it, with the caller
// on board.
func (k *Cache) find(ctx context.Context, id key, u speech.Utterance) (*flight, []speech.Chunk, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closed {
		return nil, nil, fmt.Errorf("speech cache is closed: %w", speech.ErrUnavailable)
	}
	if f := k.flights[id]; f != nil {
		k.hits++
		f.listeners++
		return f, nil, nil
	}
	if chunks, ok := k.memory.get(id); ok {
		k.hits++
		return nil, chunks, nil
	}
	f := newFlight()
	k.flights[id] = f
	// The work outlives its first listener while others are there.
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	f.cancel = cancel
	k.work.Add(1)
	go k.fetch(work, id, u, f)
	return f, nil, nil
}

// fetch brings the phrase from the disk or from inner.
func (k *Cache) fetch(ctx context.Context, id key, u speech.Utterance, f *flight) {
	defer k.work.Done()
	defer f.cancel()
	chunks, onDisk := k.disk.load(id)
	k.count(onDisk)
	var err error
	if onDisk {
		for _, c := range chunks {
			f.add(c)
		}
	} else {
		err = k.inner.Speak(ctx, u, func(c speech.Chunk) error {
			f.add(c)
			return ctx.Err()
		})
	}
	chunks = f.finish(err)
	k.mu.Lock()
	if k.flights[id] == f {
		delete(k.flights, id)
	}
	if err == nil {
		k.memory.put(id, chunks)
	}
	k.mu.Unlock()
	if err == nil && !onDisk {
		k.disk.store(id, chunks)
	}
}

// leave takes a listener off. With the last the work ends, and the next
// request begins anew.
func (k *Cache) leave(id key, f *flight) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if f.listeners--; f.listeners == 0 && !f.done() {
		f.cancel()
		if k.flights[id] == f {
			delete(k.flights, id)
		}
	}
}

func (k *Cache) count(hit bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if hit {
		k.hits++
	} else {
		k.misses++
	}
}

// Close ends the work that is going on and waits until nothing is being
// written. What is asked later is speech.ErrUnavailable.
func (k *Cache) Close() {
	k.mu.Lock()
	k.closed = true
	for _, f := range k.flights {
		f.cancel()
	}
	k.mu.Unlock()
	k.work.Wait()
}

// Stats returns how often a phrase was there and how often it had to be
// spoken, since New.
func (k *Cache) Stats() (hits, misses int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.hits, k.misses
}

func (k *Cache) keyOf(u speech.Utterance) key {
	if u.Speed == 0 {
		u.Speed = 1
	}
	b, err := json.Marshal([]any{k.salt, u})
	if err != nil { // a speed that is no number
		b = fmt.Appendf(nil, "%q %#v", k.salt, u)
	}
	return sha256.Sum256(b)
}

// clone makes a chunk the caller's own.
func clone(c speech.Chunk) speech.Chunk {
	return speech.Chunk{PCM: slices.Clone(c.PCM), Marks: slices.Clone(c.Marks)}
}
