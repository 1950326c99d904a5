package rtp

import (
	"testing"

	"parley/media"
)

// TestRelayFollowsReINVITE: decoded while codecs differ, passed on while they
// agree, and b hears one source all the time.
func TestRelayFollowsReINVITE(t *testing.T) {
	a, b, clock := bridged(t, nil, func(e *Epoch) { e.Codec, e.PayloadType = media.PCMA, 8 })
	var all []received
	say := func(n int, kind uint8) {
		t.Helper()
		for range n {
			a.p.level(4000, 160)
			clock.Step()
		}
		heard := b.p.hear()
		if len(heard) == 0 || heard[len(heard)-1].payloadType != kind {
			t.Fatalf("b heard %d packets of type %d, want %d", len(heard), heard[len(heard)-1].payloadType, kind)
		}
		all = append(all, heard...)
	}
	say(10, 8)
	bind(t, b.s, Epoch{Remote: b.p.addr(), Codec: media.PCMU, EventType: 101, Send: true, Receive: true})
	before := b.s.Stats().Relayed
	say(10, 0)
	if passed := b.s.Stats().Relayed - before; before != 0 || passed < 9 {
		t.Errorf("%d packets passed on before, %d after they agree", before, passed)
	}
	bind(t, b.s, Epoch{Remote: b.p.addr(), Codec: media.PCMA, PayloadType: 8, EventType: 101, Send: true, Receive: true})
	say(10, 8)
	var pcm [160]int16
	media.PCMA.Decode(pcm[:], all[len(all)-1].payload)
	if !(pcm[80] > 3800 && pcm[80] < 4200) {
		t.Errorf("in the end b hears %d, want 4000", pcm[80])
	}
	contiguous(t, all)
}

func TestRelayFillsPauses(t *testing.T) {
	a, b, clock := bridged(t, nil, nil)
	step := func(n int) {
		for range n {
			clock.Step()
		}
	}
	a.p.level(4000, 160)
	step(30) // a's line falls silent
	bind(t, a.s, Epoch{Remote: a.p.addr(), Codec: media.PCMU, EventType: 101, Send: true})
	a.p.level(4000, 160)
	step(5) // and is put on hold
	heard := b.p.hear()
	contiguous(t, heard)
	if n := len(heard); n < 1+15 || n > 1+30 {
		t.Errorf("b heard %d packets, want one of a and silence from us", n)
	}
	for _, r := range heard[1:] {
		if r.payload[0] != 0xff {
			t.Errorf("b hears %x, want silence", r.payload[0])
		}
	}
	if ts := heard[len(heard)-1].ts - heard[0].ts; ts != 34*160 {
		t.Errorf("the time line has run %d samples, want %d", ts, 34*160)
	}
}

func TestRelayIsRecorded(t *testing.T) {
	a, b := newParty(t, nil), newParty(t, nil)
	scribe := media.NewScribe()
	defer scribe.Close()
	path := t.TempDir() + "/call.wav"
	recorder, err := scribe.Start(path, 8000)
	if err != nil {
		t.Fatal(err)
	}
	tap, sw := media.NewTap(a.s), media.NewSwitch(8000)
	if err := sw.Set(b.s); err != nil {
		t.Fatal(err)
	}
	tap.Record(recorder)
	var clock media.Manual
	clock.Add(relayOf(t, tap, sw))
	for range 40 {
		a.p.level(4000, 160)
		b.p.level(2000, 160)
		clock.Step()
	}
	tap.Record(nil)
	if _, err := recorder.Close(); err != nil {
		t.Fatal(err)
	}
	if n := b.s.Stats().Relayed; n != 40 {
		t.Errorf("%d packets passed on, want all", n)
	}
	channels, _, err := media.ReadWAV(path)
	if err != nil || len(channels) != 2 || len(channels[0]) < 39*160 {
		t.Fatalf("%d channels recorded: %v", len(channels), err)
	}
	if l, r := channels[0][5000], channels[1][5000]; l < 3800 || l > 4200 || r < 1900 || r > 2100 {
		t.Errorf("recorded %d and %d, want 4000 of the party and 2000 of the other", l, r)
	}
}

// TestRelaySwitchesLegs: a's leg is exchanged; b hears one source.
func TestRelaySwitchesLegs(t *testing.T) {
	a, other, b := newParty(t, nil), newParty(t, nil), newParty(t, nil)
	sw := media.NewSwitch(8000)
	relay := relayOf(t, sw, b.s)
	var clock media.Manual
	clock.Add(relay)
	clock.Step() // nobody there yet
	for _, leg := range []party{a, other} {
		if err := sw.Set(leg.s); err != nil {
			t.Fatal(err)
		}
		for range 10 {
			leg.p.level(4000, 160)
			clock.Step()
		}
	}
	heard := b.p.hear()
	contiguous(t, heard)
	if len(heard) != 21 || b.s.Stats().Relayed != 20 || !heard[11].marker {
		t.Errorf("b heard %d packets, %d passed on", len(heard), b.s.Stats().Relayed)
	}
	// The first leg is heard again by whoever takes it now.
	if got := talk(a.s, a.p, 20); got < 15 {
		t.Errorf("the leg that was let go is deaf: %d of 20 frames", got)
	}
	other.s.Close()
	if clock.Step() != 1 {
		t.Error("the relay ended with a leg, not with the call")
	}
	sw.Close()
	if clock.Step() != 0 {
		t.Error("the relay goes on after the end")
	}
	<-relay.Done()
}
