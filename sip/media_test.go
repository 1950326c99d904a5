package sip

import (
	"strings"
	"testing"

	"parley/call"
	"parley/media"
)

// TestVoiceBothWays carries real RTP over the loopback between a two servers, in the streams' own time.
func TestVoiceBothWays(t *testing.T) {
	handler, calls := reporting()
	s := start(t, testConfig(), handler)
	out, err := another(t).Originate(t.Context(), call.Target{URI: "sip:echo@" + s.addr("udp").String(), Caller: "1"})
	if err != nil {
		t.Fatal(err)
	}
	in := next(t, calls)
	for _, c := range []call.Call{in, out} {
		if err := c.Await(t.Context(), call.Answered); err != nil {
			t.Fatal(err)
		}
	}
	far, near := in.Stream(), out.Stream()
	pcm, tone := make([]int16, 160), make([]int16, 160)
	for i := range tone {
		tone[i] = int16(8000 * (1 - 2*(i/8%2))) // 500 Hz, square
	}
	if !near.WriteDigit(media.Digit{Tone: '5', Samples: 800}) {
		t.Fatal("no telephone-event was agreed on")
	}
	var echoed int
	var digits []byte
	for range 100 {
		far.ReadFrame(pcm)
		far.WriteFrame(pcm)
		for d, ok := far.ReadDigit(); ok; d, ok = far.ReadDigit() {
			digits = append(digits, d.Tone)
		}
		near.WriteFrame(tone)
		if near.ReadFrame(pcm) == media.Heard && pcm[0] > 7000 && pcm[8] < -7000 {
			echoed++
		}
	}
	if echoed < 50 || string(digits) != "5" {
		t.Errorf("%d frames of 100 came back, digits %q", echoed, digits)
	}
	for _, c := range []call.Call{in, out} {
		st := c.(interface{ MediaStats() call.MediaStats }).MediaStats()
		if st.Codec != "PCMU" || st.PacketsIn < 50 || st.PacketsOut < 50 || st.Strangers+st.Malformed > 0 {
			t.Errorf("%+v", st)
		}
	}
	out.Hangup(call.System, call.Normal)
	ending(t, in)
	if near.ReadFrame(pcm) != media.End {
		t.Error("the stream goes on after the call")
	}
}

// Who describes an address of the other family while he speaks to us in ours
// is not refused: his media is looked for where his signalling comes from.
func TestOfferOfTheOtherFamily(t *testing.T) {
	handler, calls := reporting()
	s := start(t, testConfig(), handler)
	p := newPeer(t, s)
	p.send(req{method: "INVITE", seq: 1, body: strings.ReplaceAll(sdpOf(4000), "IN IP4 127.0.0.1", "IN IP6 fd00::2")})
	tag := toTag(p.response(200, "INVITE"))
	p.send(req{method: "ACK", seq: 1, toTag: tag})
	d := next(t, calls).(*sipCall)
	remote := make(chan string, 1)
	d.post(func() { remote <- d.current.leg.agreed.epoch.Remote.String() })
	if got := <-remote; got != "127.0.0.1:4000" {
		t.Errorf("media goes to %s", got)
	}
	p.send(req{method: "BYE", seq: 2, toTag: tag})
	p.response(200, "BYE")
}
