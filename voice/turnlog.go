package voice

import (
	"time"

	"parley/call"
	"parley/media"
	"parley/voice/turn"
)

// turnLog writes the conversation into the journal: who said what when, how
// the states changed, and how long each stage of a turn took. The owner's.
type turnLog struct {
	journal *call.Journal
	clock   media.Clock
	state   turn.State

	turn  call.Turn // of the answer that is being worked on
	epoch int       // of it; 0 once its stages have been written

	speechEnd, decided, text int64 // of the turn that is being listened to

	speechFrom int64 // where the caller's present utterance began
	speechTo   int64 // and where the last voiced sample was
	partial    string
}

func (t *turnLog) now() int64 { return t.journal.Offset(t.journal.Now()) }

// at returns a time of the clock as the journal counts.
func (t *turnLog) at(clock time.Duration) int64 {
	return t.now() - (t.clock.Now() - clock).Milliseconds()
}

// changed follows the machine from one state to the next.
func (t *turnLog) changed(s turn.State) {
	before := t.state
	t.state = s
	now := t.now()
	if s.User == turn.Talking && before.User == turn.Onset {
		t.speechFrom = now - s.Spoken.Milliseconds()
	}
	if s.User == turn.Talking || s.User == turn.Pausing {
		t.speechTo = now - s.Silence.Milliseconds()
	}
	talked := before.User == turn.Talking || before.User == turn.Pausing
	if talked && s.User == turn.Quiet {
		t.speechEnd, t.decided = t.speechTo, now
	}
	if s.Call != before.Call || s.Agent != before.Agent || s.User != before.User {
		t.journal.Add(call.Event{
			At: now, Kind: call.KindState, Turn: s.Turn,
			Text: s.Call.String() + "/" + s.Agent.String() + "/" + s.User.String(),
		})
	}
}

// heard writes what the recogniser understood. speech says that there was more
// than noise: if nothing was understood of it, that is written too.
func (t *turnLog) heard(h turn.Heard, speech bool) {
	now := t.now()
	if !h.Final && h.Err == nil {
		if h.Text != "" && h.Text != t.partial {
			t.partial = h.Text
			t.journal.Add(call.Event{At: now, Kind: call.KindHearing, Turn: t.state.Turn + 1, Text: h.Text})
		}
		return
	}
	partial := t.partial
	t.partial = ""
	t.text = now
	if h.Text != "" {
		t.caller(h.Text, "")
	} else if h.Err != nil && partial != "" {
		t.caller(partial, call.MarkPartial)
	} else if speech {
		t.caller("", call.MarkNotUnderstood)
	}
}

// gone writes what the caller was saying when the conversation ended. speech is
// as for heard.
func (t *turnLog) gone(speech bool) {
	if t.partial != "" {
		t.caller(t.partial, call.MarkPartial)
	} else if speech {
		t.caller("", call.MarkNotUnderstood)
	}
	t.partial = ""
}

// caller writes a line of the caller's.
func (t *turnLog) caller(text, mark string) {
	t.journal.Add(call.Event{At: t.now(), Kind: call.KindSaid, Turn: t.state.Turn + 1, Line: &call.Line{
		Speaker: call.SpeakerCaller, Text: text, Mark: mark, From: t.speechFrom, To: t.speechTo, Turn: t.state.Turn + 1,
	}})
}

// digits writes what was keyed.
func (t *turnLog) digits(turnNumber int, digits string) {
	now := t.now()
	t.journal.Add(call.Event{At: now, Kind: call.KindSaid, Turn: turnNumber, Line: &call.Line{
		Speaker: call.SpeakerCaller, Digits: digits, From: now, To: now, Turn: turnNumber,
	}})
}

// asked begins the measuring of an answer.
func (t *turnLog) asked(a turn.Ask) {
	t.settle()
	t.turn = call.Turn{
		Number: a.Turn, Heard: a.Input.Text,
		SpeechEnd: t.speechEnd, Decided: t.decided, Text: t.text,
		Reply: -1, Voice: -1, Audible: -1, Cut: -1,
	}
	if a.Input.Digits != "" {
		t.turn.Heard = a.Input.Digits
		t.digits(a.Turn, a.Input.Digits)
	}
	if a.Input.Begin || a.Input.Transfer != nil || a.Input.Digits != "" {
		now := t.now()
		t.turn.SpeechEnd, t.turn.Decided, t.turn.Text = now, now, now
	}
	t.epoch = a.Epoch
}

// adopted begins the measuring of an answer that was asked for ahead: whatever of
// it is there already took no time.
func (t *turnLog) adopted(a turn.Adopt) {
	t.asked(turn.Ask{Epoch: a.Epoch, Turn: a.Turn, Input: a.Input})
}

// replied: the first words of the answer are known.
func (t *turnLog) replied(epoch int) {
	if epoch == t.epoch && t.turn.Reply < 0 {
		t.turn.Reply = t.now()
	}
}

// voiced: the first audio of the answer was made.
func (t *turnLog) voiced(epoch int) {
	if epoch == t.epoch && t.turn.Voice < 0 {
		t.turn.Voice = t.now()
	}
}

// audible: a line's first frame went to the wire.
func (t *turnLog) audible(p played) {
	if p.epoch == t.epoch && t.turn.Audible < 0 {
		t.turn.Audible = t.at(p.from)
	}
}

// said writes a line of the robot's when it is over, or cut short.
func (t *turnLog) said(p played, cut bool) {
	now := t.now()
	line := &call.Line{
		Speaker: call.SpeakerRobot, Text: p.heard, From: t.at(p.from), To: now, Turn: t.state.Turn,
	}
	if cut {
		line.Meant = p.meant
	}
	t.journal.Add(call.Event{At: now, Kind: call.KindSaid, Turn: t.state.Turn, Line: line})
	if p.epoch == t.epoch {
		if t.turn.Said != "" && p.heard != "" {
			t.turn.Said += " "
		}
		t.turn.Said += p.heard
		if cut {
			t.turn.Cut = now
		}
	}
}

// settle writes the stages of an answer that has been heard.
func (t *turnLog) settle() {
	if t.epoch == 0 || t.turn.Audible < 0 {
		return
	}
	t.epoch = 0
	stages := t.turn
	t.journal.Add(call.Event{At: t.now(), Kind: call.KindTurn, Turn: stages.Number, Stages: &stages})
}
