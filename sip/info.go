package sip

import (
	"bytes"
	"strconv"
	"strings"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"parley/media"
)

// Bodies of INFO that carry digits; neither has an RFC, both are common.
const (
	dtmfRelay = "application/dtmf-relay" // "Signal=5\r\nDuration=160"
	dtmfPlain = "application/dtmf"       // "5"
)

// receiveINFO takes digits (RFC 2976); what has no body asks only whether we
// live.
func (d *dialog) receiveINFO(req *sipmsg.Request, tx *sipmsg.ServerTx) {
	if len(req.Body()) == 0 {
		d.srv.refuse(req, tx, 200)
		return
	}
	kind := ""
	if ct := req.ContentType(); ct != nil {
		kind, _ = value(ct.Value())
	}
	digit, ok := infoDigit(strings.ToLower(kind), req.Body(), d.rate())
	switch {
	case ok:
		d.call.digits.add(digit)
		d.srv.refuse(req, tx, 200)
	case strings.EqualFold(kind, dtmfRelay) || strings.EqualFold(kind, dtmfPlain):
		d.srv.refuse(req, tx, 400)
	default:
		res := d.srv.response(req, 415)
		res.RemoveHeader("Accept")
		res.AppendHeader(sipmsg.NewHeader("Accept", dtmfRelay+", "+dtmfPlain))
		d.srv.reply(tx, res)
	}
}

func (d *dialog) rate() int {
	if d.leg == nil {
		return 8000
	}
	return d.leg.rtp.Rate()
}

// infoDigit reads a digit from the body of an INFO.
func infoDigit(kind string, body []byte, rate int) (digit media.Digit, ok bool) {
	switch kind {
	case dtmfPlain:
		digit.Tone, ok = tone(string(bytes.TrimSpace(body)))
	case dtmfRelay:
		for _, line := range strings.Split(string(body), "\n") {
			key, v, _ := strings.Cut(line, "=")
			v = strings.TrimSpace(v)
			switch strings.ToLower(strings.TrimSpace(key)) {
			case "signal":
				digit.Tone, ok = tone(v)
			case "duration":
				if ms, err := strconv.ParseUint(v, 10, 16); err == nil {
					digit.Samples = int(media.Samples(time.Duration(ms)*time.Millisecond, rate))
				}
			}
		}
	}
	return digit, ok
}

// tone reads a digit as INFO names it: itself, or 10 to 15 for the others.
func tone(s string) (byte, bool) {
	if n, err := strconv.Atoi(s); err == nil && n >= 10 && n < 16 {
		return "*#ABCD"[n-10], true
	}
	if len(s) != 1 {
		return 0, false
	}
	c := strings.ToUpper(s)[0]
	return c, media.ValidTone(c)
}
