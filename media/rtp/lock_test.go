package rtp

import (
	"net/netip"
	"testing"

	"parley/media"
)

func TestStrangersAreIgnoredAfterFourPackets(t *testing.T) {
	s, p := open(t, nil)
	stranger := newPeer(t, s)
	for range 4 {
		p.level(4000, 160)
		read(s)
	}
	for range 20 {
		p.level(4000, 160)
		stranger.level(-8000, 160)
		if _, v := read(s); v < 0 {
			t.Fatal("the stranger was heard")
		}
	}
	if got := s.Stats(); got.Strangers != 20 || got.PacketsIn != 24 {
		t.Errorf("%d strangers and %d packets, want 20 and 24", got.Strangers, got.PacketsIn)
	}
}

func TestStrangerCannotBreakInWhileTheOfferedAddressSpeaks(t *testing.T) {
	s, p := open(t, nil)
	stranger := newPeer(t, s)
	p.level(4000, 160)
	for range 3 {
		for range 10 {
			stranger.level(-8000, 160)
		}
		p.level(4000, 160)
		if _, v := read(s); v < 0 {
			t.Fatal("the stranger was heard")
		}
	}
	if source, locked := s.Remote(); source != p.addr() || !locked {
		t.Errorf("locked %v on %s, want %s", locked, source, p.addr())
	}
}

// Behind NAT the packets come from another address than the offer's; answers
// go there once it is settled.
func TestSymmetric(t *testing.T) {
	s, p := open(t, func(e *Epoch) { e.Remote = netip.MustParseAddrPort("127.0.0.1:9") })
	for i := range 6 {
		p.level(4000, 160)
		read(s)
		s.WriteFrame(nil)
		if got := len(p.hear()); (got > 0) != (i >= 3) {
			t.Fatalf("after packet %d the learned address has been sent %d packets", i+1, got)
		}
	}
	if mark, v := read(s); mark != media.Heard || v < 3900 {
		t.Errorf("frame is %s, %d; want what the learned address said", mark, v)
	}
}

func TestBurstFromElsewhereDoesNotLock(t *testing.T) {
	s, p := open(t, nil)
	stranger := newPeer(t, s)
	for range 10 {
		stranger.level(-8000, 160)
	}
	read(s)
	if _, locked := s.Remote(); locked {
		t.Fatal("a burst within one tick locked the session")
	}
	for range 4 {
		p.level(4000, 160)
		read(s)
	}
	if source, locked := s.Remote(); source != p.addr() || !locked {
		t.Errorf("locked %v on %s, want the offered %s", locked, source, p.addr())
	}
}

func TestNewEpochReopensTheLock(t *testing.T) {
	s, p := open(t, nil)
	for range 5 {
		p.level(4000, 160)
		read(s)
	}
	other := newPeer(t, s)
	e := Epoch{Remote: p.addr(), Codec: media.PCMU, Send: true, Receive: true}
	bind(t, s, e) // a session refresh: nothing changes
	other.level(-8000, 160)
	read(s)
	if got := s.Stats().Strangers; got != 1 {
		t.Errorf("a session refresh opened the lock: %d strangers", got)
	}
	e.Remote = other.addr()
	bind(t, s, e)
	for range 6 {
		other.level(-8000, 160)
		read(s)
	}
	if _, v := read(s); v > -7000 {
		t.Errorf("heard %d, want the party at its new address", v)
	}
	if source, _ := s.Remote(); source != other.addr() {
		t.Errorf("locked on %s, want %s", source, other.addr())
	}
}

func TestRefreshAfterSilenceReopensTheLock(t *testing.T) {
	s, p := open(t, nil)
	for range 5 {
		p.level(4000, 160)
		read(s)
	}
	for range rebindAfter + 1 {
		read(s)
	}
	bind(t, s, Epoch{Remote: p.addr(), Codec: media.PCMU, Send: true, Receive: true})
	moved := newPeer(t, s)
	for range 6 {
		moved.level(4000, 160)
		read(s)
	}
	if source, locked := s.Remote(); source != moved.addr() || !locked {
		t.Errorf("locked %v on %s, want %s", locked, source, moved.addr())
	}
}

func TestNewSSRCFromThePartyIsFollowed(t *testing.T) {
	s, p := open(t, nil)
	for range 5 {
		p.level(4000, 160)
		read(s)
	}
	p.ssrc, p.seq, p.ts = 0x9999, 7, 12345
	for range 5 {
		p.level(-4000, 160)
		read(s)
	}
	if mark, v := read(s); mark != media.Heard || v > -3900 {
		t.Errorf("frame is %s, %d; want the new source", mark, v)
	}
	if got := s.Stats(); got.Lost != 0 || got.PacketsIn != 10 {
		t.Errorf("stats %+v: want ten packets, none lost", got)
	}
}
