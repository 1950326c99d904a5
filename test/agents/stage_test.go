package agents

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"parley/call"
	"parley/ivr"
	"parley/ivr/agent"
	"parley/ivr/flow"
	"parley/speech"
	"parley/voice/turn"
)

// stage plays one conversation between the turn machine, a flow of agents and
// a caller who does anything at any time. Time is virtual. What must never
// happen is checked while it goes on.
type stage struct {
	*testing.T
	dice  *rand.Rand
	cfg   turn.Config
	state turn.State
	conv  *ivr.Conversation
	model *model
	start time.Time

	replies sync.WaitGroup
	cancel  map[int]context.CancelFunc

	mu        sync.Mutex
	answers   []turn.Answer
	committed map[int]bool
	cancelled map[int]bool
	asked     map[int]bool

	playing []*line
	news    []func() // of lines that are over, on their way
	texts   []turn.Heard
	heard   map[string]bool // words of the robot's that were played
	words   int             // of the caller's so far
	partial string          // what is understood of the open utterance
	adopted int             // answers that were worked out ahead and used
	talking int             // frames that the caller goes on talking
	voice   turn.Voice
	finish  *turn.Finish
	end     map[int]bool // epochs whose End or Transfer was delivered
}

type line struct {
	epoch, number int
	words         []string
	frames        int // played
	started       bool
}

// framesPerWord is how long a word takes to say.
const framesPerWord = 8

type epochKey struct{}

func newStage(t *testing.T, seed uint64) *stage {
	f, problems := flow.Parse([]byte(script), flow.World{Templates: agent.Templates()})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	s := &stage{
		T: t, dice: rand.New(rand.NewPCG(seed, 4)), cfg: turn.Defaults(), start: time.Now(),
		cancel: map[int]context.CancelFunc{}, committed: map[int]bool{}, cancelled: map[int]bool{}, asked: map[int]bool{},
		heard: map[string]bool{}, end: map[int]bool{},
	}
	s.model = &model{stage: s, dice: rand.New(rand.NewPCG(seed, 5))}
	s.conv = ivr.NewConversation(f, call.Info{Caller: "100"}, call.NewJournal(time.Now()), ivr.Agents{
		Agent: agent.New(agent.Defaults(), s.model), Model: func(string) speech.Model { return s.model },
	})
	return s
}

func (s *stage) now() time.Duration { return time.Since(s.start) }

func (s *stage) step(e turn.Event) {
	state, effects := s.cfg.Step(s.state, e, s.now())
	s.state = state
	for _, f := range effects {
		s.apply(f)
	}
}

func (s *stage) apply(f turn.Effect) {
	switch f := f.(type) {
	case turn.StopUtterance:
		s.texts = append(s.texts, s.text(f.Utterance))
	case turn.Ask:
		s.ask(f)
	case turn.Say:
		s.say(f)
	case turn.Adopt:
		s.adopted++
	case turn.Cancel:
		s.silence(f.Epoch)
	case turn.Commit:
		if s.cancelled[f.Epoch] {
			s.Errorf("cancelled epoch %d became real", f.Epoch)
		}
		s.mu.Lock()
		s.committed[f.Epoch] = true
		s.mu.Unlock()
		s.conv.Commit(f.Epoch)
	case turn.Transfer:
		s.real(f.Epoch, "transfer")
		back := turn.Transferred{Epoch: f.Epoch, Result: speech.TransferResult{End: "busy"}}
		s.news = append(s.news, func() { s.step(back) })
	case turn.Finish:
		s.finish = &f
		if f.End.Reason == "bye" || f.End.Reason == "first" {
			s.real(0, "end")
		}
	}
}

// real fails if nothing that leaves the conversation is part of a real answer.
func (s *stage) real(epoch int, what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for e := range s.end {
		if s.committed[e] && (epoch == 0 || e == epoch) {
			return
		}
	}
	s.Errorf("%s of epoch %d by an answer that nobody heard: ends %v, real %v", what, epoch, s.end, s.committed)
}

func (s *stage) ask(a turn.Ask) {
	ctx, cancel := context.WithCancel(context.WithValue(s.Context(), epochKey{}, a.Epoch))
	s.cancel[a.Epoch] = cancel
	s.asked[a.Epoch] = true
	s.replies.Go(func() {
		over := false
		err := s.conv.Reply(ctx, a.Epoch, a.Input, func(step speech.Answer) error {
			s.mu.Lock()
			defer s.mu.Unlock()
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			over = over || step.Line == nil
			if step.End != nil || step.Transfer != nil {
				s.end[a.Epoch] = true
			}
			s.answers = append(s.answers, turn.Answer{Epoch: a.Epoch, Answer: step})
			return nil
		})
		if ctx.Err() == nil && (err != nil || !over) {
			s.Errorf("the answer of epoch %d to %+v ended with %v, over: %v", a.Epoch, a.Input, err, over)
		}
	})
}

func (s *stage) say(f turn.Say) {
	if s.cancelled[f.Epoch] {
		s.Errorf("a line of cancelled epoch %d was handed to the voice", f.Epoch)
	}
	if strings.ContainsAny(f.What.Text, "#{}") || strings.Contains(f.What.Text, "Leave") {
		s.Errorf("a command is spoken: %q", f.What.Text)
	}
	s.playing = append(s.playing, &line{epoch: f.Epoch, number: f.Line, words: strings.Fields(f.What.Text)})
}

// silence takes an epoch's lines away, and tells what was heard of the one
// that was being played.
func (s *stage) silence(epoch int) {
	s.cancelled[epoch] = true
	if cancel := s.cancel[epoch]; cancel != nil {
		cancel()
	}
	var kept []*line
	for _, l := range s.playing {
		if l.epoch > epoch {
			kept = append(kept, l)
		} else if l.started {
			s.listenTo(l, l.words[:min(len(l.words), l.frames/framesPerWord)])
		}
	}
	s.playing = kept
}

func (s *stage) listenTo(l *line, words []string) {
	s.hears(words)
	s.conv.Heard(l.epoch, strings.Join(words, " "))
}

func (s *stage) hears(words []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range words {
		s.heard[w] = true
	}
}

// play lets 20 ms of the robot's voice pass. News of it may take a while.
func (s *stage) play() {
	if len(s.playing) == 0 || s.state.Floor == turn.FloorHeld {
		return
	}
	l := s.playing[0]
	if !l.started {
		l.started = true
		s.tell(func() { s.step(turn.LineStarted{Epoch: l.epoch, Line: l.number}) })
	}
	if l.frames++; l.frames >= framesPerWord*len(l.words) {
		s.playing = s.playing[1:]
		s.hears(l.words)
		s.tell(func() {
			s.conv.Heard(l.epoch, strings.Join(l.words, " "))
			s.step(turn.LineDone{Epoch: l.epoch, Line: l.number})
		})
	}
}

func (s *stage) tell(news func()) { s.news = append(s.news, news) }

// text is what the recogniser makes of an utterance.
func (s *stage) text(utterance int) turn.Heard {
	if s.dice.IntN(8) == 0 {
		return turn.Heard{Utterance: utterance, Final: true}
	}
	if said := s.partial; said != "" && s.dice.IntN(3) > 0 {
		s.partial = ""
		return turn.Heard{Utterance: utterance, Text: said, Final: true} // as it seemed
	}
	s.partial = ""
	s.words++
	return turn.Heard{Utterance: utterance, Text: fmt.Sprintf("caller%d", s.words), Final: true}
}

// frame lets 20 ms pass for everybody.
func (s *stage) frame() {
	time.Sleep(turn.FrameTime)
	synctest.Wait()
	s.checkIdle()
	if s.dice.IntN(4) > 0 {
		s.hand()
	}
	if s.dice.IntN(3) > 0 {
		news := s.news
		s.news = nil
		for _, n := range news {
			n()
		}
	}
	if len(s.texts) > 0 && s.dice.IntN(5) == 0 {
		h := s.texts[0]
		s.texts = s.texts[1:]
		s.step(h)
	}
	s.caller()
	s.play()
}

// hand gives the machine what the program has answered meanwhile.
func (s *stage) hand() {
	s.mu.Lock()
	answers := s.answers
	s.answers = nil
	s.mu.Unlock()
	for _, a := range answers {
		s.step(a)
	}
}

// caller talks, pauses, keys, hums.
func (s *stage) caller() {
	if s.talking--; s.talking < 0 {
		s.talking = 5 + s.dice.IntN(90)
		s.voice = []turn.Voice{turn.Silent, turn.Silent, turn.Clear, turn.Likely}[s.dice.IntN(4)]
	}
	s.step(turn.Frame{Voice: s.voice})
	if s.state.Open && s.voice == turn.Clear && s.dice.IntN(20) == 0 {
		s.words++
		s.partial = fmt.Sprintf("caller%d wait stop.", s.words)
		s.step(turn.Heard{Utterance: s.state.Utterance, Text: s.partial})
	}
	if s.dice.IntN(400) == 0 {
		s.step(turn.Digit{Tone: "0123456789#"[s.dice.IntN(11)]})
	}
}

// checkIdle: an answer that was cancelled works no more.
func (s *stage) checkIdle() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for epoch := range s.model.busy {
		if s.cancelled[epoch] {
			s.Errorf("cancelled epoch %d still asks the model", epoch)
		}
	}
}
