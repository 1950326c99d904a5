package locate

import (
	"context"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
)

func TestAnswersAreKept(t *testing.T) {
	n := serveNames(t, zone...)
	l := n.locator(t)
	var c clock
	c.set(l)
	find := func(name string) (string, error) {
		hops, err := l.Find(t.Context(), Place{Host: name, Port: 5060}, all)
		return list(hops), err
	}
	want := func(what string, n, want int) {
		t.Helper()
		if n != want {
			t.Errorf("%s: asked %d times, want %d", what, n, want)
		}
	}
	for range 3 {
		_, _ = find("b.test")
		_, _ = find("nowhere.test")
	}
	want("b.test", n.count("b.test.", dns.TypeA), 1)
	want("nowhere.test", n.count("nowhere.test.", dns.TypeA), 1)
	c.now = c.now.Add(10 * time.Second)
	_, _ = find("nowhere.test")
	want("what is not there, after a while", n.count("nowhere.test.", dns.TypeA), 2)

	c.now = c.now.Add(time.Minute)
	n.fail("b.test.", dns.TypeA, servfail)
	n.fail("b.test.", dns.TypeAAAA, servfail)
	for range 20 { // an old answer helps out, but not for ever
		if got, err := find("b.test"); err != nil || got != "udp 192.0.2.2:5060" {
			t.Fatalf("%s %v: an old answer has to do", got, err)
		}
		c.now = c.now.Add(2 * time.Minute)
	}
	c.now = c.now.Add(stale)
	if _, err := find("b.test"); err == nil {
		t.Error("the old answer still counts")
	}
}

func TestManyAskOnce(t *testing.T) {
	n := serveNames(t, zone...)
	l := n.locator(t)
	done := make(chan error)
	for range 50 {
		go func() {
			_, err := l.Find(t.Context(), Place{Host: "b.test", Port: 5060}, all)
			done <- err
		}()
	}
	for range 50 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if got := n.count("b.test.", dns.TypeA); got != 1 {
		t.Errorf("asked %d times", got)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	var c cache
	c.init(time.Now)
	for i := range maxAnswers + 100 {
		_, _ = c.get(t.Context(), key{strings.Repeat("x", i%60) + string(rune('a'+i/60%26)) + string(rune('a'+i/1560)), 1}, nothing)
	}
	if len(c.all) > maxAnswers {
		t.Errorf("%d answers are kept", len(c.all))
	}
	var l Locator
	l.now = time.Now
	for i := range maxBenched + 100 {
		l.Failed(Hop{"udp", netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, 1}), uint16(i))})
	}
	if len(l.bench.until) > maxBenched {
		t.Errorf("%d failures are kept", len(l.bench.until))
	}
}

func TestHopsThatFailedComeLast(t *testing.T) {
	l := serveNames(t, zone...).locator(t)
	var c clock
	c.set(l)
	hops := serveOrder(t, l)
	l.Failed(hops[0])
	if got := serveOrder(t, l); got[len(got)-1] != hops[0] || len(got) != len(hops) {
		t.Errorf("%v, after %v had failed", got, hops[0])
	}
	c.now = c.now.Add(benched + time.Second)
	if got := serveOrder(t, l); got[0] != hops[0] {
		t.Errorf("%v: half a minute is over", got)
	}
	l.Failed(hops[0])
	l.Worked(hops[0])
	if got := serveOrder(t, l); got[0] != hops[0] {
		t.Errorf("%v: it has worked", got)
	}
}

func serveOrder(t *testing.T, l *Locator) []Hop {
	t.Helper()
	hops, err := l.Find(t.Context(), Place{Host: "onlysrv.test"}, all)
	if err != nil {
		t.Fatal(err)
	}
	return hops
}

func nothing(context.Context) ([]dns.RR, time.Duration, error) { return nil, brief, ErrNoName }

// Who gives up is not held up by a server that stays silent.
func TestGivingUp(t *testing.T) {
	n := serveNames(t)
	l := n.locator(t)
	l.dns.timeout = time.Hour
	for _, kind := range []uint16{dns.TypeA, dns.TypeAAAA} {
		n.fail("slow.test.", kind, silent)
	}
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for n.count("slow.test.", dns.TypeA) == 0 || n.count("slow.test.", dns.TypeAAAA) == 0 {
			time.Sleep(time.Millisecond)
		}
		cancel()
	}()
	if _, err := l.Find(ctx, Place{Host: "slow.test", Port: 5060}, all); err == nil {
		t.Error("found")
	}
}
