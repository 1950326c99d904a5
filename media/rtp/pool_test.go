package rtp

import (
	"errors"
	"net"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"
)

func TestPoolGivesEvenPorts(t *testing.T) {
	pool, err := NewPool(loopback, 30001, 30009)
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[uint16]bool)
	for range 4 { // 30002, 04, 06, 08
		s, err := pool.Open(Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		port := s.LocalAddr().Port()
		if port%2 != 0 || port < 30002 || port > 30008 || seen[port] {
			t.Errorf("port %d", port)
		}
		seen[port] = true
	}
	if _, err := pool.Open(Options{}); !errors.Is(err, ErrNoPorts) {
		t.Errorf("the fifth of four: %v, want ErrNoPorts", err)
	}
}

func TestPortRests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool, _ := NewPool(loopback, 30100, 30100)
		s, err := pool.Open(Options{})
		if err != nil {
			t.Fatal(err)
		}
		s.Close()
		s.Close() // does nothing
		time.Sleep(portRest - time.Millisecond)
		if _, err := pool.Open(Options{}); !errors.Is(err, ErrNoPorts) {
			t.Errorf("a resting port: %v, want ErrNoPorts", err)
		}
		time.Sleep(time.Millisecond)
		s, err = pool.Open(Options{})
		if err != nil {
			t.Fatalf("a rested port: %v", err)
		}
		s.Close()
	})
}

func TestPoolPassesOverPortsOfOthers(t *testing.T) {
	other, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(loopback, 30200)))
	if err != nil {
		t.Skipf("port 30200: %v", err)
	}
	defer func() { _ = other.Close() }()
	pool, _ := NewPool(loopback, 30200, 30203)
	s, err := pool.Open(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if got := s.LocalAddr().Port(); got != 30202 {
		t.Errorf("port %d, want 30202", got)
	}
}

func TestPoolRefusesNonsense(t *testing.T) {
	for _, c := range []struct {
		addr     netip.Addr
		min, max uint16
	}{
		{netip.Addr{}, 20000, 20010}, {loopback, 0, 10}, {loopback, 20010, 20000}, {loopback, 20001, 20001}, {loopback, 65535, 65535},
	} {
		if _, err := NewPool(c.addr, c.min, c.max); err == nil {
			t.Errorf("ports %d to %d on %s: no error", c.min, c.max, c.addr)
		}
	}
	pool, _ := NewPool(netip.MustParseAddr("192.0.2.1"), 30300, 30310) // not ours
	if _, err := pool.Open(Options{}); err == nil || errors.Is(err, ErrNoPorts) {
		t.Errorf("an address of somebody else: %v", err)
	}
}
