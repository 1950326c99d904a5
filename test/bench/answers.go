package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"parley/voice/turn"
)

// askFlow asks the same again and again; its one phrase is in the cache after
// the first time.
const askFlow = `name: ask
language: en-US
start: ask
no_response: {after: 20s, text: "Hello?", times: 5, hangup: 60s}
nodes:
  ask:
    type: conversation
    say: Yes, and what else?
    replies:
      - {class: stop, phrases: [please put the telephone down now], next: bye}
    other: ask
  bye: {type: end, action: hangup}
`

// measureAnswers takes the time from the end of a caller's speech to the
// first robot frame at RTP, with the real program, recogniser and voice.
func measureAnswers(ctx context.Context, o options, print func(figure)) error {
	phrases, err := sayAll(ctx, interruptions[:4])
	if err != nil {
		return err
	}
	h, err := start(ctx, o, "routes: [{called: ask, flow: ask}]\n"+quietRecords, map[string][]byte{"ask.flow.yaml": []byte(askFlow)})
	if err != nil {
		return err
	}
	defer h.stop()
	x, err := newExchange(h.sip)
	if err != nil {
		return err
	}
	defer x.close()
	b := newBank()
	b.measure()
	var mu sync.Mutex
	var over spread
	none, disturbed := 0, 0
	threshold := turn.Defaults().EndSilence
	err = together(o.pick(6, 3), func(i int) error {
		r := rand.New(rand.NewPCG(5, uint64(i)))
		p, err := dialIn(ctx, x, b, "ask", r, 0)
		if err != nil {
			return err
		}
		defer p.leave(ctx)
		quiet := func(d time.Duration) func(int64) bool {
			return func(now int64) bool { return p.last > 0 && now-p.last > int64(d) }
		}
		for turn := range o.pick(11, 4) {
			if err := p.until(ctx, 20*time.Second, quiet(600*time.Millisecond)); err != nil {
				return fmt.Errorf("wait for the question's end: %w", err)
			}
			if err := pause(ctx, time.Duration(r.IntN(20))*time.Millisecond); err != nil {
				return err
			}
			p.utter(phrases[r.IntN(len(phrases))].shifted(r.IntN(160)).brokenOff())
			err := p.until(ctx, 8*time.Second, func(int64) bool { return p.endAt > 0 && p.since > p.endAt })
			if err != nil && !errors.Is(err, errPatient) {
				return err
			}
			p.mu.Lock()
			mu.Lock()
			switch {
			case !b.steady(p.endAt-int64(2*time.Second), time.Now().UnixNano()):
				disturbed++
			case err != nil:
				none++
			case turn > 0: // the first fills the cache
				over = append(over, float64(p.since-p.endAt-int64(threshold))/1e6)
			}
			mu.Unlock()
			p.mu.Unlock()
		}
		return nil
	})
	own := b.close()
	if err != nil {
		return err
	}
	const asked = 40.0 + 40 + 60 // the voice side, the jitter buffer, three frames
	f := figure{Figure: "end_of_speech_to_first_frame_rtp_ms", Unit: "ms over threshold", Value: round(over.at(0.99))}
	over.quantiles(&f)
	f.More = map[string]float64{"unanswered": float64(none), "left_out": float64(disturbed), "least": round(over.at(0)), "generator_late_p99_9": round(own.at(0.999))}
	f.ask("threshold + <= 140 ms at p99 (40 + jitter buffer 40 + 3 frames)", f.Value <= asked && len(over) > 0)
	f.Note = fmt.Sprintf("the real program with PocketSphinx and flite's phrase from the cache, threshold %s; from the send of the packet with the last voiced sample to the kernel's time of the first audible robot packet; the target is for providers that take no time", threshold)
	print(f)
	return nil
}
