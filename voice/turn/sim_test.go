package turn

import (
	"fmt"
	"strings"
	"time"

	"parley/speech"
)

// sim is a shell without sockets: it plays the program, the voice and the
// recogniser of a conversation in virtual time, and keeps what happened.
type sim struct {
	t   tester
	cfg Config
	s   State
	now time.Duration

	// reply answers an Ask; nil answers with one line and listens.
	reply func(Ask) []speech.Answer
	// hear is the final text of the open utterance; each StopUtterance takes
	// the next, and the last one stays.
	hear []string
	// manual leaves recognition, answers or playback to the test.
	manualHear, manualReply, manualPlay bool
	// lineTime is how long a line plays.
	lineTime time.Duration

	playing []playing
	ended   map[int]bool // epochs that were cancelled
	log     []string
	asks    []Ask
	commits []int
	turnOf  map[int]int
	finish  *Finish
}

type playing struct {
	epoch, line int
	left        time.Duration
	started     bool
}

// tester is what testing.T and rapid.T have in common.
type tester interface {
	Helper()
	Errorf(string, ...any)
	Fatalf(string, ...any)
	Fatal(...any)
}

func newSim(t tester) *sim {
	return &sim{
		t: t, cfg: Defaults(), hear: []string{"hello"}, lineTime: time.Second,
		ended: map[int]bool{}, turnOf: map[int]int{},
	}
}

func (v *sim) send(e Event) {
	v.t.Helper()
	before := v.s.Epoch
	s, effects := v.cfg.Step(v.s, e, v.now)
	if s.Epoch < before {
		v.t.Fatalf("epoch fell from %d to %d on %#v", before, s.Epoch, e)
	}
	if s.Call != Over && s.Deadline == 0 {
		v.t.Fatalf("state %s/%s/%s has no timer after %#v", s.Call, s.Agent, s.User, e)
	}
	v.s = s
	for _, f := range effects {
		v.apply(f)
	}
}

func (v *sim) apply(f Effect) {
	v.t.Helper()
	v.log = append(v.log, describe(f))
	switch f := f.(type) {
	case StopUtterance:
		text := v.hear[0]
		if len(v.hear) > 1 {
			v.hear = v.hear[1:]
		}
		if !v.manualHear {
			v.send(Heard{Utterance: f.Utterance, Text: text, Final: true})
		}
	case Ask:
		v.asks = append(v.asks, f)
		v.turnOf[f.Epoch] = f.Turn
		if !v.manualReply {
			v.answer(f)
		}
	case Say:
		if v.ended[f.Epoch] {
			v.t.Fatalf("line of cancelled epoch %d was handed to the voice", f.Epoch)
		}
		v.playing = append(v.playing, playing{epoch: f.Epoch, line: f.Line, left: v.lineTime})
	case Cancel:
		v.ended[f.Epoch] = true
		v.playing = nil
	case Commit:
		if v.ended[f.Epoch] {
			v.t.Fatalf("cancelled epoch %d was committed", f.Epoch)
		}
		v.commits = append(v.commits, f.Epoch)
	case Finish:
		v.finish = &f
	}
}

func (v *sim) answer(a Ask) {
	steps := []speech.Answer{{Line: &speech.Line{Text: "answer"}}, {Listen: &speech.Hearing{}}}
	if v.reply != nil {
		steps = v.reply(a)
	}
	for _, s := range steps {
		v.send(Answer{Epoch: a.Epoch, Answer: s})
	}
}

// frame lets 20 ms pass, of the caller's audio and of playback.
func (v *sim) frame(f Frame) {
	v.t.Helper()
	v.now += FrameTime
	v.send(f)
	if v.manualPlay || len(v.playing) == 0 {
		return
	}
	p := &v.playing[0]
	if !p.started {
		p.started = true
		v.send(LineStarted{Epoch: p.epoch, Line: p.line})
		return
	}
	if p.left -= FrameTime; p.left <= 0 {
		done := *p
		v.playing = v.playing[1:]
		v.send(LineDone{Epoch: done.epoch, Line: done.line})
	}
}

func (v *sim) frames(d time.Duration, voice Voice) {
	v.t.Helper()
	for ; d > 0; d -= FrameTime {
		v.frame(Frame{Voice: voice})
	}
}

func (v *sim) talk(d time.Duration)  { v.t.Helper(); v.frames(d, Clear) }
func (v *sim) noise(d time.Duration) { v.t.Helper(); v.frames(d, Likely) }
func (v *sim) quiet(d time.Duration) { v.t.Helper(); v.frames(d, Silent) }
func (v *sim) gap(d time.Duration) {
	for ; d > 0; d -= FrameTime {
		v.frame(Frame{Gap: true})
	}
}

// begin starts the conversation and lets the opening play to its end.
func (v *sim) begin() {
	v.t.Helper()
	v.send(Begin{})
	for i := 0; v.s.Agent != Listening || v.s.Call == Opening; i++ {
		if i > 1000 {
			v.t.Fatal("the opening does not end")
		}
		v.quiet(FrameTime)
	}
	v.log = nil
}

func (v *sim) logged(part string) bool {
	return strings.Contains(strings.Join(v.log, "\n"), part)
}

func (v *sim) want(parts ...string) {
	v.t.Helper()
	for _, p := range parts {
		if !v.logged(p) {
			v.t.Errorf("want %q in the log:\n%s", p, strings.Join(v.log, "\n"))
		}
	}
}

func (v *sim) wantNot(parts ...string) {
	v.t.Helper()
	for _, p := range parts {
		if v.logged(p) {
			v.t.Errorf("do not want %q in the log:\n%s", p, strings.Join(v.log, "\n"))
		}
	}
}

func (v *sim) wantState(c CallState, a AgentState, u UserState) {
	v.t.Helper()
	if v.s.Call != c || v.s.Agent != a || v.s.User != u {
		v.t.Errorf("state %s/%s/%s, want %s/%s/%s", v.s.Call, v.s.Agent, v.s.User, c, a, u)
	}
}

func describe(f Effect) string {
	switch f := f.(type) {
	case StartUtterance:
		return fmt.Sprintf("start utterance %d look-back %s", f.Utterance, f.LookBack)
	case StopUtterance:
		return fmt.Sprintf("stop utterance %d", f.Utterance)
	case AbandonUtterance:
		return fmt.Sprintf("abandon utterance %d", f.Utterance)
	case Ask:
		ahead := ""
		if f.Ahead {
			ahead = " ahead"
		}
		return fmt.Sprintf("ask epoch %d turn %d text=%q digits=%q begin=%v%s%s", f.Epoch, f.Turn, f.Input.Text, f.Input.Digits, f.Input.Begin, back(f.Input), ahead)
	case Say:
		return fmt.Sprintf("say epoch %d line %d %q", f.Epoch, f.Line, f.What.Text)
	case Cancel:
		return fmt.Sprintf("cancel epoch %d cut=%v", f.Epoch, f.Cut)
	case Adopt:
		return fmt.Sprintf("adopt epoch %d turn %d text=%q", f.Epoch, f.Turn, f.Input.Text)
	case Murmur:
		return fmt.Sprintf("murmur %q", f.Text)
	case Fill:
		return fmt.Sprintf("fill epoch %d %q", f.Epoch, f.Text)
	case Level:
		return fmt.Sprintf("level epoch %d %s", f.Epoch, f.Floor)
	case Commit:
		return fmt.Sprintf("commit epoch %d", f.Epoch)
	case Transfer:
		return fmt.Sprintf("transfer epoch %d to %s", f.Epoch, f.What.Target)
	case Finish:
		return fmt.Sprintf("finish %s %s", f.End.Action, f.End.Reason)
	case Note:
		return fmt.Sprintf("note %s: %s", f.Kind, f.Reason)
	}
	return "unknown effect"
}

func back(in speech.Input) string {
	if in.Transfer == nil {
		return ""
	}
	return " back=" + in.Transfer.End
}
