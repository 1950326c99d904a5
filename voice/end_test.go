package voice

import (
	"testing"
	"testing/synctest"
	"time"

	"parley/call"
	"parley/speech"
)

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
