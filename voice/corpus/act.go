package corpus

import (
	"context"
	"fmt"
	"time"

	"parley/media/tone"
	"parley/voice/score"
)

// Times around what happens, in milliseconds.
const (
	leadLow, leadHigh = 500, 1200 // before the caller speaks to a robot that listens
	tail              = 3000      // for the answer
	speakTail         = 1500      // after the robot's line
	// From the connection to the robot's line: it has to be fetched.
	pauseLow, pauseHigh = 200, 1000
)

// act lets happen what an item is about.
func (m *Maker) act(ctx context.Context, s *scene) error {
	switch s.Class.Is {
	case "turn":
		return m.turn(ctx, s)
	case "greeting":
		return m.greeting(ctx, s)
	case "silence":
		s.speech = newSound(s.d.samples(5000, 8000))
		return nil
	}
	s.said = pick(s.d, s.cast.lines)
	s.Line = s.said.text
	s.Sounds[s.Line] = s.said.pcm
	s.Truth.Robot = s.said.pcm
	if len(s.Class.Echo) > 0 {
		s.Echo = newEcho(s.d, pick(s.d, s.Class.Echo))
	}
	begin := s.d.samples(pauseLow, pauseHigh) / frame * frame
	s.Pause = time.Duration(begin) * time.Second / rate
	s.speech = newSound(begin + len(s.said.pcm) + speakTail*rate/1000)
	at := begin + s.said.at(s.d, s.Phase)
	switch s.Class.Is {
	case "interruption":
		return m.say(ctx, s, at, score.Interruption)
	case "backchannel":
		return m.say(ctx, s, at, score.Backchannel)
	case "burst":
		s.burst(m.plan, at)
	case "babble", "talker":
		s.others(at)
	case "noise", "echo":
		// All the time, until the line is nearly over.
		s.nothing(begin, begin+len(s.said.pcm)-rate)
	case "digits":
		s.keys(at)
	default:
		return fmt.Errorf("there is no kind of scene %q", s.Class.Is)
	}
	return nil
}

// nothing marks a stretch that is to leave the robot alone.
func (s *scene) nothing(from, to int) {
	s.Truth.Spans = append(s.Truth.Spans, score.Span{Kind: score.Noise, From: int64(from), To: int64(to)})
}

// say puts the item's text at a place.
func (m *Maker) say(ctx context.Context, s *scene, at int, kind score.Kind) error {
	p, err := m.speakers.phrase(ctx, m.plan.manner(s.d, s.Item), s.d, s.Text)
	if err != nil {
		return err
	}
	if more := at + len(p.sound) + speakTail*rate/1000 - len(s.speech); more > 0 {
		s.speech = append(s.speech, newSound(more)...)
	}
	s.speech.add(at, p.sound, 1)
	span := score.Span{Kind: kind, From: int64(at), To: int64(at + len(p.sound)), Text: p.text}
	for _, w := range p.words {
		span.Words = append(span.Words, score.Word{Text: w.Text, From: w.From + int64(at), To: w.To + int64(at)})
	}
	s.Truth.Spans = append(s.Truth.Spans, span)
	return nil
}

func (m *Maker) turn(ctx context.Context, s *scene) error {
	if err := m.say(ctx, s, s.d.samples(leadLow, leadHigh), score.Turn); err != nil {
		return err
	}
	s.speech = append(s.speech, newSound((tail-speakTail)*rate/1000)...)
	return nil
}

// greeting is how a call that we made is answered.
func (m *Maker) greeting(ctx context.Context, s *scene) error {
	s.Truth.Answerer = score.Answerer(s.Class.Who)
	if err := m.say(ctx, s, s.d.samples(150, 1100), score.Turn); err != nil {
		return err
	}
	if s.Truth.Answerer == score.Machine && s.d.chance(0.75) {
		s.speech.add(len(s.speech)-s.d.samples(700, 1300), beep(params{s.d, halves[s.Part]}), 1)
	}
	s.speech = append(s.speech, newSound((tail-speakTail)*rate/1000)...)
	return nil
}

// burst is a sound of the item's family, as loud as speech or nearly so.
func (s *scene) burst(p *Plan, at int) {
	f := p.Bursts[s.Part][s.Burst]
	name := pick(s.d, sortedKeys(f.Mix))
	b := bursts[name](params{s.d, f.Span}).trimmed().level(speechLevel + f.Mix[name] + s.d.between(-5, 4))
	s.things = newSound(len(s.speech))
	s.things.add(at, b, 1)
	s.nothing(at, min(at+len(b), len(s.speech)))
}

// others are heard for a while, farther from the telephone than its owner:
// many at once, or one voice that can be understood.
func (s *scene) others(at int) {
	p := params{s.d, halves[s.Part]}
	n := s.d.samples(1200, 3000)
	var b sound
	switch kind := s.d.IntN(3); {
	case s.Class.Is == "babble":
		b = babble(p, n, 3+s.d.IntN(5), s.other)
	case kind == 0:
		b = babble(p, n, 1, s.other)
	case kind == 1:
		b = tv(p, n, s.other)
	default:
		b = announce(p, n, s.other)
	}
	b = b.fade(n/10, n/10).trimmed().level(speechLevel + s.d.between(-24, -10))
	s.things = newSound(len(s.speech))
	s.things.add(at, b, 1)
	s.nothing(at, at+len(b))
}

// keys are digits that the caller presses while the robot speaks. A tone is
// taken out of the audio, but its beginning has often passed by then.
func (s *scene) keys(at int) {
	s.things = newSound(len(s.speech))
	from := at
	for range 1 + s.d.IntN(4) {
		key, length := "0123456789*#"[s.d.IntN(12)], s.d.samples(100, 160)
		var t tone.Digit
		t.Press(key, s.d.samples(0, 60), rate)
		pcm := make([]int16, length)
		t.Fill(pcm)
		for i, v := range pcm[:min(length, len(s.things)-at)] {
			s.things[at+i] += float64(v) / 32768
		}
		s.Digits = append(s.Digits, Digit{From: int64(at + rate*60/1000), At: int64(at + length), Tone: key})
		at += length + s.d.samples(80, 400)
	}
	s.nothing(from, at)
}
