package digest

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"sync"
	"time"
)

// nonces makes nonces that prove themselves: a time and a number under an
// HMAC. Only those that somebody with a password has used are remembered,
// with the counts that were seen, and no more than maxUsed of them.
type nonces struct {
	lifetime time.Duration
	key      []byte

	mu     sync.Mutex
	used   map[string]*counts
	order  []string // of used, oldest use first
	before int64    // what was issued until then, and is not in used, was forgotten
}

const maxUsed = 4096

// counts is a window of the counts seen of a nonce: requests overtake each
// other.
type counts struct {
	issued int64
	last   uint32
	seen   uint64 // bit i: last-i
}

func newNonces(lifetime time.Duration) *nonces {
	return &nonces{lifetime: lifetime, key: []byte(rand.Text()), used: make(map[string]*counts)}
}

const (
	timeBytes   = 8
	randomBytes = 8
	macBytes    = 16
)

func (n *nonces) issue(now time.Time) string {
	b := make([]byte, timeBytes+randomBytes, timeBytes+randomBytes+macBytes)
	binary.BigEndian.PutUint64(b, uint64(now.UnixNano()))
	_, _ = rand.Read(b[timeBytes:]) // never fails
	return base64.RawURLEncoding.EncodeToString(append(b, n.mac(b)...))
}

func (n *nonces) mac(b []byte) []byte {
	h := hmac.New(sha256.New, n.key)
	h.Write(b)
	return h.Sum(nil)[:macBytes]
}

// issued returns when a nonce of ours was issued.
func (n *nonces) issued(nonce string) (at int64, ok bool) {
	b, err := base64.RawURLEncoding.DecodeString(nonce)
	if err != nil || len(b) != timeBytes+randomBytes+macBytes {
		return 0, false
	}
	head := b[:timeBytes+randomBytes]
	if !hmac.Equal(b[len(head):], n.mac(head)) {
		return 0, false
	}
	return int64(binary.BigEndian.Uint64(head)), true
}

// use reports whether nonce is ours, young enough, and has not been used
// with that count. A count of 0 (no qop) uses it up.
func (n *nonces) use(now time.Time, nonce string, count uint32) bool {
	issued, ok := n.issued(nonce)
	if !ok || now.UnixNano()-issued > int64(n.lifetime) || issued > now.UnixNano() {
		return false
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	c := n.used[nonce]
	if c == nil {
		if issued <= n.before {
			return false
		}
		c = &counts{issued: issued}
		n.forget(now)
		n.used[nonce] = c
		n.order = append(n.order, nonce)
	}
	return c.take(count)
}

// forget drops those that have expired, and the oldest if there are too many.
func (n *nonces) forget(now time.Time) {
	for len(n.order) > 0 {
		oldest := n.used[n.order[0]]
		expired := now.UnixNano()-oldest.issued > int64(n.lifetime)
		if !expired && len(n.order) < maxUsed {
			return
		}
		if !expired {
			n.before = max(n.before, oldest.issued)
		}
		delete(n.used, n.order[0])
		n.order = n.order[1:]
	}
}

const exhausted = 1<<32 - 1

func (c *counts) take(count uint32) bool {
	switch {
	case count == 0:
		fresh := c.last == 0
		c.last = exhausted
		return fresh
	case count > c.last:
		c.seen = c.seen<<min(count-c.last, 64) | 1
		c.last = count
		return true
	}
	behind := c.last - count
	if behind >= 64 || c.seen>>behind&1 == 1 {
		return false
	}
	c.seen |= 1 << behind
	return true
}
