package sip

import (
	"strconv"
	"testing"
	"time"

	"parley/sip/overload"
)

// While there is too much to do calls get 503, with a Retry-After that is not
// the same for all; emergency calls and what is going on are served.
func TestOverload(t *testing.T) {
	s := start(t, testConfig(), answering)
	p := newPeer(t, s)
	p.send(req{method: "INVITE", seq: 1, body: sdpOf(4000)})
	tag := toTag(p.response(200, "INVITE"))
	p.send(req{method: "ACK", seq: 1, toTag: tag})

	s.load.machine.Store(new(overload.Machine)) // takes none
	if err := s.Ready(); err == nil {
		t.Error("it is ready")
	}
	times := make(map[string]bool)
	for range 20 {
		other := newPeer(t, s)
		s.load.machine.Store(new(overload.Machine)) // the sampler may have been by
		other.send(req{method: "INVITE", seq: 1, body: sdpOf(4000)})
		after := other.response(503, "INVITE").GetHeader("Retry-After").Value()
		if n, err := strconv.Atoi(after); err != nil || n < 5 || n > 15 {
			t.Errorf("Retry-After: %s", after)
		}
		times[after] = true
		other.send(req{method: "ACK", seq: 1})
	}
	if len(times) < 2 {
		t.Errorf("all are asked to come again at once: %v", times)
	}
	s.load.machine.Store(new(overload.Machine))
	urgent := newPeer(t, s)
	urgent.send(req{method: "INVITE", uri: "sip:112@" + urgent.to.String(), seq: 1, body: sdpOf(4000)})
	urgentTag := toTag(urgent.response(200, "INVITE"))
	urgent.send(req{method: "ACK", seq: 1, toTag: urgentTag})
	urgent.send(req{method: "BYE", seq: 2, toTag: urgentTag})
	urgent.response(200, "BYE")
	p.send(req{method: "BYE", seq: 2, toTag: tag})
	p.response(200, "BYE")
	if got := s.Stats(); got.Overloaded != 20 {
		t.Errorf("%d counted", got.Overloaded)
	}
	for range 100 {
		s.judgeLoad(overload.Sample{})
	}
	if err := s.Ready(); err != nil {
		t.Error(err)
	}
}

func TestSetupDelayIsMeasured(t *testing.T) {
	var l load
	l.init()
	l.took(100 * time.Millisecond)
	l.took(300 * time.Millisecond)
	if got := l.sample(time.Millisecond, 0.5); got.Delay != 200*time.Millisecond || got.CPU != 0.5 {
		t.Errorf("%+v", got)
	}
	if got := l.sample(time.Millisecond, 0); got.Delay != time.Millisecond {
		t.Errorf("%+v: the last sample is over", got)
	}
}
