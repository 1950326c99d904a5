package turn

import (
	"errors"
	"slices"
	"testing"
	"time"

	"parley/speech"
)

func TestHangUpWaitsForTheLastSample(t *testing.T) {
	v := newSim(t)
	v.begin()
	v.reply = func(Ask) []speech.Answer { return []speech.Answer{line("goodbye"), end("done")} }
	v.talk(400 * ms)
	v.quiet(700 * ms)
	v.quiet(500 * ms)
	v.wantState(Closing, Speaking, Quiet)
	v.talk(400 * ms) // nothing interrupts a goodbye
	v.wantNot("cut=true", "finish")
	v.quiet(200 * ms)
	v.want("finish hangup done")
	v.wantState(Over, Listening, Quiet)
}

func TestDigitsInterruptCollectAndBeatSpeech(t *testing.T) {
	v := newSim(t)
	v.reply = func(Ask) []speech.Answer {
		return []speech.Answer{line("key your order number"), listen(speech.Hearing{Digits: &speech.DigitCollect{Max: 4, End: '#'}})}
	}
	v.send(Begin{})
	v.quiet(200 * ms)
	v.send(Digit{'1'})
	v.want("cancel epoch 2 cut=true", "turn.cut: digit 1")
	v.talk(100 * ms)
	v.send(Digit{'2'})
	v.send(Digit{'#'})
	v.want(`digits="12"`, "digits.end: 12, end key")
	v.wantNot("start utterance")
}

func TestWhereOnlyDigitsCountSpeechDoesNothing(t *testing.T) {
	v := newSim(t)
	v.reply = func(Ask) []speech.Answer {
		return []speech.Answer{line("key your number"), listen(speech.Hearing{NoSpeech: true, Digits: &speech.DigitCollect{Max: 1}})}
	}
	v.manualReply = true
	v.send(Begin{})
	v.talk(60 * ms) // before anybody knows that speech will not count
	v.answer(v.asks[0])
	v.talk(1200 * ms)
	v.quiet(time.Second)
	v.talk(time.Second)
	v.quiet(time.Second)
	v.wantNot("cancel", "stop utterance", "turn 1")
	v.send(Digit{'7'})
	v.want(`digits="7"`)
}

func TestDigitsEndAfterAPause(t *testing.T) {
	v := newSim(t)
	v.reply = func(Ask) []speech.Answer {
		return []speech.Answer{listen(speech.Hearing{Digits: &speech.DigitCollect{Gap: 2 * time.Second}})}
	}
	v.begin()
	v.send(Digit{'7'})
	v.quiet(1980 * ms)
	v.wantNot("digits.end")
	v.quiet(40 * ms)
	v.want("digits.end: 7, pause", `digits="7"`)
}

func TestDigitsTypedAheadAreKept(t *testing.T) {
	v := newSim(t)
	v.begin()
	v.manualReply = true
	v.talk(400 * ms)
	v.quiet(700 * ms)
	v.send(Digit{'4'})
	v.send(Digit{'2'})
	v.send(Answer{Epoch: 4, Answer: firm("enter two digits")})
	v.send(Answer{Epoch: 4, Answer: listen(speech.Hearing{Digits: &speech.DigitCollect{Max: 2}})})
	v.quiet(1200 * ms)
	v.want(`digits="42"`)
}

func TestUnexpectedDigitsAreIgnored(t *testing.T) {
	v := newSim(t)
	v.begin()
	v.send(Digit{'1'})
	v.want("digit.ignored")
	v.wantState(Live, Listening, Quiet)
}

func TestFailuresApologiseAndThenEnd(t *testing.T) {
	v := newSim(t)
	v.begin()
	v.manualReply = true
	for range 2 {
		v.talk(400 * ms)
		v.quiet(700 * ms)
		v.send(AnswerFailed{Epoch: v.s.Epoch, Err: errors.New("boom")})
		v.quiet(1200 * ms)
	}
	v.want("answer.failed: boom", "Sorry, something went wrong")
	v.wantNot("finish")
	v.talk(400 * ms)
	v.quiet(700 * ms)
	v.quiet(16 * time.Second)
	v.want("answer.failed: no answer in time", "finish hangup failed")
}

func TestARecogniserThatNeverAnswersIsLeft(t *testing.T) {
	v := newSim(t)
	v.begin()
	v.manualHear = true
	v.talk(400 * ms)
	v.quiet(700 * ms)
	v.quiet(4 * time.Second)
	v.want("asr.failed: no final text in time", "Sorry, something went wrong")
}

func TestWithoutAudioTheConversationEnds(t *testing.T) {
	v := newSim(t)
	v.begin()
	v.now += v.cfg.MaxGap + FrameTime
	v.send(Timer{})
	v.want("finish hangup no audio")
}

func TestHelloBeforeTheFirstWordDoesNotStopTheOpening(t *testing.T) {
	v := newSim(t)
	v.manualReply = true
	v.send(Begin{})
	v.talk(400 * ms)
	v.wantNot("cancel")
	v.answer(v.asks[0])
	v.talk(60 * ms)
	v.quiet(800 * ms)
	v.wantNot("cancel", "ask epoch 3")
}

func TestTheCallerHangsUpInEveryState(t *testing.T) {
	for _, at := range []time.Duration{0, 500 * ms, 1200 * ms, 1500 * ms, 1900 * ms, 2100 * ms} {
		v := newSim(t)
		v.manualHear = true
		v.send(Begin{})
		v.quiet(min(at, 1100*ms))
		v.talk(max(0, at-1100*ms))
		v.send(Gone{})
		if v.s.Call != Over || v.s.Open {
			t.Errorf("after %s: call %s, recogniser open %v", at, v.s.Call, v.s.Open)
		}
		n := len(v.log)
		v.send(Frame{Voice: Clear})
		if len(v.log) != n {
			t.Errorf("after %s: something was done after the end", at)
		}
	}
}

func TestConfigNamesEveryMistake(t *testing.T) {
	Defaults().Validate(func(key, problem, _ string) { t.Errorf("defaults: %s %s", key, problem) })
	bad := map[string]bool{}
	Config{Pause: -1, LookBack: 2 * time.Second, MinSpeech: -1}.Validate(func(key, _, remedy string) {
		bad[key] = remedy != ""
	})
	for _, key := range []string{"pause", "onset_speech", "end_silence", "look_back", "min_speech", "barge_in", "max_failures", "apology", "no_response.after"} {
		if !bad[key] {
			t.Errorf("no problem with a remedy for %s", key)
		}
	}
}

// TestALineThatFailsAheadDoesNotHoldTheAnswer: the voice works ahead of the
// wire, so a later line may fail while an earlier one is being played.
func TestALineThatFailsAheadDoesNotHoldTheAnswer(t *testing.T) {
	for _, lost := range [][]int{{2}, {3}, {2, 3}, {3, 2}} {
		v := newSim(t)
		v.manualPlay = true
		v.reply = func(Ask) []speech.Answer {
			return []speech.Answer{line("one"), line("two"), line("three"), listen(speech.Hearing{})}
		}
		v.send(Begin{})
		epoch := v.s.Epoch
		v.send(LineStarted{Epoch: epoch, Line: 1})
		for _, n := range lost {
			v.send(LineFailed{Epoch: epoch, Line: n, Err: errors.New("boom")})
			v.send(LineFailed{Epoch: epoch, Line: n, Err: errors.New("boom")}) // twice is once
		}
		v.wantState(Live, Speaking, Quiet)
		v.send(LineDone{Epoch: epoch, Line: 1})
		for n := 2; n <= 3; n++ {
			if !slices.Contains(lost, n) { // a line that failed never ends
				v.send(LineDone{Epoch: epoch, Line: n})
			}
		}
		v.wantState(Live, Listening, Quiet)
		v.want("tts.failed: boom")
		if v.s.Failures != len(lost) {
			t.Errorf("lines %v failed: %d failures", lost, v.s.Failures)
		}
	}
}
