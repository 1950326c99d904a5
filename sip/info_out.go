package sip

import (
	"fmt"
	"sync"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"parley/media"
)

// infoSender sends digits by INFO where the trunk wants them so: one after the
// other, each when the one before has its response.
type infoSender struct {
	d *dialog

	mu      sync.Mutex
	queue   []media.Digit
	sending bool
}

// usualDigit is the length of a digit that has none.
const usualDigit = 100 * time.Millisecond

// press queues a digit. The clock calls it, so it does not wait, and leaves
// the work to another goroutine.
func (s *infoSender) press(digit media.Digit) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !media.ValidTone(digit.Tone) || len(s.queue) >= maxDigits {
		return false
	}
	if !s.sending && !s.d.srv.tails.spawn(func() { s.d.call.post(s.next) }) {
		return false
	}
	s.sending = true
	s.queue = append(s.queue, digit)
	return true
}

// next sends the next digit. It runs on the actor.
func (s *infoSender) next() {
	d := s.d
	s.mu.Lock()
	if len(s.queue) == 0 || d.over || d.finished() || d.st.remoteTag == "" {
		s.queue, s.sending = nil, false
		s.mu.Unlock()
		return
	}
	digit := s.queue[0]
	s.queue = s.queue[:copy(s.queue, s.queue[1:])]
	s.mu.Unlock()
	length := usualDigit
	if digit.Samples > 0 {
		length = time.Duration(digit.Samples) * time.Second / time.Duration(d.rate())
	}
	req := d.st.request(sipmsg.INFO, 0, d.srv.agent())
	req.AppendHeader(sipmsg.NewHeader("Content-Type", dtmfRelay))
	req.SetBody(fmt.Appendf(nil, "Signal=%c\r\nDuration=%d\r\n", digit.Tone, length.Milliseconds()))
	d.transact(req, exchange{
		final: func(res *sipmsg.Response) {
			if !res.IsSuccess() { // the party may hear the tone at least
				d.log.Info("digit not taken by INFO: sent as a tone", "trunk", d.via.Name, "code", res.StatusCode)
				d.leg.rtp.WriteDigit(digit)
			}
			s.next()
		},
		failed: func(err error) {
			d.log.Info("digit not sent by INFO", "trunk", d.via.Name, "error", err)
			s.next()
		},
	})
}
