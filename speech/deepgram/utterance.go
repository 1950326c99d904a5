package deepgram

import (
	"strings"
	"time"

	"parley/speech"
)

// utterance is what a caller says at a time: its audio as far as it may have
// to be sent again, and what was understood of it. Samples are counted from
// its beginning.
type utterance struct {
	id      int
	rate    int
	timeout time.Duration
	terms   []string

	pcm     []int16
	base    int64 // of pcm[0]
	stopped bool
	gone    bool // abandoned: only its end must still be told
	// On the connection that there is:
	begun     bool
	at        int64 // where the utterance's sample 0 is, or would be, in the stream
	first     int64 // the first sample that was sent
	sent      int64 // the next one to send
	finalized bool

	finals     []string
	interim    string
	shown      string
	heard      int64 // up to where the finals go
	covered    int64 // up to where any result goes
	confidence float64
	weight     float64

	deadline, lull *time.Timer
}

func (u *utterance) length() int64 { return u.base + int64(len(u.pcm)) }

// add appends audio and keeps the last most samples. It reports false if some
// would be lost that was never sent.
func (u *utterance) add(pcm []int16, most int) bool {
	u.pcm = append(u.pcm, pcm...)
	over := int64(len(u.pcm) - most)
	if over <= 0 {
		return true
	}
	if !u.begun || u.sent < u.base+over {
		return false
	}
	u.drop(u.base + over)
	return true
}

// drop forgets the audio before a sample.
func (u *utterance) drop(before int64) {
	n := min(max(before-u.base, 0), int64(len(u.pcm)))
	u.pcm = append(u.pcm[:0], u.pcm[n:]...)
	u.base += n
}

// cut forgets the audio that was not sent.
func (u *utterance) cut() { u.pcm = u.pcm[:max(u.sent-u.base, 0)] }

// begin lets the utterance be sent from what is kept of it, at a position of
// the stream.
func (u *utterance) begin(position int64) {
	u.begun, u.finalized = true, false
	u.first, u.sent = u.base, u.base
	u.at = position - u.base
}

// lost says that the connection is no more: what was not final is sent again.
func (u *utterance) lost() {
	u.begun, u.interim = false, ""
	u.covered = u.heard
	if u.lull != nil {
		u.lull.Stop()
	}
}

// take adds what the service understood between two samples. It reports
// whether the text has changed.
func (u *utterance) take(from, to int64, text string, confidence float64, final bool) {
	u.covered = max(u.covered, to)
	if !final {
		u.interim = text
		return
	}
	if to > from && to <= u.heard {
		return // a second final for what is final
	}
	u.interim = ""
	u.heard = max(u.heard, to)
	u.drop(min(to, u.sent))
	if text != "" {
		u.finals = append(u.finals, text)
		w := float64(len(text))
		u.confidence += confidence * w
		u.weight += w
	}
}

// slack is how inexact the service's times are.
func (u *utterance) slack() int64 { return int64(u.rate) / 20 }

// complete reports that the finals go to the end.
func (u *utterance) complete() bool {
	return u.stopped && u.begun && u.finalized && u.heard >= u.length()-u.slack()
}

// settled reports that nothing that was understood waits for its final form,
// and that the service has looked at nearly everything.
func (u *utterance) settled() bool {
	return u.stopped && u.finalized && u.interim == "" && u.covered > 0 && u.covered >= u.length()-int64(u.rate)
}

func (u *utterance) text(join string) string {
	pieces := u.finals
	if u.interim != "" {
		pieces = append(pieces[:len(pieces):len(pieces)], u.interim)
	}
	return strings.Join(pieces, join)
}

func (u *utterance) final(join string) speech.Result {
	r := speech.Result{Text: u.text(join), Final: true}
	if u.weight > 0 {
		r.Confidence = min(max(u.confidence/u.weight, 0), 1)
	}
	return r
}

func (u *utterance) stopTimers() {
	for _, t := range []*time.Timer{u.deadline, u.lull} {
		if t != nil {
			t.Stop()
		}
	}
}
