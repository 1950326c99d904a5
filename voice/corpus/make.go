package corpus

import (
	"context"
	"fmt"
	"sync"
	"time"

	"parley/media"
	"parley/voice/score"
)

// Take is one scene as it sounds.
type Take struct {
	Item
	// Caller is what comes from the caller's side, without the robot's echo;
	// Marks tells of each frame whether it came at all.
	Caller []int16
	Marks  []media.Mark
	Digits []Digit
	Echo   *Echo // nil: none
	// Line is what the robot says first, after Pause (empty: it listens),
	// Answer what it says when it is asked. Both are Sounds.
	Pause        time.Duration
	Line, Answer string
	Sounds       map[string][]int16
	Truth        score.Truth

	clean, noise sound // before they met
}

// Digit is a key that the caller pressed: from From until At there is no
// audio, then the digit comes.
type Digit struct {
	From, At int64
	Tone     byte
}

// Maker makes scenes. Any number of goroutines may use it.
type Maker struct {
	plan     *Plan
	speakers *Speakers

	mu    sync.Mutex
	parts map[Part]*cast
}

// cast is what all scenes of a part share.
type cast struct {
	lines  []spoken
	answer spoken
	crowd  []sound // others, who talk in the background
}

// NewMaker returns a Maker of a plan's scenes.
func NewMaker(p *Plan, s *Speakers) *Maker {
	return &Maker{plan: p, speakers: s, parts: map[Part]*cast{}}
}

// cast makes what a part's scenes share, once.
func (m *Maker) cast(ctx context.Context, part Part) (*cast, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if c := m.parts[part]; c != nil {
		return c, nil
	}
	c, r, d := &cast{}, m.plan.Robots[part], Item{seed: m.plan.Seed}.dice()
	for _, text := range r.Lines {
		l, err := m.speakers.speak(ctx, d, r, text)
		if err != nil {
			return nil, err
		}
		c.lines = append(c.lines, l)
	}
	var err error
	if c.answer, err = m.speakers.speak(ctx, d, r, r.Answer); err != nil {
		return nil, err
	}
	for _, text := range m.plan.Texts[part]["crowd"]["en"] {
		v := pick(d, m.plan.Voices[part])
		p, err := m.speakers.phrase(ctx, manner{voice: v, speed: 1, size: v.Size[0]}, d, text)
		if err != nil {
			return nil, err
		}
		c.crowd = append(c.crowd, p.sound)
	}
	m.parts[part] = c
	return c, nil
}

// scene is a Take under way.
type scene struct {
	Take
	d      dice
	cast   *cast
	line   line
	said   spoken // by the robot
	speech sound  // of the caller, in its place
	things sound  // other sounds with a truth of their own
}

// Make makes an item's sound.
func (m *Maker) Make(ctx context.Context, it Item) (*Take, error) {
	c, err := m.cast(ctx, it.Part)
	if err != nil {
		return nil, err
	}
	s := &scene{Take: Take{Item: it}, d: it.dice(), cast: c}
	s.line = newLine(s.d)
	s.Answer = c.answer.text
	s.Sounds = map[string][]int16{s.Answer: c.answer.pcm}
	s.Truth = score.Truth{ID: it.ID, Class: it.Class.Name, Condition: it.Condition.Name, Tags: it.tags()}
	if err := m.act(ctx, s); err != nil {
		return nil, fmt.Errorf("make %s: %w", it.ID, err)
	}
	s.finish(m.plan)
	return &s.Take, nil
}

// finish puts everything on the line.
func (s *scene) finish(p *Plan) {
	n := (len(s.speech) + frame - 1) / frame * frame
	s.speech = append(s.speech, newSound(n-len(s.speech))...)
	s.things = append(s.things, newSound(n-len(s.things))...)
	// Speech that stands at speechLevel comes at a level of the caller's own.
	gain := amplitude(s.d.between(-35, -15) - speechLevel)
	active := amplitude(speechLevel) * gain
	s.clean = s.line.carry(s.speech, true).scale(gain)
	s.clean.add(0, s.line.carry(s.things, true), gain)
	if loud := s.loudness(); loud > 0 {
		active = loud
	}
	family := Family{Mix: map[string]float64{"hiss": 0, "hum": -10}, Span: halves[s.Part]}
	if s.Noise != "" {
		family = p.Noises[s.Part][s.Noise]
	}
	s.noise = s.line.carry(family.mix(s.d, n, s.other), false)
	s.noise.scale(active * amplitude(-s.Condition.SNR) / max(s.noise.rms(), 1e-9))
	mixed := append(sound(nil), s.clean...)
	mixed.add(0, s.noise, 1)
	s.Caller = mixed.pcm()
	s.Marks = make([]media.Mark, n/frame)
	for i := range s.Marks {
		s.Marks[i] = media.Heard
	}
	if s.Class.Lossy {
		lose(s.d, s.Caller, s.Marks)
	}
	s.mute()
	s.Truth.Length = int64(n)
}

// other is somebody in the background.
func (s *scene) other() sound { return pick(s.d, s.cast.crowd) }

// loudness is the level of the caller's speech on the line, pauses left out.
func (s *scene) loudness() float64 {
	var spoke sound
	for _, span := range s.Truth.Spans {
		for _, w := range span.Words {
			spoke = append(spoke, s.clean[w.From:w.To]...)
		}
	}
	return spoke.rms()
}

// mute: while a digit is keyed, no audio comes.
func (s *scene) mute() {
	for _, d := range s.Digits {
		for f := int(d.From / frame); f <= int(d.At/frame) && f < len(s.Marks); f++ {
			s.Marks[f] = media.Gap
			clear(s.Caller[f*frame : (f+1)*frame])
		}
	}
}
