package sip

import (
	"strings"
	"testing"

	"parley/call"
	"parley/media"
	"parley/sip/trunk"
)

// TestDigitsGoOutByINFO, one after the other, where the trunk says so; what
// the peer does not take goes as a tone.
func TestDigitsGoOutByINFO(t *testing.T) {
	cfg := testConfig()
	cfg.Trunks[0].DTMF = trunk.DTMFInfo
	handler, calls := reporting()
	s := start(t, cfg, handler)
	p := newPeer(t, s)
	p.send(req{method: "INVITE", seq: 1, body: sdpOf(4000)})
	ok := p.response(200, "INVITE")
	if strings.Contains(string(ok.Body()), "telephone-event") {
		t.Errorf("two ways of digits are agreed on:\n%s", ok.Body())
	}
	p.send(req{method: "ACK", seq: 1, toTag: toTag(ok)})
	c := next(t, calls)
	if err := c.Await(t.Context(), call.Answered); err != nil {
		t.Fatal(err)
	}
	for _, d := range []media.Digit{{Tone: '5'}, {Tone: '#', Samples: 1600}, {Tone: '1'}} {
		if !c.Stream().WriteDigit(d) {
			t.Errorf("%c is not taken", d.Tone)
		}
	}
	if c.Stream().WriteDigit(media.Digit{Tone: 'x'}) {
		t.Error("x is taken for a digit")
	}
	for i, want := range []string{"Signal=5\r\nDuration=100\r\n", "Signal=#\r\nDuration=200\r\n", "Signal=1\r\nDuration=100\r\n"} {
		info := p.request("INFO")
		if got := string(info.Body()); got != want || info.ContentType().Value() != dtmfRelay {
			t.Errorf("INFO %d: %q, want %q", i, got, want)
		}
		code := 200
		if i == 2 {
			code = 415
		}
		p.respond(info, code, "ann", "", "")
	}
	p.send(req{method: "BYE", seq: 2, toTag: toTag(ok)})
	p.response(200, "BYE")
	ending(t, c)
}

// TestDigitsWaitInABoundedQueue: a peer that answers no INFO costs 32 digits.
func TestDigitsWaitInABoundedQueue(t *testing.T) {
	cfg := testConfig()
	cfg.Trunks[0].DTMF = trunk.DTMFInfo
	handler, calls := reporting()
	s := start(t, cfg, handler)
	p := newPeer(t, s)
	tag := established(p)
	c := next(t, calls)
	if err := c.Await(t.Context(), call.Answered); err != nil {
		t.Fatal(err)
	}
	c.Stream().WriteDigit(media.Digit{Tone: '1'})
	first := p.request("INFO")
	taken := 0
	for range 50 {
		if c.Stream().WriteDigit(media.Digit{Tone: '2'}) {
			taken++
		}
	}
	if taken != maxDigits {
		t.Errorf("%d digits wait", taken)
	}
	p.send(req{method: "BYE", seq: 9, toTag: tag})
	p.response(200, "BYE")
	p.respond(first, 200, "ann", "", "")
	ending(t, c)
}

// TestTonesInTheVoice: a trunk may want neither events nor INFO.
func TestTonesInTheVoice(t *testing.T) {
	cfg := testConfig()
	cfg.Trunks[0].DTMF = trunk.DTMFInband
	s := start(t, cfg, answering)
	p := newPeer(t, s)
	p.send(req{method: "INVITE", seq: 1}) // we offer
	ok := p.response(200, "INVITE")
	if body := string(ok.Body()); strings.Contains(body, "telephone-event") || !strings.Contains(body, "RTP/AVP 0 8\r\n") {
		t.Errorf("offer:\n%s", body)
	}
	p.send(req{method: "ACK", seq: 1, toTag: toTag(ok), body: sdpOf(4000)})
	p.send(req{method: "BYE", seq: 2, toTag: toTag(ok)})
	p.response(200, "BYE")
}
