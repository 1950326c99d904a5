package sip

import (
	"bytes"
	"hash/maphash"
	"net/netip"
	"strconv"
	"sync"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

// absorber stands in for server transactions that have nothing left to do but
// meet retransmissions for 64*T1 (§17.2.2, RFC 6026 §7.1): those of an INVITE
// that we have answered with a 2xx, and of a BYE. A transaction of sipgo's is
// its request, its response and five timers, and at a thousand calls a second
// there would be sixty thousand of them for the collector to look at; here
// it is a number and a status. Only datagrams are repeated.
type absorber struct {
	seed   maphash.Seed
	shards [16]absorberShard
}

type absorberShard struct {
	mu     sync.Mutex
	status map[uint64]uint16 // 0: nothing is answered
	queue  []absorbed        // in the order of their ends
}

type absorbed struct {
	key  uint64
	ends time.Time
}

// maxAbsorbed bounds a shard; the oldest gives way.
const maxAbsorbed = 1 << 16

func (a *absorber) init() {
	a.seed = maphash.MakeSeed()
	for i := range a.shards {
		a.shards[i].status = make(map[uint64]uint16)
	}
}

// key is a transaction (§17.2.3). Branches that are used again are met with, and
// those of RFC 2543 mean little, so Call-ID and CSeq have their say.
func (a *absorber) key(method, branch, sentBy, callID string, seq int) uint64 {
	type id struct {
		method, branch, sentBy, callID string
		seq                            int
	}
	return maphash.Comparable(a.seed, id{method, branch, sentBy, callID, seq})
}

// add absorbs what is repeated of req until then; status is what a
// retransmission is answered with, 0 if it is not.
func (a *absorber) add(req *sipmsg.Request, status int, until time.Time) {
	via := req.Via()
	key := a.key(string(req.Method), via.Params.GetOr("branch", ""), via.SentBy(), req.CallID().Value(), int(req.CSeq().SeqNo))
	s := &a.shards[key%uint64(len(a.shards))]
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.status[key]; !known {
		if len(s.queue) >= maxAbsorbed {
			s.drop(1)
		}
		s.queue = append(s.queue, absorbed{key, until})
	}
	s.status[key] = uint16(status)
}

func (s *absorberShard) drop(n int) {
	for _, x := range s.queue[:n] {
		delete(s.status, x.key)
	}
	s.queue = s.queue[n:]
}

// repeated tells whether a datagram repeats a request that is over and done
// with, and answers it as it was answered then.
func (a *absorber) repeated(p plain, data []byte, from netip.AddrPort, answer func([]byte) (int, error)) bool {
	if p.method == nil {
		return false
	}
	key := a.key(string(p.method), string(p.branch), string(p.sentBy), string(p.callID), p.seq)
	s := &a.shards[key%uint64(len(a.shards))]
	s.mu.Lock()
	status, known := s.status[key]
	s.mu.Unlock()
	if !known {
		return false
	}
	if status != 0 {
		if res := bareResponse(data, strconv.Itoa(int(status))+" "+phrase(int(status))); res != nil {
			_, _ = answer(withSource(res, from))
		}
	}
	return true
}

// sweep forgets what has had its time, and returns how many are left.
func (a *absorber) sweep(now time.Time) (left int) {
	for i := range a.shards {
		s := &a.shards[i]
		s.mu.Lock()
		n := 0
		for n < len(s.queue) && s.queue[n].ends.Before(now) {
			n++
		}
		s.drop(n)
		if left += len(s.queue); len(s.queue) == 0 {
			s.queue = nil
		}
		s.mu.Unlock()
	}
	return left
}

func (a *absorber) len() (n int) {
	for i := range a.shards {
		s := &a.shards[i]
		s.mu.Lock()
		n += len(s.queue)
		s.mu.Unlock()
	}
	return n
}

// withSource fills in where a request has come from, if its Via asks for it
// (RFC 3581 §4).
func withSource(res []byte, from netip.AddrPort) []byte {
	start := bytes.Index(res, crlf) + len(crlf)
	end := bytes.Index(res[start:], crlf) + start
	line, asks := bytes.CutSuffix(res[start:end], []byte(";rport"))
	before, after, within := bytes.Cut(res[start:end], []byte(";rport;"))
	switch {
	case asks:
		before, after = line, nil
	case within:
		after = append([]byte(";"), after...)
	default:
		return res
	}
	out := append([]byte(nil), res[:start]...)
	out = append(out, before...)
	out = append(out, ";received="+from.Addr().String()+";rport="+strconv.Itoa(int(from.Port()))...)
	out = append(out, after...)
	return append(out, res[end:]...)
}

// absorb has what is repeated of req answered without its transaction. It
// reports false if nothing will be repeated.
func (s *Server) absorb(req *sipmsg.Request, status int) bool {
	if sipmsg.IsReliable(req.Transport()) {
		return false
	}
	s.absorber.add(req, status, time.Now().Add(s.config().Timers.giveUp()))
	return true
}
