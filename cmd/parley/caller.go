package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"sync"
	"time"

	"parley/call"
	"parley/media"
)

// caller is the person at the far end of a test call: it carries out its
// steps and listens for speech and silence of the other side.
type caller struct {
	port *media.Port
	rate int

	mu      sync.Mutex
	talking bool          // the other side speaks
	spoke   time.Duration // for how long, in this stretch of speech
	quiet   time.Duration // or for how long it has been silent
	heard   bool          // it spoke since the last step that waited
	total   time.Duration // of its speech, all in all
	changed chan struct{} // gets a token each frame
}

// Levels and times by which the other side's speech is told from its pauses.
const (
	speechLevel = -45.0 // dBFS
	shortPause  = 300 * time.Millisecond
	longWait    = 30 * time.Second
)

// stepReport tells when a step was done, in milliseconds since the answer.
type stepReport struct {
	Step  string `json:"step"`
	Arg   string `json:"arg,omitempty"`
	Start int64  `json:"start_ms"`
	End   int64  `json:"end_ms"`
	Note  string `json:"note,omitempty"`
}

var errNeverSpoke = errors.New("the other side said nothing")

// run carries out the steps. It ends early when the call does.
func (c *caller) run(ctx context.Context, steps []step, report func(stepReport)) error {
	began := time.Now()
	for _, s := range steps {
		r := stepReport{Step: s.kind, Arg: s.arg, Start: time.Since(began).Milliseconds()}
		err := c.do(ctx, s)
		r.End = time.Since(began).Milliseconds()
		if errors.Is(err, errNeverSpoke) {
			r.Note, err = err.Error(), nil
		}
		report(r)
		if err != nil {
			return fmt.Errorf("step --%s: %w", s.kind, err)
		}
	}
	return nil
}

func (c *caller) do(ctx context.Context, s step) error {
	switch s.kind {
	case "say", "wav":
		return c.answered(c.play(ctx, s.pcm))
	case "dtmf":
		return c.answered(c.press(ctx, s.arg))
	case "wait":
		return sleep(ctx, s.time)
	case "wait-quiet":
		return c.await(ctx, func() bool { return c.heard && !c.talking && c.quiet >= s.time })
	case "interrupt-after":
		return c.await(ctx, func() bool { return c.talking && c.spoke >= s.time })
	}
	return fmt.Errorf("there is no step %q", s.kind)
}

// answered makes --wait-quiet wait for speech that comes after what we said
// or keyed: it is the answer to it. The silence that --linger waits for begins
// anew, too: while we spoke the other side was silent to listen.
func (c *caller) answered(err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.heard, c.spoke, c.quiet = false, 0, 0
	return err
}

// done: the other side has been silent for so long that nothing more is to be
// expected.
func (c *caller) done(linger time.Duration) bool { return !c.talking && c.quiet >= linger }

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// play speaks a sound into the call and returns when it has gone out.
func (c *caller) play(ctx context.Context, pcm []int16) error {
	n := media.FrameSize(c.rate)
	frame := make([]int16, n)
	for len(pcm) > 0 {
		clear(frame[copy(frame, pcm):])
		pcm = pcm[min(n, len(pcm)):]
		if err := c.port.Write(ctx, frame); err != nil {
			return over(ctx, err)
		}
	}
	return nil
}

const digitTime = 160 * time.Millisecond

func (c *caller) press(ctx context.Context, digits string) error {
	for i := range len(digits) {
		if err := c.port.Press(media.Digit{Tone: digits[i], Samples: int(media.Samples(digitTime, c.rate))}); err != nil {
			return err
		}
		if err := sleep(ctx, 2*digitTime); err != nil {
			return err
		}
	}
	return nil
}

// await waits until what is asked of the other side's speech is true.
func (c *caller) await(ctx context.Context, true func() bool) error {
	deadline := time.NewTimer(longWait)
	defer deadline.Stop()
	for {
		c.mu.Lock()
		ok := true()
		c.mu.Unlock()
		if ok {
			return nil
		}
		select {
		case <-c.changed:
		case <-deadline.C:
			return errNeverSpoke
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// listen follows the other side's speech until the call is over.
func (c *caller) listen(ctx context.Context) error {
	frame := make([]int16, media.FrameSize(c.rate))
	for {
		if _, err := c.port.Read(ctx, frame); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		c.mu.Lock()
		if level(frame) > speechLevel {
			c.quiet = 0
			c.spoke += media.FrameTime
			c.total += media.FrameTime
			if c.spoke >= 3*media.FrameTime {
				c.talking, c.heard = true, true
			}
		} else if c.quiet += media.FrameTime; c.quiet >= shortPause {
			c.talking, c.spoke = false, 0
		} else if c.talking {
			c.spoke += media.FrameTime // a pause between words is part of speech
		}
		c.mu.Unlock()
		select {
		case c.changed <- struct{}{}:
		default:
		}
	}
}

// level returns a frame's RMS in dBFS.
func level(pcm []int16) float64 {
	var sum float64
	for _, s := range pcm {
		sum += float64(s) * float64(s)
	}
	if sum == 0 {
		return -96
	}
	return 10 * math.Log10(sum/float64(len(pcm))/(32768*32768))
}

// over prefers the reason why the call ended to the wire's error.
func over(ctx context.Context, err error) error {
	var ended *call.Ended
	if errors.As(context.Cause(ctx), &ended) {
		return ended
	}
	return err
}
