package rtp

import (
	"errors"
	"net/netip"
	"testing"
	"time"
)

func TestAPoolSaysWhenItIsUsedUp(t *testing.T) {
	p, err := NewPool(netip.MustParseAddr("127.0.0.1"), 39990, 39993)
	if err != nil {
		t.Fatal(err)
	}
	for range p.size() {
		if err := p.Ready(); err != nil {
			t.Errorf("with ports left: %v", err)
		}
		s, err := p.Open(Options{})
		if errors.Is(err, ErrNoPorts) {
			t.Skip("the ports are somebody else's just now")
		}
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
	}
	if err := p.Ready(); !errors.Is(err, ErrNoPorts) {
		t.Errorf("with every port taken: %v", err)
	}
	for port := range p.free {
		p.free[port] = time.Now().Add(time.Minute) // it rests
	}
	if err := p.Ready(); !errors.Is(err, ErrNoPorts) {
		t.Errorf("with every port at rest: %v", err)
	}
	for port := range p.free {
		p.free[port] = time.Now()
	}
	if err := p.Ready(); err != nil {
		t.Errorf("with ports that have rested: %v", err)
	}
}
