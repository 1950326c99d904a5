package turn

import (
	"testing"
	"time"

	"parley/speech"
)

// sending is a conversation whose opening is a line and a transfer.
func sending(t *testing.T, atOnce bool) *sim {
	v := newSim(t)
	v.reply = func(a Ask) []speech.Answer {
		if a.Input.Transfer != nil {
			return []speech.Answer{line("welcome back"), listen(speech.Hearing{})}
		}
		return []speech.Answer{line("one moment please"), transfer(atOnce)}
	}
	v.send(Begin{})
	return v
}

// The caller is given away after the last sample; he cannot interrupt the
// line, and while he is away nothing of his and no clock of his counts.
func TestTransferFollowsItsLine(t *testing.T) {
	v := sending(t, false)
	v.talk(200 * ms)
	v.wantState(Closing, Speaking, Quiet)
	v.talk(700 * ms)
	v.wantNot("transfer epoch")
	v.talk(200 * ms)
	v.wantState(Away, Listening, Quiet)
	v.want("commit epoch 2", "transfer epoch 2 to 200")
	v.log = nil
	v.talk(3 * time.Second)
	v.quiet(time.Minute)
	v.gap(5 * time.Minute)
	v.send(Digit{'1'})
	if len(v.log) > 0 {
		t.Errorf("while the caller is away: %q", v.log)
	}
	v.send(Transferred{Epoch: v.s.Sent, Result: speech.TransferResult{End: "ended"}})
	v.want("back=ended")
	v.talk(100 * ms) // a "hello?" does not take the answer back
	v.quiet(2 * time.Second)
	v.wantState(Live, Listening, Quiet)
	v.wantNot("turn.joined", "cancel")
	v.quiet(10 * time.Second)
	v.want("noresponse.reminder")
}

// A transfer that begins with its line: the line is cut by the answer, and
// told to its end before the caller is spoken to about a failure.
func TestTransferDuringItsLine(t *testing.T) {
	v := sending(t, true)
	v.quiet(100 * ms)
	v.wantState(Away, Speaking, Quiet)
	v.want("transfer epoch 2 to 200")
	v.send(TransferAnswered{Epoch: 2})
	v.wantState(Away, Listening, Quiet)
	v.want("cancel epoch 2 cut=true")

	v = sending(t, true)
	v.quiet(100 * ms)
	v.send(Transferred{Epoch: 2, Result: speech.TransferResult{End: "busy"}})
	v.wantNot("back=busy")
	v.quiet(time.Second)
	v.want("back=busy")
	v.wantNot("cut=true")
}

// A wire that dies while the caller is away, and a caller who hangs up there.
func TestNobodyComesBack(t *testing.T) {
	v := sending(t, false)
	v.quiet(2 * time.Second)
	v.send(Gone{})
	v.want("does not come back")

	v = sending(t, false)
	v.quiet(2 * time.Second)
	v.now = v.s.Deadline
	v.send(Timer{})
	v.want("finish hangup no audio")
}

// A line that cannot be spoken does not hold the transfer up.
func TestTransferWithoutItsLine(t *testing.T) {
	v := newSim(t)
	v.manualPlay = true
	v.reply = func(Ask) []speech.Answer { return []speech.Answer{line("one moment"), transfer(false)} }
	v.send(Begin{})
	v.now = v.s.Deadline
	v.send(Timer{})
	v.wantState(Away, Listening, Quiet)
	v.want("commit epoch 2", "transfer epoch 2 to 200")
}
