package deepgram

import (
	"encoding/json"
	"math"
	"strings"
	"time"

	"parley/speech"
)

// event is what /v1/listen sends.
type event struct {
	Type         string  `json:"type"`
	Start        float64 `json:"start"`    // seconds of the stream
	Duration     float64 `json:"duration"` // seconds
	IsFinal      bool    `json:"is_final"`
	FromFinalize bool    `json:"from_finalize"`
	Channel      channel `json:"channel"`
	// of an Error
	Code        string `json:"code"`
	Description string `json:"description"`
	Message     string `json:"message"`
}

type channel struct {
	Alternatives []alternative `json:"alternatives"`
}

// UnmarshalJSON takes what UtteranceEnd calls channel, a list, for none.
func (c *channel) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] != '{' {
		return nil
	}
	type plain channel
	return json.Unmarshal(b, (*plain)(c))
}

type alternative struct {
	Transcript string  `json:"transcript"`
	Confidence float64 `json:"confidence"`
	Words      []word  `json:"words"`
}

type word struct {
	Word  string  `json:"word"`
	Start float64 `json:"start"`
	End   float64 `json:"end"`
}

// lullTime is how long nothing may come after Finalize until the text is taken
// for complete.
const lullTime = 700 * time.Millisecond

// understood gives a result to the utterance whose audio it is about. What is
// about nobody's is dropped: words of what was abandoned, words after the
// final text, words that come without speech.
func (n *recognition) understood(e event) {
	rate := float64(n.f.Rate)
	from, to := samples(e.Start, rate), samples(e.Start+e.Duration, rate)
	n.mu.Lock()
	defer n.mu.Unlock()
	if to > n.stream.position+int64(n.f.Rate)/20 {
		return // about audio that nobody has sent
	}
	u := n.about(from, to)
	if u == nil {
		return
	}
	text, confidence := "", 0.0
	if len(e.Channel.Alternatives) > 0 && to > from {
		a := e.Channel.Alternatives[0]
		text, confidence = strings.TrimSpace(a.Transcript), a.Confidence
		if lo, hi := u.at+u.first-u.slack(), u.at+u.sent+u.slack(); len(a.Words) > 0 && (from < lo || to > hi) {
			text = n.within(a.Words, lo, hi)
		}
	}
	before := u.heard
	u.take(from-u.at, to-u.at, text, confidence, e.IsFinal)
	n.stream.useful = n.stream.useful || u.heard > before
	if u.complete() || u.stopped && u.finalized && e.IsFinal && e.FromFinalize {
		n.end(u, u.final(n.join))
		return
	}
	if text := u.text(n.join); text != u.shown && text != "" {
		u.shown = text
		n.outbox.Put(speech.Result{Utterance: u.id, Text: text})
	}
	if u.stopped && u.finalized {
		n.lull(u)
	}
}

// lull begins the wait for more anew.
func (n *recognition) lull(u *utterance) {
	if u.lull == nil {
		u.lull = time.AfterFunc(lullTime, func() { n.quiet(u) })
		return
	}
	u.lull.Reset(lullTime)
}

// about finds the utterance that has most of a stretch of the stream.
func (n *recognition) about(from, to int64) (found *utterance) {
	most := int64(-1)
	for _, u := range n.utterances {
		if u.gone || !u.begun {
			continue
		}
		lo, hi := u.at+u.first, u.at+u.sent
		common := min(to, hi) - max(from, lo)
		if common <= 0 { // an empty result says that all is said
			near := from == to && from >= lo && from <= hi+u.slack()
			if !near {
				continue
			}
			common = 0
		}
		if common > most {
			found, most = u, common
		}
	}
	return found
}

// within joins the words whose middle lies in a stretch of the stream.
func (n *recognition) within(words []word, lo, hi int64) string {
	var kept []string
	for _, w := range words {
		if middle := samples((w.Start+w.End)/2, float64(n.f.Rate)); middle >= lo && middle < hi {
			kept = append(kept, w.Word)
		}
	}
	return strings.Join(kept, n.join)
}

// samples converts a time of the service's, whatever it may be.
func samples(seconds, rate float64) int64 {
	const most = 1e6 // no call lasts that long
	if math.IsNaN(seconds) {
		return 0
	}
	return int64(math.Round(min(max(seconds, 0), most) * rate))
}
