package sip

import (
	"errors"
	"math"
	"strconv"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"parley/call"
	"parley/sip/trunk"
)

// occupy enters d among the calls of via until d is over. Its error is a
// *trunk.Full.
func (d *dialog) occupy(via *trunk.Trunk, dir call.Direction) error {
	release, err := via.Acquire(time.Now(), dir)
	if err != nil {
		return err
	}
	d.via, d.vacate = via, release
	return nil
}

// refuseFull refuses a call for want of room on its trunk.
func (s *Server) refuseFull(req *sipmsg.Request, tx *sipmsg.ServerTx, err error) {
	res := s.response(req, 503)
	var full *trunk.Full
	if errors.As(err, &full) {
		res.RemoveHeader("Retry-After")
		res.AppendHeader(sipmsg.NewHeader("Retry-After", strconv.Itoa(int(math.Ceil(full.RetryAfter.Seconds())))))
	}
	s.reply(tx, res)
}
