package sip

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"parley/call"
)

var (
	_ call.Transferrer = (*sipCall)(nil)
	_ call.Holder      = (*sipCall)(nil)
)

// referral is a transfer that we have asked the peer for (RFC 3515).
type referral struct {
	done chan<- error
}

// Transfer implements call.Transferrer.
func (c *sipCall) Transfer(ctx context.Context, to call.Transfer) error {
	if to.Replaces == nil {
		if err := c.mayRefer(&to); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, c.cfg.RingTimeout+c.cfg.Timers.giveUp())
	defer cancel()
	replaces, err := replacesOf(to)
	if err != nil {
		return err
	}
	return c.await(ctx, func(d *dialog, done chan<- error) {
		target, err := d.referTo(to, replaces)
		if err != nil {
			done <- err
			return
		}
		d.refer(target, done)
	},
		func(d *dialog) { d.endReferral(context.Cause(ctx)) })
}

// Hold implements call.Holder.
func (c *sipCall) Hold(ctx context.Context, on bool) error {
	w := both
	if on {
		w = sends
	}
	return c.await(ctx, func(d *dialog, done chan<- error) {
		if d.early {
			done <- errNotAnswered
			return
		}
		d.wishOffer(wish{direction: w, done: done})
	}, func(*dialog) {})
}

var (
	errNotAnswered  = errors.New("sip: the call is not answered")
	errTransferBusy = errors.New("sip: a transfer is under way already")
	errSilentPeer   = errors.New("sip: the peer does not tell what became of the transfer")
)

// await is ask for what takes its time: when ctx ends, giveUp runs on the
// actor.
func (c *sipCall) await(ctx context.Context, f func(*dialog, chan<- error), giveUp func(*dialog)) error {
	result := make(chan error, 1)
	var began *dialog
	posted := c.post(func() {
		switch err := c.ended(); {
		case err != nil:
			result <- err
		case c.over || c.current == nil:
			result <- errNoDialog
		default:
			began = c.current
			f(began, result)
		}
	})
	if !posted {
		<-c.ctx.Done()
		return context.Cause(c.ctx)
	}
	select {
	case err := <-result:
		return err
	case <-ctx.Done():
		c.post(func() {
			if began != nil {
				giveUp(began)
			}
		})
		return context.Cause(ctx)
	}
}

// refer asks the peer to call target.
func (d *dialog) refer(target string, done chan<- error) {
	switch {
	case d.early || d.leaving:
		done <- errNotAnswered
		return
	case d.referral != nil:
		done <- errTransferBusy
		return
	}
	r := &referral{done}
	d.referral = r
	req := d.st.request(sipmsg.REFER, 0, d.srv.agent())
	req.AppendHeader(sipmsg.NewHeader("Refer-To", target))
	req.AppendHeader(sipmsg.NewHeader("Referred-By", "<"+d.st.local.uri.String()+">"))
	d.transact(req, exchange{
		final: func(res *sipmsg.Response) {
			switch {
			case d.referral != r:
			case !res.IsSuccess():
				d.endReferral(referralFailed(res.StatusCode, res.Reason))
			default:
				d.arm(alarmTransfer, d.cfg.RingTimeout+d.cfg.Timers.giveUp(), func() { d.endReferral(errSilentPeer) })
			}
		},
		failed: func(err error) {
			if d.referral == r {
				d.endReferral(call.WithCause(call.NoResponse, fmt.Errorf("transfer: %w", err)))
			}
		},
	})
}

func referralFailed(code int, text string) error {
	return call.WithCause(call.CauseFromSIP(code), fmt.Errorf("transfer refused: %d %s", code, text))
}

// endReferral tells who has asked for the transfer how it ended. After a good
// end it is on us to say BYE (RFC 5589 §6.1).
func (d *dialog) endReferral(err error) {
	r := d.referral
	if r == nil {
		return
	}
	d.referral = nil
	d.disarm(alarmTransfer)
	r.done <- err
	if err == nil {
		d.hangup(call.System, call.Normal)
	}
}

// receiveNOTIFY takes what the peer tells of the transfer (RFC 3515 §2.4.4).
func (d *dialog) receiveNOTIFY(req *sipmsg.Request, tx *sipmsg.ServerTx) {
	text, _ := header(req, "Event", "o")
	event, _ := value(text)
	if !strings.EqualFold(event, "refer") {
		d.srv.refuse(req, tx, 489)
		return
	}
	if d.referral == nil {
		d.srv.refuse(req, tx, 481)
		return
	}
	d.srv.refuse(req, tx, 200)
	text, _ = header(req, "Subscription-State", "")
	subscription, _ := value(text)
	code, reason, ok := sipfrag(req.Body())
	switch {
	case ok && code >= 200 && code < 300:
		d.endReferral(nil)
	case ok && code >= 300:
		d.endReferral(referralFailed(code, reason))
	case strings.EqualFold(subscription, "terminated"):
		d.endReferral(errSilentPeer)
	}
}

// sipfrag reads the status line of a message/sipfrag body (RFC 3420).
func sipfrag(body []byte) (code int, reason string, ok bool) {
	line, _, _ := strings.Cut(string(body), "\n")
	f := strings.SplitN(strings.TrimSpace(line), " ", 3)
	if len(f) < 2 || !strings.EqualFold(f[0], sipVersion) {
		return 0, "", false
	}
	code, err := strconv.Atoi(f[1])
	if len(f) == 3 {
		reason = f[2]
	}
	return code, reason, err == nil && code >= 100 && code < 700
}

// leaveTime is how long the one who has transferred a call may take to hang
// up its own part.
const leaveTime = 5 * time.Second
