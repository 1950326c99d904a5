package peers

import (
	"bytes"
	"testing"

	"parley/test/harness"
)

// TestStrangersAudio: what a third party sends to a call's port is not heard,
// garbage neither; both are counted in the call's record.
func TestStrangersAudio(t *testing.T) {
	t.Parallel()
	p := harness.Start(t, harness.Options{})
	f, party, stranger := p.NewPhone(t, "127.0.0.1"), harness.NewRTP(t, 1), harness.NewRTP(t, 2)
	r := f.Call("echo", harness.Offer("RTP/AVP", party.Port()))
	if r.Code != 200 {
		t.Fatalf("the call got %d", r.Code)
	}
	party.SendTo(r.Body)
	stranger.SendTo(r.Body)
	const soft, shout = 0xd0, 0x85 // of PCMU: about -32 dBFS and nearly full scale
	const frames, garbage, foreign = 100, 20, 60
	heard := 0
	for i := range frames {
		party.Say(soft)
		if i >= 10 && i < 10+foreign { // the party's address is known by then
			stranger.Say(shout)
		}
		if i >= 10 && i < 10+garbage {
			party.Raw([]byte("this is not RTP"))
		}
		audio := party.Hear() // it comes every 20 ms: our clock
		if bytes.IndexByte(audio, shout) >= 0 {
			t.Fatalf("packet %d of the echo is the stranger's", i)
		}
		heard += bytes.Count(audio, []byte{soft})
	}
	f.Hangup("echo")
	k := p.Kept(f.CallID())
	if m := k.Media; m.Strangers != foreign || m.Malformed != garbage || m.PacketsIn != frames {
		t.Errorf("counted %d strangers, %d malformed, %d of the party; want %d, %d, %d", m.Strangers, m.Malformed, m.PacketsIn, foreign, garbage, frames)
	}
	if heard < frames/2*160 {
		t.Errorf("only %d samples of the party came back", heard)
	}
	t.Logf("%d packets of a stranger and %d of garbage ignored; %d frames of the party echoed", k.Media.Strangers, k.Media.Malformed, heard/160)
}
