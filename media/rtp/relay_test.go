package rtp

import (
	"bytes"
	"sync"
	"testing"

	"parley/media"
)

// party is a session and its peer.
type party struct {
	s *Session
	p *peer
}

func newParty(t *testing.T, change func(*Epoch)) party {
	t.Helper()
	s, p := open(t, change)
	return party{s, p}
}

// bridged returns two parties and their Relay on a clock.
func bridged(t *testing.T, changeA, changeB func(*Epoch)) (a, b party, clock *media.Manual) {
	t.Helper()
	a, b = newParty(t, changeA), newParty(t, changeB)
	clock = new(media.Manual)
	clock.Add(relayOf(t, a.s, b.s))
	return a, b, clock
}

func relayOf(t *testing.T, a, b media.Stream) *Relay {
	t.Helper()
	r, err := NewRelay(a, b)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// contiguous fails unless the packets are one source's without a gap.
func contiguous(t *testing.T, all []received) {
	t.Helper()
	for i := 1; i < len(all); i++ {
		if all[i].seq != all[i-1].seq+1 || all[i].ssrc != all[0].ssrc || int32(all[i].ts-all[i-1].ts) < 0 {
			t.Fatalf("packet %d: number %d after %d, timestamp +%d, source %x after %x", i, all[i].seq, all[i-1].seq,
				int32(all[i].ts-all[i-1].ts), all[i].ssrc, all[0].ssrc)
		}
	}
}

func TestRelayPassesPacketsAsTheyAre(t *testing.T) {
	a, b, clock := bridged(t, nil, func(e *Epoch) { e.PayloadType = 97 })
	b.p.ts = 77
	for i := range 20 {
		a.p.level(int16(1000+10*i), 160)
		n := media.PCMU.Encode(b.p.law[:], make([]int16, 160))
		b.p.packet(97, false, b.p.ts, b.p.law[:n])
		b.p.ts += 160
		clock.Step()
	}
	for name, heard := range map[string][]received{"a": a.p.hear(), "b": b.p.hear()} {
		if len(heard) != 20 {
			t.Fatalf("%s heard %d packets, want 20 without delay", name, len(heard))
		}
		contiguous(t, heard)
		for i, r := range heard {
			want := uint8(0)
			if name == "b" {
				want = 97
			}
			if r.payloadType != want || r.marker != (i == 0) || r.ts-heard[0].ts != uint32(160*i) || len(r.payload) != 160 {
				t.Errorf("%s: packet %d %+v", name, i, r)
			}
		}
	}
	if got := b.s.Stats(); got.Relayed != 20 || got.PacketsOut != 20 || got.PacketsIn != 20 {
		t.Errorf("%+v", got)
	}
}

func TestRelayKeepsLossAndOrder(t *testing.T) {
	a, b, clock := bridged(t, nil, nil)
	base := a.p.seq
	send := func(n uint16) {
		a.p.seq = base + n
		a.p.packet(0, false, 160*uint32(n), bytes.Repeat([]byte{byte(n)}, 160))
	}
	for _, n := range []uint16{1, 2, 5, 4, 4, 6, 0, 7} { // 3 is lost, 4 late and twice, 0 from before
		send(n)
	}
	forger := newPeer(t, b.s)
	forger.to = a.s.LocalAddr()
	forger.level(1, 160)
	clock.Step()
	var order []byte
	heard := b.p.hear()
	for _, r := range heard {
		order = append(order, byte(r.seq-heard[0].seq)+1)
		if r.payload[0] != byte(r.seq-heard[0].seq)+1 || r.ts-heard[0].ts != 160*uint32(r.seq-heard[0].seq) {
			t.Errorf("number %d holds %d at +%d", r.seq-heard[0].seq, r.payload[0], r.ts-heard[0].ts)
		}
	}
	if string(order) != "\x01\x02\x05\x04\x06\x07" {
		t.Errorf("b heard %v, want 1 2 5 4 6 7", order)
	}
}

func TestRelayPassesDigits(t *testing.T) {
	a, b, clock := bridged(t, nil, func(e *Epoch) { e.EventType = 96 })
	a.p.level(1, 160)
	clock.Step()
	a.p.press('5')
	clock.Step()
	heard := b.p.hear()
	if len(heard) != 5 {
		t.Fatalf("b heard %d packets, want a digit of four", len(heard))
	}
	contiguous(t, heard)
	for i, r := range heard[1:] {
		if r.payloadType != 96 || r.marker != (i == 0) || r.ts != heard[1].ts || r.payload[0] != 5 {
			t.Errorf("packet %d of the digit: %+v", i, r)
		}
	}
	// What was passed on is not said again when the codecs part, even if its
	// end comes afterwards.
	a.p.packet(101, true, a.p.ts, []byte{7, 10, 0, 160})
	clock.Step()
	bind(t, b.s, Epoch{Remote: b.p.addr(), Codec: media.PCMA, PayloadType: 8, EventType: 96, Send: true, Receive: true})
	clock.Step()
	b.p.hear()
	a.p.packet(101, false, a.p.ts, []byte{7, 10 | eventEnd, 1, 64})
	for range 30 {
		clock.Step()
	}
	for _, r := range b.p.hear() {
		if r.payloadType == 96 {
			t.Fatal("a digit was told twice")
		}
	}
}

func TestRelayLetsUsSendDigits(t *testing.T) {
	a, b, clock := bridged(t, nil, nil)
	for i := range 30 {
		if i == 5 && !b.s.WriteDigit(media.Digit{Tone: '9', Samples: 800}) {
			t.Fatal("no digit taken")
		}
		a.p.level(4000, 160)
		clock.Step()
	}
	heard := b.p.hear()
	contiguous(t, heard)
	digits := 0
	for _, r := range heard {
		if r.payloadType == 101 {
			digits++
		}
	}
	if digits < 5 || heard[29].payloadType != 0 || b.s.Stats().Relayed < 15 {
		t.Errorf("%d packets of the digit, %d passed on", digits, b.s.Stats().Relayed)
	}
}

func TestRelayEncryptsAnew(t *testing.T) {
	a, b, clock := bridged(t, nil, nil)
	guarded(t, a.s, a.p, cryptoOf(AES128HMAC80, 0), cryptoOf(AES128HMAC80, 1))
	for range 10 {
		a.p.level(4000, 160)
		b.p.level(2000, 160)
		clock.Step()
	}
	forger := newPeer(t, a.s)
	forger.level(1, 160)
	clock.Step()
	for name, p := range map[string]*peer{"a": a.p, "b": b.p} {
		heard := p.hear()
		contiguous(t, heard)
		if len(heard) != 10 || len(heard[0].payload) != 160 {
			t.Errorf("%s heard %d packets of %d bytes", name, len(heard), len(heard[0].payload))
		}
	}
	if b.s.Stats().Relayed != 10 {
		t.Error("packets were decoded on the way")
	}
}

func TestRelayStops(t *testing.T) {
	a := newParty(t, nil)
	relay := relayOf(t, a.s, a.s) // to oneself: nothing to pass on
	var clock media.Manual
	clock.Add(relay)
	clock.Step()
	relay.Stop()
	if clock.Step() != 0 {
		t.Error("the relay goes on")
	}
	<-relay.Done()
	if _, err := NewRelay(a.s, media.NewSwitch(11)); err == nil {
		t.Error("rates that cannot be converted were joined")
	}
}

// TestRelaysOfOnePairDoNotBlock: while a call moves from one Relay to the
// next, both may tick on two shards, with the parties the other way round.
func TestRelaysOfOnePairDoNotBlock(t *testing.T) {
	a, b := newParty(t, nil), newParty(t, nil)
	var both sync.WaitGroup
	for _, r := range []*Relay{relayOf(t, a.s, b.s), relayOf(t, b.s, a.s)} {
		both.Go(func() {
			for range 2000 {
				r.Tick(0)
			}
		})
	}
	both.Wait()
}
