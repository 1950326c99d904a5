package main

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/google/uuid"

	"parley/audiosocket"
	"parley/call"
	"parley/media"
	"parley/speech"
	"parley/voice"
)

// spoken is a session of the voice side in this process, over a real
// AudioSocket, with the audible frames that it wrote.
type spoken struct {
	media.Stream
	mu     sync.Mutex
	frames int
	cuts   []int // frames written at each decision to cut
}

// WriteFrame counts what is written at the AudioSocket.
func (s *spoken) WriteFrame(pcm []int16) {
	s.mu.Lock()
	if len(pcm) > 0 && pcm[0] != 0 {
		s.frames++
	}
	s.mu.Unlock()
	s.Stream.WriteFrame(pcm)
}

// voiceSide is a Server of the product whose sessions have providers that
// take no time.
type voiceSide struct {
	server  *audiosocket.Server
	clock   *media.Wheel
	address string
	length  int // of the robot's lines, in frames
	config  voice.Config

	mu       sync.Mutex
	sessions map[uuid.UUID]*spoken
}

func openVoiceSide(length int) (*voiceSide, error) {
	v := &voiceSide{clock: media.NewWheel(0), length: length, config: voice.Defaults(), sessions: make(map[uuid.UUID]*spoken)}
	cfg := audiosocket.Defaults()
	cfg.Listen = "127.0.0.1:0"
	var err error
	if v.server, err = audiosocket.NewServer(cfg, v.clock, v.serve); err != nil {
		return nil, err
	}
	l, err := v.server.Listen()
	if err != nil {
		return nil, err
	}
	v.address = l.Addr().String()
	go v.server.Serve(l) //nolint:errcheck // Close ends it
	return v, nil
}

func (v *voiceSide) close() {
	v.server.Close()
	v.clock.Close()
}

// serve runs a conversation and notes each decision to cut.
func (v *voiceSide) serve(ctx context.Context, cs *call.Session) (call.Outcome, error) {
	s := &spoken{Stream: cs.Stream}
	v.mu.Lock()
	v.sessions[cs.UUID] = s
	v.mu.Unlock()
	stop := cs.Journal.Subscribe(func(e call.Event) {
		if e.Kind == "turn.cut" {
			s.mu.Lock()
			s.cuts = append(s.cuts, s.frames)
			s.mu.Unlock()
		}
	})
	defer stop()
	cs.Stream = s
	_, err := voice.Run(ctx, v.config, voice.Deps{
		Clock: v.clock, Recognizer: instantRecognizer{}, Synthesizer: speech.Synthesizer(instantVoice{v.length}), Log: slog.New(slog.DiscardHandler),
	}, cs, talker{})
	return call.Outcome{}, err
}

// connect makes a session and the caller of it.
func (v *voiceSide) connect() (*wireCaller, uuid.UUID, error) {
	id := uuid.New()
	_, err := v.server.Announce(call.Announcement{UUID: id, Rate: rate, Program: "bench", Call: call.Info{ID: call.NewID(), Start: time.Now()}, Journal: call.NewJournal(time.Now())})
	if err != nil {
		return nil, id, err
	}
	c, err := dialWire(v.address, id)
	return c, id, err
}

// measureVoice takes what the voice side alone does, with providers that take
// no time.
func measureVoice(ctx context.Context, o options, print func(figure)) error {
	phrases, err := sayAll(ctx, interruptions[:6])
	if err != nil {
		return err
	}
	if err := measureCuts(ctx, o, phrases, print); err != nil {
		return err
	}
	return measureReplies(ctx, o, phrases, print)
}

// measureCuts interrupts lines of a minute and counts frames after the
// decision, where they are written and where they arrive.
func measureCuts(ctx context.Context, o options, phrases []sound, print func(figure)) error {
	v, err := openVoiceSide(3000)
	if err != nil {
		return err
	}
	defer v.close()
	b := newBank()
	defer b.close()
	var mu sync.Mutex
	var written, arrived spread
	missed := 0
	err = together(o.pick(10, 4), func(i int) error {
		c, id, err := v.connect()
		if err != nil {
			return err
		}
		defer c.conn.Close()
		b.add(c)
		defer b.remove(c)
		r := rand.New(rand.NewPCG(3, uint64(i)))
		for range o.pick(6, 2) {
			if err := pause(ctx, time.Duration(700+r.IntN(600))*time.Millisecond); err != nil {
				return err
			}
			v.mu.Lock()
			s := v.sessions[id]
			v.mu.Unlock()
			if s == nil {
				return fmt.Errorf("no session after a second")
			}
			s.mu.Lock()
			before := len(s.cuts)
			s.mu.Unlock()
			p := phrases[r.IntN(len(phrases))].shifted(r.IntN(160))
			c.utter(p)
			if err := pause(ctx, time.Duration(p.end)*time.Second/rate+400*time.Millisecond); err != nil {
				return err
			}
			s.mu.Lock()
			c.mu.Lock()
			mu.Lock()
			if len(s.cuts) > before {
				at := s.cuts[len(s.cuts)-1]
				written = append(written, float64(s.frames-at))
				arrived = append(arrived, float64(c.audible-at))
			} else {
				missed++
			}
			mu.Unlock()
			c.mu.Unlock()
			s.mu.Unlock()
		}
		return nil
	})
	if err != nil {
		return err
	}
	f := figure{Figure: "decision_to_silence_frames", Unit: "frames, most", Value: written.at(1)}
	written.quantiles(&f)
	f.More = map[string]float64{"arrived_most": arrived.at(1), "not_cut": float64(missed)}
	f.ask("<= 1 frame, always", written.at(1) <= 1 && len(written) > 0)
	f.Note = "voice.Run over a real AudioSocket; audible frames written after turn.cut; arrived_most are those that the client got of them"
	print(f)
	return nil
}

// measureReplies says phrases and waits for the answers: real ones, and ones
// that are cut off in mid voice so that their end is beyond doubt.
func measureReplies(ctx context.Context, o options, phrases []sound, print func(figure)) error {
	v, err := openVoiceSide(20)
	if err != nil {
		return err
	}
	defer v.close()
	b := newBank()
	b.measure()
	var mu sync.Mutex
	var hard, real spread
	none, disturbed := 0, 0
	err = together(o.pick(30, 8), func(i int) error {
		c, _, err := v.connect()
		if err != nil {
			return err
		}
		defer c.conn.Close()
		r := rand.New(rand.NewPCG(4, uint64(i)))
		if err := pause(ctx, time.Duration(r.IntN(2000))*time.Millisecond); err != nil {
			return err
		}
		b.add(c)
		defer b.remove(c)
		for turn := range o.pick(14, 4) {
			if err := pause(ctx, time.Duration(900+r.IntN(20))*time.Millisecond); err != nil {
				return err
			}
			p := phrases[r.IntN(len(phrases))].shifted(r.IntN(160))
			if turn%2 == 0 {
				p = p.brokenOff()
			}
			c.utter(p)
			if err := pause(ctx, time.Duration(p.end)*time.Second/rate+v.config.Turn.EndSilence+400*time.Millisecond); err != nil {
				return err
			}
			c.mu.Lock()
			mu.Lock()
			ok := b.steady(c.endAt.UnixNano()-int64(2*time.Second), time.Now().UnixNano())
			over := float64(c.first.Sub(c.endAt)-v.config.Turn.EndSilence) / 1e6
			switch {
			case !ok:
				disturbed++
			case c.first.IsZero():
				none++
			case turn%2 == 0:
				hard = append(hard, over)
			default:
				real = append(real, over)
			}
			mu.Unlock()
			c.mu.Unlock()
		}
		return nil
	})
	own := b.close()
	if err != nil {
		return err
	}
	const asked = 40.0
	f := figure{Figure: "end_of_speech_to_first_frame_ms", Unit: "ms over threshold", Value: round(hard.at(0.99))}
	hard.quantiles(&f)
	f.More = map[string]float64{
		"least": round(hard.at(0)), "whole_phrases_p50": round(real.at(0.5)), "whole_phrases_p99": round(real.at(0.99)), "whole_phrases_least": round(real.at(0)),
		"unanswered": float64(none), "generator_late_p99_9": round(own.at(0.999)), "left_out": float64(disturbed),
	}
	f.ask("threshold + <= 40 ms at p99", f.Value <= asked && len(hard) > 0)
	f.Note = fmt.Sprintf("voice.Run over a real AudioSocket, recogniser and synthesizer that take no time, threshold %s; from the send of the frame with the last voiced sample to the first robot frame; phrases broken off in a vowel (whole ones beside, whose last sample over -40 dBFS is often no voice)", v.config.Turn.EndSilence)
	print(f)
	return nil
}

// together runs f so many times at once and returns the first error.
func together(n int, f func(i int) error) (err error) {
	errs := make(chan error, n)
	for i := range n {
		go func() { errs <- f(i) }()
	}
	for range n {
		if e := <-errs; e != nil && err == nil {
			err = e
		}
	}
	return err
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
