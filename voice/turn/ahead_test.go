package turn

import (
	"errors"
	"testing"
	"time"

	"parley/speech"
)

// paused is a caller who has asked something and pauses, the answer to which is
// asked for already.
func paused(t *testing.T) *sim {
	v := newSim(t)
	v.begin()
	v.manualHear, v.manualReply = true, true
	v.talk(800 * ms)
	v.send(Heard{Utterance: 1, Text: "when are you open"})
	v.quiet(240 * ms)
	v.want(`ask epoch 4 turn 1 text="when are you open"`, " ahead")
	return v
}

func TestAnAnswerWorkedOutAheadIsUsedIfItAnswersThat(t *testing.T) {
	v := paused(t)
	v.send(Answer{Epoch: 4, Answer: line("from nine to five")})
	v.send(Answer{Epoch: 4, Answer: listen(speech.Hearing{})})
	v.wantNot("say", "commit")
	v.quiet(280 * ms)
	v.want("stop utterance 1")
	v.wantNot("say", "commit")
	v.send(Heard{Utterance: 1, Text: "when are you open", Final: true})
	v.want("adopt epoch 4 turn 1", `say epoch 4 line 1 "from nine to five"`)
	v.quiet(40 * ms)
	v.want("commit epoch 4")
	if len(v.asks) != 2 { // the opening and this
		t.Errorf("%d asks", len(v.asks))
	}
}

func TestAnAnswerWorkedOutAheadIsDroppedIfMoreIsSaid(t *testing.T) {
	v := paused(t)
	v.send(Answer{Epoch: 4, Answer: line("from nine to five")})
	v.talk(300 * ms)
	v.send(Heard{Utterance: 1, Text: "when are you open on Sunday"})
	v.want("cancel epoch 4 cut=false")
	v.quiet(240 * ms)
	v.want(`text="when are you open on Sunday"`)
	v.quiet(400 * ms)
	v.send(Heard{Utterance: 1, Text: "when are you open on some day", Final: true})
	v.want("cancel epoch 5", `ask epoch 6 turn 1 text="when are you open on some day"`)
	v.send(Answer{Epoch: 5, Answer: line("stale")})
	v.wantNot("say epoch 4", "say epoch 5", "commit")
}

func TestAFailureAheadIsAFailure(t *testing.T) {
	v := paused(t)
	v.send(AnswerFailed{Epoch: 4, Err: errors.New("boom")})
	v.wantNot("failed")
	v.quiet(400 * ms)
	v.send(Heard{Utterance: 1, Text: "when are you open", Final: true})
	v.want("adopt epoch 4", "answer.failed: boom", "Sorry, something went wrong")
}

func TestNothingIsAskedAheadOfAnUnfinishedSentence(t *testing.T) {
	v := newSim(t)
	v.begin()
	v.manualHear = true
	v.talk(800 * ms)
	v.send(Heard{Utterance: 1, Text: "I would like to"})
	v.quiet(time.Second)
	v.wantNot("ask")
}

func TestSpeculationCanBeSwitchedOff(t *testing.T) {
	v := newSim(t)
	v.cfg.Speculate = false
	v.begin()
	v.manualHear = true
	v.talk(800 * ms)
	v.send(Heard{Utterance: 1, Text: "when are you open"})
	v.quiet(400 * ms)
	v.wantNot("ask")
}

func TestMurmursFallIntoPausesAndTakeNothing(t *testing.T) {
	v := newSim(t)
	v.cfg.Backchannel.On = true
	v.begin()
	v.talk(2 * time.Second)
	v.quiet(200 * ms)
	v.wantNot("murmur") // he has not spoken for long
	v.talk(1500 * ms)
	v.quiet(140 * ms)
	v.wantNot("murmur")
	v.quiet(20 * ms)
	v.want(`murmur "Mm-hmm."`)
	v.wantState(Live, Listening, Pausing)
	v.log = nil
	v.talk(2 * time.Second)
	v.quiet(300 * ms)
	v.wantNot("murmur") // four seconds have not passed
	v.talk(2 * time.Second)
	v.quiet(300 * ms)
	v.want(`murmur "Okay."`)
	v.wantNot("turn.end", "ask")
}

func TestALateAnswerIsFilled(t *testing.T) {
	v := newSim(t)
	v.begin()
	v.manualReply = true
	v.talk(400 * ms)
	v.quiet(700 * ms)
	v.want("ask epoch 4 turn 1")
	v.quiet(2480 * ms)
	v.wantNot("fill")
	v.quiet(40 * ms)
	v.want(`fill epoch 4 "One moment, please."`)
	v.quiet(2500 * ms)
	v.want(`fill epoch 4 "I am still looking."`)
	v.send(Answer{Epoch: 4, Answer: line("here it is")})
	v.send(Answer{Epoch: 4, Answer: listen(speech.Hearing{})})
	v.want(`say epoch 4 line 1`)
	v.quiet(5 * time.Second)
	v.wantNot("It will not be long")
}

func TestAnAnswerThatStallsIsFilled(t *testing.T) {
	v := newSim(t)
	v.begin()
	v.manualReply = true
	v.talk(400 * ms)
	v.quiet(700 * ms)
	v.send(Answer{Epoch: 4, Answer: line("let me see")})
	v.quiet(1100 * ms) // it has been played
	v.quiet(2400 * ms)
	v.wantNot("fill")
	v.quiet(200 * ms)
	v.want(`fill epoch 4 "One moment, please."`)
}
