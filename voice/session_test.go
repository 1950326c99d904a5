package voice

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"parley/call"
	"parley/media"
	"parley/speech"
	"parley/voice/turn"
)

func TestAConversation(t *testing.T) {
	question := phrase(t, "when are you open")
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "hello there", "we open at nine", "goodbye")
		b.program.end = "done"
		b.parrot.texts = []string{"when are you open", "thank you"}
		b.start()
		b.pass(time.Second)
		b.speak(question)
		b.pass(2 * time.Second)
		b.speak(question)
		b.pass(1500 * time.Millisecond)
		<-b.done
		if b.end == nil || b.end.Reason != "done" || b.err != nil {
			t.Fatalf("end %+v, err %v", b.end, b.err)
		}
		var got []string
		for _, l := range b.said() {
			got = append(got, string(l.Speaker)+": "+l.Text)
		}
		want := "robot: hello there|caller: when are you open|robot: we open at nine|caller: thank you|robot: goodbye"
		if strings.Join(got, "|") != want {
			t.Errorf("transcript %q", got)
		}
		if heard := strings.Join(b.program.heard, "|"); heard != "hello there|we open at nine|goodbye" {
			t.Errorf("heard %q", heard)
		}
		// 250 ms a word: 2 + 4 + 1 words.
		if n := b.wire.robotFrames(0); n != (2+4)*25/2+13 {
			t.Errorf("%d frames of the robot's voice, want 88", n)
		}
		if b.parrot.samples[0] < len(question)*9/10+rate*3/10 {
			t.Errorf("the recogniser got %d samples of %d and a look-back of %d", b.parrot.samples[0], len(question), rate*3/10)
		}
	})
}

func TestStagesOfATurn(t *testing.T) {
	question := phrase(t, "when are you open")
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "hello", "we open at nine")
		b.parrot.texts = []string{"when are you open"}
		b.start()
		b.pass(time.Second)
		b.speak(question)
		b.pass(3 * time.Second)
		b.hangUp()
		var turns []call.Turn
		for _, e := range b.journal.Events() {
			if e.Stages != nil {
				turns = append(turns, *e.Stages)
			}
		}
		if len(turns) != 2 {
			t.Fatalf("turns %+v", turns)
		}
		s := turns[1]
		if s.Heard != "when are you open" || s.Said != "we open at nine" || s.Number != 1 {
			t.Errorf("turn %+v", s)
		}
		if d := s.Decided - s.SpeechEnd; d != 700 {
			t.Errorf("decided %d ms after the last voiced sample, want 700", d)
		}
		if d := s.Audible - s.Decided; d < 0 || d > 20 {
			t.Errorf("audible %d ms after the decision with instant providers, want at most one frame", d)
		}
		if s.Cut != -1 {
			t.Errorf("cut at %d", s.Cut)
		}
	})
}

func TestInterruptionCutsWithinAFrameAndKeepsWhatWasHeard(t *testing.T) {
	question := phrase(t, "no wait a moment please")
	synctest.Test(t, func(t *testing.T) {
		story := "this is a long story that nobody wants to hear to its very end because it has no point"
		b := newBench(t, story, "yes please")
		b.parrot.texts = []string{"no wait"}
		b.start()
		b.pass(time.Second)
		b.wire.mu.Lock()
		b.wire.say = append([]int16(nil), question...)
		b.wire.mu.Unlock()
		at := map[string]int{} // frames after the first of the question
		for i := range len(question) / frame {
			b.frames(1)
			for _, e := range b.journal.Events() {
				if _, known := at[e.Kind]; !known {
					at[e.Kind] = i
				}
			}
			if at["turn.cut"] > 0 {
				break
			}
		}
		if held := at["floor.held"]; held == 0 || held > 14 {
			t.Fatalf("held after %d frames", held)
		}
		if cut := at["turn.cut"]; cut == 0 || cut > 30 {
			t.Fatalf("cut after %d frames", cut)
		}
		if n := b.wire.robotFrames(len(b.wire.heard) - (at["turn.cut"] - at["floor.held"])); n > 1 {
			t.Errorf("%d frames were played while the line was held", n)
		}
		written := len(b.wire.heard)
		b.pass(200 * time.Millisecond)
		if n := b.wire.robotFrames(written); n != 0 {
			t.Errorf("%d frames were played after the cut", n)
		}
		b.speak(nil)
		b.pass(3 * time.Second)
		b.hangUp()

		said := b.said()
		if len(said) < 2 || said[0].Meant != story {
			t.Fatalf("said %+v", said)
		}
		// 250 ms a word: what the record keeps is what was played.
		words := len(strings.Fields(said[0].Text))
		played := b.wire.robotFrames(0) - 2*25/2 // less "yes please"
		if want := played * 20 / 250; words < want-1 || words > want {
			t.Errorf("%d words are kept of %d frames", words, played)
		}
		if b.program.heard[0] != said[0].Text || !strings.HasPrefix(story, said[0].Text) {
			t.Errorf("heard %q, said %q", b.program.heard[0], said[0].Text)
		}
	})
}

func TestDigitsAreAnInput(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "key two digits", "thanks")
		b.start()
		b.pass(300 * time.Millisecond)
		b.wire.mu.Lock()
		b.wire.digits = []byte("42")
		b.wire.mu.Unlock()
		b.pass(time.Second)
		b.hangUp()
		if len(b.program.asked) != 2 || b.program.asked[1].Digits != "42" {
			t.Errorf("asked %+v", b.program.asked)
		}
	})
}

func TestAVoiceThatFailsEndsInAnEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "hello")
		b.voice = hum{err: speech.ErrUnavailable}
		b.start()
		b.pass(2 * time.Minute)
		<-b.done
		if b.end == nil {
			t.Fatalf("err %v", b.err)
		}
	})
}

func TestABusyRecogniserIsApologisedFor(t *testing.T) {
	question := phrase(t, "when are you open")
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "hello", "never said")
		b.parrot.err = speech.ErrBusy
		b.start()
		b.pass(time.Second)
		b.speak(question)
		b.pass(4 * time.Second)
		b.hangUp()
		last := b.said()[len(b.said())-1]
		if last.Speaker != call.SpeakerRobot || last.Text != Defaults().Turn.Apology {
			t.Errorf("last line %+v", last)
		}
	})
}

func TestHangUpAndCancelEndEverything(t *testing.T) {
	question := phrase(t, "when are you open")
	for _, after := range []time.Duration{0, 100 * time.Millisecond, 1200 * time.Millisecond, 2 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t, "hello there how are you", "we open at nine")
			b.start()
			b.pass(after)
			b.speak(question[:len(question)/2])
			if after%200 == 0 {
				b.hangUp()
			} else {
				b.cancel()
				synctest.Wait()
				b.frames(1)
				<-b.done
			}
			if b.end != nil || b.err == nil {
				t.Errorf("end %+v, err %v", b.end, b.err)
			}
			var ended *call.Ended
			if after%200 == 0 && (!errors.As(b.err, &ended) || ended.By != call.Customer) {
				t.Errorf("a caller who hung up left %v", b.err)
			}
		})
	}
}

func TestTickDoesNotAllocate(t *testing.T) {
	clock := &media.Manual{}
	w := silentWire{}
	q := newQueue()
	p := newPlayer(rate, clock, func(played) {})
	p.add(1, 1, "text")
	if err := p.feed(t.Context(), 1, 1, speech.Chunk{PCM: make([]int16, 4*rate)}); err != nil {
		t.Fatal(err)
	}
	tick := newTicker(w, clock, q, p)
	run := func() {
		tick.Tick(0)
		tick.Late(0)
		for _, it := range q.take() {
			tick.recycle(it.frame)
		}
	}
	for range 10 {
		run()
	}
	if n := testing.AllocsPerRun(100, run); n != 0 {
		t.Errorf("%v allocations a tick", n)
	}
}

type silentWire struct{}

func (silentWire) Rate() int                           { return rate }
func (silentWire) ReadFrame([]int16) media.Mark        { return media.Heard }
func (silentWire) WriteFrame([]int16)                  {}
func (silentWire) ReadDigit() (d media.Digit, ok bool) { return d, false }
func (silentWire) WriteDigit(media.Digit) bool         { return false }

// TestAStreamThatPanicsEndsTheSession: the clock drops such a ticker, and the
// owner must neither wait for its frames nor for its farewell.
func TestAStreamThatPanicsEndsTheSession(t *testing.T) {
	clock, q := &media.Manual{}, newQueue()
	tick := newTicker(brokenWire{}, clock, q, newPlayer(rate, clock, func(played) {}))
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was kept from the clock")
			}
		}()
		tick.Tick(0)
	}()
	<-tick.left
	items := q.take()
	if len(items) != 1 || items[0].event != (turn.Gone{}) {
		t.Errorf("the owner gets %+v, want that the caller is gone", items)
	}
}

type brokenWire struct{ silentWire }

func (brokenWire) ReadFrame([]int16) media.Mark { panic("broken") }
