package turn

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"parley/speech"
)

// TestRandomSchedules drives the machine with every kind of event in every
// order, early, late, twice and after cancels, and checks what must always
// hold. sim itself fails on a line or a commit of a cancelled epoch, on an
// epoch that falls and on a state without a timer.
func TestRandomSchedules(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		v := newSim(rt)
		v.manualHear, v.manualReply, v.manualPlay = true, true, true
		v.cfg.Accumulate = rapid.Bool().Draw(rt, "accumulate")
		v.cfg.Pause = rapid.SampledFrom([]time.Duration{0, 100 * ms}).Draw(rt, "pause")
		v.send(Begin{})
		for range rapid.IntRange(1, 150).Draw(rt, "steps") {
			randomEvent(rt, v)
			checkInvariants(rt, v)
		}
		checkEnds(rt, v)
	})
}

func randomEvent(rt *rapid.T, v *sim) {
	epoch := v.s.Epoch - rapid.SampledFrom([]int{0, 0, 0, 1, 2}).Draw(rt, "age")
	boom := errors.New("boom")
	switch rapid.IntRange(0, 13).Draw(rt, "event") {
	case 0, 1, 2:
		voice := Voice(rapid.IntRange(0, 2).Draw(rt, "voice"))
		v.frames(time.Duration(rapid.IntRange(1, 45).Draw(rt, "frames"))*FrameTime, voice)
	case 3:
		v.gap(time.Duration(rapid.IntRange(1, 50).Draw(rt, "gap")) * FrameTime)
	case 4:
		v.send(Digit{rapid.SampledFrom([]byte("0123456789*#")).Draw(rt, "digit")})
	case 5:
		v.send(Heard{
			Utterance: v.s.Utterance - rapid.IntRange(0, 2).Draw(rt, "old"),
			Text:      rapid.SampledFrom([]string{"", "yes", "no"}).Draw(rt, "text"),
			Final:     rapid.Bool().Draw(rt, "final"),
			Err:       rapid.SampledFrom([]error{nil, nil, nil, boom}).Draw(rt, "err"),
		})
	case 6, 7:
		v.send(Answer{Epoch: epoch, Answer: rapid.SampledFrom([]speech.Answer{
			line("one"), line("two"), firm("three"),
			listen(speech.Hearing{}),
			listen(speech.Hearing{Digits: &speech.DigitCollect{Max: 3, End: '#'}}),
			listen(speech.Hearing{NoSpeech: true, Digits: &speech.DigitCollect{}}),
			end("done"), transfer(false), transfer(true),
		}).Draw(rt, "answer")})
	case 8:
		v.send(AnswerFailed{Epoch: epoch, Err: boom})
	case 9:
		playSome(rt, v, boom)
	case 10:
		v.now += time.Duration(rapid.IntRange(0, 20000).Draw(rt, "ms")) * ms
		v.send(Timer{})
	case 11:
		v.send(TransferAnswered{Epoch: v.s.Sent - rapid.IntRange(0, 1).Draw(rt, "old")})
	case 12:
		v.send(Transferred{Epoch: v.s.Sent - rapid.IntRange(0, 1).Draw(rt, "old"), Result: speech.TransferResult{End: "busy"}})
	case 13:
		if rapid.IntRange(0, 30).Draw(rt, "gone") == 0 {
			v.send(Gone{})
		}
	}
}

// playSome lets the voice move on by one step, or speak of a line that it
// does not have.
func playSome(rt *rapid.T, v *sim, boom error) {
	if len(v.playing) == 0 || rapid.IntRange(0, 9).Draw(rt, "stray") == 0 {
		v.send(LineDone{Epoch: v.s.Epoch, Line: rapid.IntRange(0, 3).Draw(rt, "line")})
		return
	}
	p := &v.playing[0]
	switch rapid.IntRange(0, 4).Draw(rt, "play") {
	case 0:
		i := rapid.IntRange(0, len(v.playing)-1).Draw(rt, "failing")
		bad := v.playing[i]
		v.playing = append(v.playing[:i:i], v.playing[i+1:]...)
		v.send(LineFailed{Epoch: bad.epoch, Line: bad.line, Err: boom})
	case 1, 2:
		if !p.started {
			p.started = true
			v.send(LineStarted{Epoch: p.epoch, Line: p.line})
		}
	default:
		if p.started {
			done := *p
			v.playing = v.playing[1:]
			v.send(LineDone{Epoch: done.epoch, Line: done.line})
		}
	}
}

func checkInvariants(rt *rapid.T, v *sim) {
	// One answer a turn is real, whatever was asked for and dropped.
	committed := map[int]int{}
	for _, epoch := range v.commits {
		turn := v.turnOf[epoch]
		if committed[turn]++; committed[turn] > 1 {
			rt.Fatalf("turn %d was answered twice", turn)
		}
	}
	for i := 1; i < len(v.asks); i++ {
		if v.asks[i].Epoch <= v.asks[i-1].Epoch || v.asks[i].Turn < v.asks[i-1].Turn {
			rt.Fatalf("ask %+v after %+v", v.asks[i], v.asks[i-1])
		}
	}
	s := v.s
	switch {
	case !legal(s):
		rt.Fatalf("state %s/%s/%s cannot be", s.Call, s.Agent, s.User)
	case s.Done > s.Lines:
		rt.Fatalf("%d of %d lines are done", s.Done, s.Lines)
	case s.Agent == Listening && (s.Lines > 0 || s.Started):
		rt.Fatalf("listening while %d lines of an answer are out", s.Lines)
	case s.Agent == Speaking && !s.Started:
		rt.Fatal("speaking before anything was heard")
	case s.Open && s.User != Talking && s.User != Pausing:
		rt.Fatalf("the recogniser listens while the user is %s", s.User)
	case s.Call == Away && (s.Sent == 0 || s.Open || len(s.Fragments) > 0):
		rt.Fatalf("away, and still: %+v", s)
	case s.Call == Closing && s.Agent != Speaking:
		rt.Fatalf("closing while the agent is %s", s.Agent)
	case len(s.Digits) >= maxDigits || len(s.Typed) > maxDigits:
		rt.Fatalf("digits pile up: %q %q", s.Digits, s.Typed)
	}
}

// checkEnds lets nothing but time pass: every state leads to the end.
func checkEnds(rt *rapid.T, v *sim) {
	for i := 0; v.s.Call != Over; i++ {
		if i > 50 {
			rt.Fatalf("%s/%s/%s never ends", v.s.Call, v.s.Agent, v.s.User)
		}
		v.now = max(v.now, v.s.Deadline)
		v.send(Timer{})
	}
}

// TestSilenceLeadsToTheEnd: with a caller who says nothing and a program that
// answers, the conversation ends by itself.
func TestSilenceLeadsToTheEnd(t *testing.T) {
	v := newSim(t)
	v.send(Begin{})
	v.quiet(2 * time.Minute)
	if v.finish == nil || v.finish.End.Reason != "no-response" {
		t.Fatalf("finish %+v", v.finish)
	}
}

// TestStepDoesNotChangeTheStateItIsGiven: replay depends on it.
func TestStepDoesNotChangeTheStateItIsGiven(t *testing.T) {
	v := newSim(t)
	v.begin()
	v.manualHear = true
	v.talk(400 * ms)
	v.quiet(700 * ms)
	before := v.s
	fragment := before.Fragments[0]
	first, _ := v.cfg.Step(before, Heard{Utterance: 1, Text: "one", Final: true}, v.now)
	second, _ := v.cfg.Step(before, Heard{Utterance: 1, Text: "one", Final: true}, v.now)
	if before.Fragments[0] != fragment {
		t.Error("the given state's fragments changed")
	}
	if first.Asked != second.Asked || first.Epoch != second.Epoch {
		t.Error("the same step gave two results")
	}
}
