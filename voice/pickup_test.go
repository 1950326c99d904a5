package voice

import (
	"math"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"parley/call"
	"parley/voice/answer"
)

// asked is a script that is told who answers.
type asked struct {
	*script
	told []string
}

func (a *asked) AnsweredBy(who string) { a.told = append(a.told, who) }

// outbound is a bench of a call that we have made.
func outbound(t *testing.T, lines ...string) (*bench, *asked) {
	b := newBench(t, lines...)
	b.direction = call.Outbound
	a := &asked{script: b.program}
	b.other = a
	return b, a
}

func (b *bench) verdicts() (who []string) {
	for _, e := range b.journal.Events() {
		if e.Kind == call.KindAnswer {
			who = append(who, e.Text)
		}
	}
	return who
}

// sine is half a second of a tone.
func sine(hz float64) []int16 {
	pcm := make([]int16, rate/2)
	for i := range pcm {
		pcm[i] = int16(8000 * math.Sin(2*math.Pi*hz*float64(i)/rate))
	}
	return pcm
}

// TestAPersonIsLetFinishHisHello: then the conversation begins, and what he said
// stands in the transcript.
func TestAPersonIsLetFinishHisHello(t *testing.T) {
	hello := phrase(t, "hello peter miller speaking")
	synctest.Test(t, func(t *testing.T) {
		b, told := outbound(t, "good morning", "fine")
		b.parrot.texts = []string{"hello peter miller speaking"}
		b.start()
		b.pass(800 * time.Millisecond)
		b.speak(hello)
		if n := b.wire.robotFrames(0); n > 0 || len(told.asked) > 0 {
			t.Fatalf("the robot has spoken %d frames into his greeting", n)
		}
		b.pass(2 * time.Second)
		if b.wire.robotFrames(0) == 0 || !slices.Equal(told.told, []string{"human"}) {
			t.Errorf("the robot was told of %v and says nothing", told.told)
		}
		b.hangUp()
		lines := b.said()
		if len(lines) < 2 || lines[0].Text != "hello peter miller speaking" || lines[0].Speaker != call.SpeakerCaller || lines[1].Text != "good morning" {
			t.Errorf("%+v", lines)
		}
	})
}

// TestAMachineIsHungUpOn: the record says why.
func TestAMachineIsHungUpOn(t *testing.T) {
	greeting := phrase(t, "hello you have reached the miller family please leave a message after the tone")
	synctest.Test(t, func(t *testing.T) {
		b, _ := outbound(t, "good morning")
		b.parrot.partial = "hello you have reached the miller family"
		b.start()
		b.pass(time.Second)
		b.speak(greeting)
		<-b.done
		if b.end == nil || b.end.Reason != "machine" || b.end.Action != call.OutcomeHangup || b.wire.robotFrames(0) > 0 {
			t.Errorf("the end is %+v, %v", b.end, b.verdicts())
		}
	})
}

// TestAMessageIsLeftAfterTheBeep: all of it, and none before.
func TestAMessageIsLeftAfterTheBeep(t *testing.T) {
	greeting := phrase(t, "hello you have reached the miller family please leave a message after the tone")
	synctest.Test(t, func(t *testing.T) {
		b, told := outbound(t, "good morning")
		b.cfg.Answer.OnMachine, b.cfg.Answer.Message = answer.Message, "please call us back"
		b.parrot.partial = "hello you have reached the miller family"
		b.start()
		b.pass(time.Second)
		b.speak(greeting)
		b.pass(600 * time.Millisecond)
		b.speak(sine(1000))
		if n := b.wire.robotFrames(0); n > 0 {
			t.Fatalf("%d frames before the end of the beep", n)
		}
		b.pass(3 * time.Second)
		<-b.done
		var said []string
		for _, l := range b.said() {
			if l.Speaker == call.SpeakerRobot {
				said = append(said, l.Text)
			}
		}
		if !slices.Equal(said, []string{"please call us back"}) || b.end == nil || b.end.Reason != "message" || len(told.asked) > 0 {
			t.Errorf("the robot said %q and ends with %+v", said, b.end)
		}
		if !slices.Equal(b.verdicts(), []string{"machine", "beep"}) {
			t.Errorf("%v", b.verdicts())
		}
	})
}

// TestEarlyMediaIsListenedTo: but nothing is said before the answer, and what
// was heard before it counts no more.
func TestEarlyMediaIsListenedTo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, told := outbound(t, "good morning")
		b.answered = make(chan struct{})
		b.start()
		b.pass(20 * time.Second)
		if len(b.verdicts()) > 0 || b.wire.robotFrames(0) > 0 {
			t.Fatalf("%v while it rings", b.verdicts())
		}
		close(b.answered)
		b.pass(8 * time.Second)
		if !slices.Equal(told.told, []string{"silence"}) || b.wire.robotFrames(0) == 0 {
			t.Errorf("told of %v; %d frames", told.told, b.wire.robotFrames(0))
		}
		b.hangUp()
	})
	synctest.Test(t, func(t *testing.T) {
		b, _ := outbound(t, "good morning")
		b.answered = make(chan struct{})
		b.start()
		var busy []int16
		for range 4 {
			busy = append(append(busy, sine(425)[:rate/4]...), make([]int16, rate/4)...)
		}
		b.speak(busy)
		<-b.done
		if b.end == nil || b.end.Reason != "network" {
			t.Errorf("%+v after a busy tone", b.end)
		}
	})
}

// TestAPersonWhoIsWaitedForMayHangUp: before the conversation begins, too.
func TestAPersonWhoIsWaitedForMayHangUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, _ := outbound(t, "good morning")
		b.start()
		b.pass(time.Second)
		b.hangUp()
		if b.end != nil || len(b.program.asked) > 0 {
			t.Errorf("%+v", b.end)
		}
	})
}

// TestWaitingHasAnEnd: for somebody who does not come, and for an answer.
func TestWaitingHasAnEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, _ := outbound(t, "good morning")
		b.cfg.Answer.OnSilence, b.cfg.Answer.Watch = answer.Wait, 3*time.Second
		b.start()
		b.pass(9 * time.Second)
		<-b.done
		if b.end == nil || b.end.Reason != "silence" || b.wire.robotFrames(0) > 0 {
			t.Errorf("%+v", b.end)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		b, _ := outbound(t, "good morning")
		b.cfg.Answer.MaxAlert = 2 * time.Second
		b.answered = make(chan struct{})
		b.start()
		b.pass(3 * time.Second)
		<-b.done
		if b.end == nil || b.end.Reason != "unknown" || b.wire.robotFrames(0) > 0 {
			t.Errorf("%+v", b.end)
		}
	})
}
