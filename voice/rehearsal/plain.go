package rehearsal

import (
	"context"
	"time"

	"parley/media"
	"parley/media/apm"
	"parley/voice/corpus"
	"parley/voice/score"
)

// What the plain loop goes by.
const (
	plainEnd   = 700 * time.Millisecond // silence that ends a turn
	plainCut   = 500 * time.Millisecond // voice that cuts the robot
	plainStart = 200 * time.Millisecond // voice that begins a turn
	plainBreak = 200 * time.Millisecond // silence after which voice counts anew
	// A greeting that is longer is a machine's, one that is shorter and has
	// been followed by silence a person's.
	plainGreeting = 1800 * time.Millisecond
	plainSilence  = 800 * time.Millisecond
)

// plain is a loop as it is usually built: a voice detector, a fixed silence,
// a fixed length of voice. It is what Parley's is compared with.
type plain struct {
	wire    *wire
	log     score.Log
	pause   time.Duration // before the robot speaks
	playing []int16
	voiced  time.Duration // in a row, short breaks included
	silence time.Duration
	talking bool
	from    int64
	greeted time.Duration
}

// Plain runs the plain loop on a take.
func Plain(_ context.Context, t *corpus.Take) (Performance, error) {
	detector, err := apm.New(apm.Config{Rate: score.Rate, Noise: apm.NoiseOff, Voice: apm.Low, HighPass: true})
	if err != nil {
		return Performance{}, err
	}
	defer detector.Close()
	p := &plain{wire: newWire(t), playing: t.Sounds[t.Line], pause: t.Pause}
	var heard []int16
	frame := make([]int16, score.Frame)
	for {
		mark := p.wire.ReadFrame(frame)
		if mark == media.End {
			break
		}
		heard = append(heard, frame...)
		p.judge(detector.Process(frame).Voice(), mark == media.Gap)
		p.greeting()
		p.play(frame)
	}
	p.log.Robot, p.log.From, p.log.Deaf = p.wire.robot, robotFrom, true
	return Performance{Log: p.log, Caller: heard}, nil
}

// judge takes one frame.
func (p *plain) judge(voice, gap bool) {
	at := p.wire.position()
	switch {
	case gap, p.pause > 0:
		return
	case voice:
		p.voiced += media.FrameTime
		p.silence = 0
	default:
		if p.silence += media.FrameTime; p.silence >= plainBreak {
			p.voiced = 0
		}
	}
	if len(p.playing) > 0 {
		if p.voiced < plainCut {
			return
		}
		p.playing = nil
	}
	if !p.talking && p.voiced >= plainStart {
		p.talking, p.from = true, max(at-int64((p.voiced+300*time.Millisecond)*score.Rate/time.Second), 0)
	}
	if p.talking && p.silence >= plainEnd {
		p.talking = false
		p.log.Utterances = append(p.log.Utterances, score.Utterance{From: p.from, To: at})
		p.log.Requests = append(p.log.Requests, score.Request{At: at})
		p.playing = p.wire.take.Sounds[p.wire.take.Answer]
	}
}

// greeting decides by length alone who answered.
func (p *plain) greeting() {
	if len(p.log.Verdicts) > 0 {
		return
	}
	if p.voiced > 0 && p.silence == 0 {
		p.greeted = p.voiced
	}
	switch {
	case p.greeted >= plainGreeting:
		p.log.Verdicts = append(p.log.Verdicts, score.Verdict{At: p.wire.position(), Who: score.Machine})
	case p.greeted > 0 && p.silence >= plainSilence:
		p.log.Verdicts = append(p.log.Verdicts, score.Verdict{At: p.wire.position(), Who: score.Person})
	}
}

// play sends the robot's next frame.
func (p *plain) play(frame []int16) {
	if p.pause -= media.FrameTime; len(p.playing) == 0 || p.pause > 0 {
		p.wire.WriteFrame(nil)
		return
	}
	clear(frame)
	p.playing = p.playing[copy(frame, p.playing):]
	p.wire.WriteFrame(frame)
}
