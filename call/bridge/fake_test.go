package bridge

import (
	"context"
	"slices"
	"sync"

	"parley/call"
	"parley/media"
)

// fakeCall is a call whose wire is the test.
type fakeCall struct {
	name   string
	ctx    context.Context
	cancel context.CancelCauseFunc

	mu      sync.Mutex
	state   call.State
	changed chan struct{}
	did     []string
	stream  *fakeStream
	mute    bool // no early media
	target  call.Target
}

func newFake(name string, s call.State) *fakeCall {
	c := &fakeCall{name: name, changed: make(chan struct{}), stream: &fakeStream{}}
	c.ctx, c.cancel = context.WithCancelCause(context.Background())
	c.state = s
	return c
}

// reach is what the wire does.
func (c *fakeCall) reach(s call.State) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s <= c.state {
		return
	}
	c.state = s
	close(c.changed)
	c.changed = make(chan struct{})
}

// over ends the call from its wire, or from us.
func (c *fakeCall) over(e *call.Ended) {
	c.cancel(e)
	c.reach(call.Over)
	c.stream.end()
}

func (c *fakeCall) note(what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.did = append(c.did, what)
}

// done returns what was asked of the call since the last time.
func (c *fakeCall) done() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	did := c.did
	c.did = nil
	return did
}

func (c *fakeCall) Info() call.Info          { return call.Info{ID: call.ID(c.name), Called: "100"} }
func (c *fakeCall) Context() context.Context { return c.ctx }

func (c *fakeCall) State() call.State {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state
}

func (c *fakeCall) Await(ctx context.Context, s call.State) error {
	for {
		c.mu.Lock()
		state, changed := c.state, c.changed
		c.mu.Unlock()
		if state == call.Over && s != call.Over {
			return context.Cause(c.ctx)
		}
		if state >= s {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (c *fakeCall) Ring() error { return c.show("ring", call.Ringing) }

func (c *fakeCall) EarlyMedia() error {
	if c.mute {
		return context.Canceled
	}
	return c.show("early", call.Early)
}

func (c *fakeCall) Answer() error { return c.show("answer", call.Answered) }

func (c *fakeCall) show(what string, s call.State) error {
	if c.State() == call.Over {
		return context.Cause(c.ctx)
	}
	c.note(what)
	c.reach(s)
	return nil
}

func (c *fakeCall) Hangup(by call.Party, cause call.Cause) {
	if c.State() == call.Over {
		return
	}
	c.note("hangup " + by.String() + " " + cause.String())
	c.over(&call.Ended{By: by, Cause: cause})
}

func (c *fakeCall) Stream() media.Stream {
	if s := c.State(); s < call.Early {
		return nil
	}
	return c.stream
}

// Originate makes the call itself the one that it returns.
func (c *fakeCall) Originate(_ context.Context, t call.Target) (call.Call, error) {
	c.target = t
	return c, nil
}

// fakeStream is a party that says a constant level.
type fakeStream struct {
	mu      sync.Mutex
	level   int16
	ended   bool
	heard   []int16 // loudest sample of each frame
	pressed []media.Digit
	digits  []media.Digit
}

func (s *fakeStream) Rate() int { return 8000 }

func (s *fakeStream) ReadFrame(pcm []int16) media.Mark {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range pcm {
		pcm[i] = s.level
	}
	switch {
	case s.ended:
		clear(pcm)
		return media.End
	case s.level == 0:
		return media.Gap
	}
	return media.Heard
}

func (s *fakeStream) WriteFrame(pcm []int16) {
	s.mu.Lock()
	defer s.mu.Unlock()
	loudest := int16(0)
	if pcm != nil {
		loudest = slices.Max(pcm)
	}
	s.heard = append(s.heard, loudest)
}

func (s *fakeStream) ReadDigit() (d media.Digit, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.pressed) == 0 {
		return d, false
	}
	d, s.pressed = s.pressed[0], s.pressed[1:]
	return d, true
}

func (s *fakeStream) WriteDigit(d media.Digit) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.digits = append(s.digits, d)
	return true
}

func (s *fakeStream) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
}

// says changes what the party says, and press its digits.
func (s *fakeStream) says(level int16, keys ...byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.level = level
	for _, k := range keys {
		s.pressed = append(s.pressed, media.Digit{Tone: k})
	}
}

// hears returns what the party has heard since the last time.
func (s *fakeStream) hears() (frames []int16, digits string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.digits {
		digits += string(d.Tone)
	}
	frames, s.heard, s.digits = s.heard, nil, nil
	return frames, digits
}
