package turn

import (
	"testing"
	"time"

	"parley/speech"
)

// story is a conversation in which the robot is telling something long.
func story(t *testing.T) *sim {
	v := newSim(t)
	v.reply = func(Ask) []speech.Answer { return []speech.Answer{line("a long story"), listen(speech.Hearing{})} }
	v.lineTime = 20 * time.Second
	v.manualHear = true
	v.send(Begin{})
	v.quiet(time.Second)
	return v
}

func TestSpeechLowersHoldsAndCuts(t *testing.T) {
	v := story(t)
	v.talk(20 * ms)
	v.wantNot("level")
	v.talk(20 * ms)
	v.want("level epoch 2 ducked")
	v.talk(60 * ms)
	v.want("level epoch 2 held")
	v.talk(380 * ms)
	v.wantNot("cancel")
	v.talk(20 * ms)
	v.want("cancel epoch 2 cut=true", "turn.cut: speech for 500ms, clear for 500ms")
	v.wantState(Live, Listening, Talking)
}

func TestAWordTakesTheFloorAtOnce(t *testing.T) {
	v := story(t)
	v.talk(200 * ms)
	v.send(Heard{Utterance: 1, Text: "mm-hmm"})
	v.wantNot("cancel")
	v.send(Heard{Utterance: 1, Text: "stop"})
	v.want("cancel epoch 2 cut=true", "turn.cut: the caller says “stop”")
}

func TestAcknowledgementsLeaveTheFloor(t *testing.T) {
	v := story(t)
	v.talk(400 * ms)
	v.send(Heard{Utterance: 1, Text: "okay"})
	v.talk(300 * ms) // more than what cuts, if it said anything
	v.quiet(220 * ms)
	v.want("stop utterance 1")
	v.send(Heard{Utterance: 1, Text: "okay right", Final: true})
	v.want("level epoch 2 full", "turn.ignored")
	v.wantNot("cancel")
	v.wantState(Live, Speaking, Pausing)
	v.quiet(time.Second)
	v.wantState(Live, Speaking, Quiet)
}

func TestALateWordStillTakesTheFloor(t *testing.T) {
	v := story(t)
	v.talk(300 * ms)
	v.quiet(600 * ms)
	v.want("level epoch 2 held", "stop utterance 1", "level epoch 2 full")
	v.send(Heard{Utterance: 1, Text: "stop it", Final: true})
	v.want("cancel epoch 2 cut=true", "turn.cut: the caller said “stop it”")
	v.quiet(900 * ms)
	v.want(`turn 1 text="stop it"`)
}

func TestATextThatComesAfterTheRobotsEndIsATurn(t *testing.T) {
	v := story(t)
	v.playing[0].left = 900 * ms
	v.talk(300 * ms)
	v.quiet(time.Second)
	v.wantState(Live, Listening, Quiet)
	v.send(Heard{Utterance: 1, Text: "yes", Final: true})
	v.want(`turn 1 text="yes"`)
}

func TestHumsCountForLittle(t *testing.T) {
	v := story(t)
	for range 20 {
		v.frame(Frame{Voice: Clear, Hum: true})
	}
	v.wantNot("held", "cancel")
	v.want("level epoch 2 ducked")
	v.quiet(220 * ms)
	v.want("level epoch 2 full")
}

func TestNoiseIsDoubtedAndThenIgnored(t *testing.T) {
	v := story(t)
	v.noise(520 * ms)
	v.want("level epoch 2 ducked")
	v.wantNot("level epoch 2 full")
	v.noise(20 * ms)
	v.want("level epoch 2 full")
	v.noise(5 * time.Second)
	v.wantNot("held", "cancel")
}

func TestAHeldLineGoesOnThoughTheCallersAudioStops(t *testing.T) {
	v := story(t)
	v.talk(200 * ms)
	v.want("held")
	v.now += 3 * time.Second
	v.send(Timer{})
	v.want("level epoch 2 full", "undecided for too long")
}

func TestALineCanBeInterruptibleLater(t *testing.T) {
	v := newSim(t)
	v.reply = func(Ask) []speech.Answer {
		return []speech.Answer{{Line: &speech.Line{Text: "the law says", InterruptibleAfter: 2 * time.Second}}, listen(speech.Hearing{})}
	}
	v.lineTime = 20 * time.Second
	v.send(Begin{})
	v.quiet(200 * ms)
	v.talk(1600 * ms)
	v.wantNot("level", "cancel")
	v.talk(300 * ms)
	v.want("cancel")
}

func TestALineCanBeInterruptibleByDigitsOnly(t *testing.T) {
	v := newSim(t)
	v.reply = func(Ask) []speech.Answer {
		return []speech.Answer{{Line: &speech.Line{Text: "press one", Uninterruptible: true, ByDigits: true}}, listen(speech.Hearing{Digits: &speech.DigitCollect{Max: 1}})}
	}
	v.lineTime = 20 * time.Second
	v.send(Begin{})
	v.quiet(200 * ms)
	v.talk(900 * ms)
	v.wantNot("level", "cancel")
	v.send(Digit{'1'})
	v.want("cancel epoch 2 cut=true", `digits="1"`)
}
