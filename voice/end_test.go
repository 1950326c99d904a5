package voice

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"

	"parley/call"
	"parley/speech"
	"parley/voice/turn"
)

// TestNothingThatWasSaidIsLeftOut: what nobody understood, and what the caller
// was saying when he hung up, are lines of the transcript.
func TestNothingThatWasSaidIsLeftOut(t *testing.T) {
	question := phrase(t, "when are you open tomorrow afternoon")
	for name, c := range map[string]struct {
		partial string
		stop    bool
		want    call.Line
	}{
		"no word was understood":       {stop: true, want: call.Line{Mark: call.MarkNotUnderstood}},
		"the caller hangs up":          {partial: "when are", want: call.Line{Text: "when are", Mark: call.MarkPartial}},
		"before a word was understood": {want: call.Line{Mark: call.MarkNotUnderstood}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, "hello", "pardon")
				b.parrot.partial = c.partial
				b.start()
				b.pass(time.Second)
				b.speak(question)
				if c.stop {
					b.pass(2 * time.Second)
				}
				b.hangUp()
				var got []call.Line
				for _, l := range b.said() {
					if l.Speaker == call.SpeakerCaller {
						got = append(got, l)
					}
				}
				if len(got) != 1 || got[0].Text != c.want.Text || got[0].Mark != c.want.Mark || got[0].To-got[0].From < 500 {
					t.Errorf("the caller's lines are %+v, want %+v", got, c.want)
				}
			})
		})
	}
}

// TestAFloodOfDigitsIsCounted: the journal has room for the rest of the call.
func TestAFloodOfDigitsIsCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "hello")
		b.program.deaf = true
		b.start()
		b.pass(time.Second)
		const keyed = 3000
		b.wire.mu.Lock()
		b.wire.digits = bytes.Repeat([]byte{'5'}, keyed)
		b.wire.mu.Unlock()
		b.pass(time.Second)
		b.hangUp()
		kinds, more := map[string]int{}, 0
		for _, e := range b.journal.Events() {
			kinds[e.Kind]++
			if e.Kind == "digits.more" {
				more = e.Attrs["count"].(int)
			}
		}
		if kinds[call.KindDigit] != maxDigitEvents || kinds[turn.DigitIgnored] != maxDigitEvents || more != keyed-maxDigitEvents {
			t.Errorf("%d digits are in the journal as %v and %d more", keyed, kinds, more)
		}
	})
}

// TestTheRecordSaysWhyTheRobotHungUp: the flow's end, a silent caller and
// failures in a row are told apart.
func TestTheRecordSaysWhyTheRobotHungUp(t *testing.T) {
	for want, prepare := range map[string]func(*bench){
		"goodbye": func(b *bench) { b.program.end = "goodbye" },
		"no-response": func(b *bench) {
			b.cfg.Turn.NoResponse.Times, b.cfg.Turn.NoResponse.Hangup = 0, time.Second
		},
		"failed": func(b *bench) { b.voice, b.cfg.Turn.MaxFailures = hum{err: speech.ErrUnavailable}, 1 },
	} {
		t.Run(want, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, "hello")
				prepare(b)
				b.start()
				b.pass(3 * time.Second)
				<-b.done
				var got []string
				for _, e := range b.journal.Events() {
					if e.Kind == call.KindFinished {
						got = append(got, e.Text)
					}
				}
				if len(got) != 1 || got[0] != want {
					t.Errorf("the journal's reasons are %q, want %q", got, want)
				}
			})
		})
	}
}
