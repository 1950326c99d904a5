package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"time"
)

// storyFlow tells one long story again and again.
const storyFlow = `name: story
language: en-US
start: story
no_response: {after: 4s, text: "Are you still there?", times: 5, hangup: 60s}
nodes:
  story:
    type: conversation
    file: story.wav
    replies:
      - {class: stop, phrases: [please put the telephone down now], next: bye}
    other: story
  bye: {type: end, action: hangup}
`

const storyRoutes = "routes: [{called: story, flow: story}]\n" + quietRecords

// interruptions are what the callers say.
var interruptions = []string{
	"when are you open", "no thank you", "I want to ask about my order", "stop stop", "excuse me can I ask something",
	"hello", "could you repeat that please", "wait a moment", "my number is four five seven", "okay but how much is it",
}

// story is a minute of slt with a little hiss under it, so that every frame
// of the robot can be told from silence.
func story(ctx context.Context) ([]byte, error) {
	dir, err := os.MkdirTemp("", "parley-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	s, err := say(ctx, dir, "slt", "once upon a time there was a small shop at the corner of two streets and the woman who kept it knew the name of everybody who came in")
	if err != nil {
		return nil, err
	}
	r := rand.New(rand.NewPCG(7, 7))
	var pcm []int16
	for len(pcm) < 100*rate {
		pcm = append(pcm, s.pcm[s.onset:s.end]...)
	}
	for i := range pcm {
		pcm[i] = int16(0.7*float64(pcm[i]) + 120*r.NormFloat64())
	}
	return wavFile(pcm), nil
}

// wavFile is a WAV file of 16 bits, mono, at 8 kHz.
func wavFile(pcm []int16) []byte {
	var b bytes.Buffer
	b.WriteString("RIFF")
	_ = binary.Write(&b, binary.LittleEndian, uint32(36+2*len(pcm)))
	b.WriteString("WAVEfmt ")
	_ = binary.Write(&b, binary.LittleEndian, struct {
		Size                uint32
		Format, Channels    uint16
		Rate, Bytes         uint32
		BlockAlign, Bitsize uint16
	}{16, 1, 1, rate, 2 * rate, 2, 16})
	b.WriteString("data")
	_ = binary.Write(&b, binary.LittleEndian, uint32(2*len(pcm)))
	_ = binary.Write(&b, binary.LittleEndian, pcm)
	return b.Bytes()
}

// trial is one sound that a caller makes while the robot talks.
type trial struct {
	sound  sound
	speech bool

	cut      bool
	onsetAt  int64
	silentAt int64 // the last audible frame of the robot
	frames   int   // audible ones of the robot after the decision; -1: unknown
	decided  int64
}

// measureBargeIn interrupts the robot's story with speech, and disturbs it
// with noises that should not.
func measureBargeIn(ctx context.Context, o options, print func(figure)) error {
	phrases, err := sayAll(ctx, interruptions)
	if err != nil {
		return err
	}
	tale, err := story(ctx)
	if err != nil {
		return err
	}
	h, err := start(ctx, o, storyRoutes, map[string][]byte{"story.flow.yaml": []byte(storyFlow), "story.wav": tale})
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
	rounds := o.pick(2, 1)
	callers := o.pick(8, 4)
	var trials []*trial
	for round := range rounds {
		plans := plan(rand.New(rand.NewPCG(uint64(round), 1)), phrases, callers, o)
		errs := make(chan error, callers)
		for i, p := range plans {
			trials = append(trials, p...)
			go func() {
				r := rand.New(rand.NewPCG(uint64(round), uint64(100+i)))
				errs <- listen(ctx, h, x, b, r, float64(i%3)*12, p)
			}()
			time.Sleep(300 * time.Millisecond)
		}
		for range plans {
			if e := <-errs; e != nil && err == nil {
				err = e
			}
		}
		if err != nil {
			return err
		}
	}
	judge(trials, b, print)
	return nil
}

// plan deals the sounds to the callers: every phrase is said, and clicks and
// bursts come in between.
func plan(r *rand.Rand, phrases []sound, callers int, o options) [][]*trial {
	speech, clicks, bursts := o.pick(48, 12), o.pick(40, 8), o.pick(54, 9)
	var all []*trial
	for i := range speech {
		if i%len(phrases) == 0 {
			r.Shuffle(len(phrases), func(i, j int) { phrases[i], phrases[j] = phrases[j], phrases[i] })
		}
		all = append(all, &trial{sound: phrases[i%len(phrases)].shifted(r.IntN(160)), speech: true})
	}
	for i := range clicks {
		all = append(all, &trial{sound: click(r, []float64{-30, -20, -12, -6}[i%4]).shifted(r.IntN(160))})
	}
	for i := range bursts {
		colour, level := []string{"white", "brown", "pink"}[i%3], []float64{-40, -30, -20}[i/3%3]
		all = append(all, &trial{sound: noise(r, colour, rate*3/10, level).shifted(r.IntN(160))})
	}
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	plans := make([][]*trial, callers)
	for i, t := range all {
		plans[i%callers] = append(plans[i%callers], t)
	}
	return plans
}

// listen calls and carries out a plan.
func listen(ctx context.Context, h *house, x *exchange, b *bank, r *rand.Rand, hiss float64, plan []*trial) error {
	p, err := dialIn(ctx, x, b, "story", r, hiss)
	if err != nil {
		return err
	}
	defer p.leave(ctx)
	rouse := plan[0].sound // said to a robot that waits for words
	for _, t := range plan {
		if t.speech {
			rouse = t.sound
		}
	}
	for _, t := range plan {
		calm := time.Duration(400+r.IntN(1200)) * time.Millisecond
		for tries := 0; ; tries++ {
			if err = p.spokenTo(ctx, calm, 8*time.Second); err == nil || tries == 3 || !errors.Is(err, errPatient) {
				break // after a cut without words the robot waits: its reminder gives the next turn
			}
			p.utter(rouse)
		}
		if err != nil {
			return fmt.Errorf("wait for the story: %w", err)
		}
		if !t.speech {
			time.Sleep(time.Duration(r.IntN(20)) * time.Millisecond)
		}
		p.utter(t.sound)
		t.silentAt, err = p.silenced(ctx, time.Duration(len(t.sound.pcm))*time.Second/rate+1300*time.Millisecond)
		t.cut = err == nil
		if err != nil && !errors.Is(err, errPatient) {
			return err
		}
		if err := p.said(ctx); err != nil {
			return err
		}
		p.mu.Lock()
		t.onsetAt = p.onsetAt
		p.mu.Unlock()
	}
	cuts, err := h.journal(ctx, p.dialog.id, "turn.cut")
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, t := range plan {
		t.frames = -1
		for _, at := range cuts {
			if !t.cut || at < t.onsetAt || at > t.silentAt+int64(pauseTime) {
				continue
			}
			t.frames, t.decided = 0, at
			for _, f := range p.frames {
				if f.at > at && f.at <= t.silentAt {
					t.frames++
				}
			}
			break
		}
	}
	return nil
}

const (
	askedMedian = 300.0 // ms
	askedP95    = 450.0
	askedFalse  = 5.0 // %
	askedFrames = 3
)

// judge makes the figures of the trials.
func judge(trials []*trial, b *bank, print func(figure)) {
	own := b.close()
	var onset, decision, frames spread
	missed, disturbed := 0, 0
	kinds := map[string][2]int{} // of noises: cut, all
	for _, t := range trials {
		if t.onsetAt == 0 || !b.steady(t.onsetAt-int64(time.Second), max(t.silentAt, t.onsetAt+int64(time.Second))) {
			disturbed++
			continue
		}
		if !t.speech {
			kind := "burst"
			if t.sound.name[0] == 'c' {
				kind = "click"
			}
			k := kinds[kind]
			k[1]++
			if t.cut {
				k[0]++
				fmt.Fprintf(os.Stderr, "     cut by %s\n", t.sound.name)
			}
			kinds[kind] = k
			continue
		}
		if !t.cut {
			missed++
			fmt.Fprintf(os.Stderr, "     not cut by %s\n", t.sound.name)
			continue
		}
		onset = append(onset, float64(t.silentAt-t.onsetAt)/1e6)
		if t.frames >= 0 {
			frames = append(frames, float64(t.frames))
			decision = append(decision, float64(t.decided-t.onsetAt)/1e6)
		}
	}
	f := figure{Figure: "barge_in_onset_to_silence_ms", Unit: "ms, median", Value: round(onset.at(0.5))}
	onset.quantiles(&f)
	f.ask("p50 <= 300, p95 <= 450", onset.at(0.5) <= askedMedian && onset.at(0.95) <= askedP95)
	f.More = map[string]float64{
		"not_cut": float64(missed), "onset_to_decision_p50": round(decision.at(0.5)), "onset_to_decision_p95": round(decision.at(0.95)),
		"generator_late_p99_9": round(own.at(0.999)), "left_out": float64(disturbed), "stalls": float64(b.stalled()),
	}
	f.Note = "trials in which the caller itself stood still for more than 15 ms are left out; flite's rms, awb and kal16 over SIP/RTP against the real program; from the send of the packet with the phrase's first sample over -40 dBFS to the kernel's time of the last audible robot packet"
	print(f)
	clicks, bursts := kinds["click"], kinds["burst"]
	all := max(clicks[1]+bursts[1], 1)
	f = figure{Figure: "barge_in_false_cuts_pct", Unit: "% of noises", Value: round(100 * float64(clicks[0]+bursts[0]) / float64(all)), N: all}
	f.ask("<= 5 %", f.Value <= askedFalse)
	f.More = map[string]float64{
		"clicks": float64(clicks[1]), "clicks_cut": float64(clicks[0]), "bursts": float64(bursts[1]), "bursts_cut": float64(bursts[0]),
	}
	f.Note = "50 ms clicks (-30 to -6 dBFS) and 300 ms bursts (white, brown, pink; -40 to -20 dBFS) during playback, in the same calls"
	print(f)
	f = figure{Figure: "decision_to_silence_frames_rtp", Unit: "frames, most", Value: frames.at(1)}
	frames.quantiles(&f)
	f.ask("<= 3 frames, always", frames.at(1) <= askedFrames)
	f.Note = "audible robot packets after the journal's turn.cut, whose millisecond is rounded down"
	print(f)
}
