package turn

import (
	"testing"
	"time"

	"parley/speech"
)

const ms = time.Millisecond

func line(text string) speech.Answer { return speech.Answer{Line: &speech.Line{Text: text}} }

func firm(text string) speech.Answer {
	return speech.Answer{Line: &speech.Line{Text: text, Uninterruptible: true}}
}

func listen(h speech.Hearing) speech.Answer { return speech.Answer{Listen: &h} }

func transfer(atOnce bool) speech.Answer {
	return speech.Answer{Transfer: &speech.Transfer{Target: "200", AtOnce: atOnce}}
}

func end(reason string) speech.Answer {
	return speech.Answer{End: &speech.End{Action: "hangup", Reason: reason}}
}

func TestATurnIsHeardAskedAndAnswered(t *testing.T) {
	v := newSim(t)
	v.hear = []string{"when do you open"}
	v.begin()
	v.talk(800 * ms)
	v.quiet(700 * ms)
	v.want("start utterance 1 look-back 340ms", "turn.end: silence of 700ms", "stop utterance 1",
		`ask epoch 4 turn 1 text="when do you open"`, "say epoch 4 line 1")
	v.quiet(40 * ms)
	v.wantState(Live, Speaking, Quiet)
	v.quiet(1100 * ms)
	v.wantState(Live, Listening, Quiet)
}

func TestThePauseComesBeforeTheOpening(t *testing.T) {
	v := newSim(t)
	v.cfg.Pause = 2 * time.Second
	v.send(Begin{})
	v.quiet(1980 * ms)
	v.wantNot("ask")
	v.quiet(20 * ms)
	v.want("begin=true")
}

func TestTheEndIsCountedInAudioNotByTheClock(t *testing.T) {
	v := newSim(t)
	v.begin()
	v.talk(500 * ms)
	v.quiet(600 * ms)
	v.gap(5 * time.Second)
	v.wantNot("turn.end")
	v.quiet(100 * ms)
	v.want("turn.end")
}

func TestClicksAndBurstsDoNot(t *testing.T) {
	v := newSim(t)
	v.reply = func(Ask) []speech.Answer { return []speech.Answer{line("a long story"), listen(speech.Hearing{})} }
	v.lineTime = 20 * time.Second
	v.send(Begin{})
	v.quiet(time.Second)
	v.noise(60 * ms)
	v.quiet(time.Second)
	v.noise(300 * ms)
	v.quiet(time.Second)
	v.wantNot("cancel", "turn 1")
	v.wantState(Live, Speaking, Quiet)
}

func TestSomeLinesCannotBeInterrupted(t *testing.T) {
	v := newSim(t)
	v.reply = func(Ask) []speech.Answer {
		return []speech.Answer{firm("by law we must say"), line("how can I help"), listen(speech.Hearing{})}
	}
	v.send(Begin{})
	v.quiet(200 * ms)
	v.talk(700 * ms)
	v.wantNot("cancel")
	v.talk(200 * ms) // the second line has begun
	v.want("cancel epoch 2 cut=true")
}

func TestSpeechOverTheEndOfALineIsAnAnswer(t *testing.T) {
	v := newSim(t)
	v.hear = []string{"yes"}
	v.send(Begin{})
	for v.s.Agent != Speaking || v.playing[0].left > 60*ms {
		v.quiet(FrameTime)
	}
	v.talk(300 * ms) // 80 ms of it over the line: not enough to cut
	v.wantNot("cancel")
	v.quiet(700 * ms)
	v.want("start utterance 1", `turn 1 text="yes"`)
}

func TestGoingOnBeforeTheAnswerIsAudibleJoins(t *testing.T) {
	v := newSim(t)
	v.hear = []string{"hello there", "a cup of tea"}
	v.begin()
	v.manualReply = true
	v.talk(400 * ms)
	v.quiet(700 * ms)
	v.want(`ask epoch 4 turn 1 text="hello there"`)
	v.talk(400 * ms)
	v.want("cancel epoch 4 cut=false", "turn.joined")
	v.send(Answer{Epoch: 4, Answer: line("stale")})
	v.wantNot("say epoch 4")
	v.quiet(800 * ms)
	v.want(`ask epoch 6 turn 1 text="hello there a cup of tea"`)
	if v.s.Stale != 1 {
		t.Errorf("stale %d, want 1", v.s.Stale)
	}
}

func TestAccumulationCanBeSwitchedOff(t *testing.T) {
	v := newSim(t)
	v.cfg.Accumulate = false
	v.hear = []string{"hello there", "a cup of tea"}
	v.begin()
	v.manualReply = true
	v.talk(400 * ms)
	v.quiet(700 * ms)
	v.talk(400 * ms)
	v.quiet(700 * ms)
	v.want("turn.replaced", `turn 2 text="a cup of tea"`)
}

func TestGoingOnWhileTheTextIsAwaitedJoins(t *testing.T) {
	v := newSim(t)
	v.begin()
	v.manualHear = true
	v.talk(400 * ms)
	v.quiet(700 * ms)
	v.wantState(Live, Hearing, Quiet)
	v.talk(400 * ms)
	v.want("turn.resumed")
	v.quiet(700 * ms)
	v.send(Heard{Utterance: 2, Text: "second", Final: true})
	v.wantNot("ask epoch")
	v.send(Heard{Utterance: 1, Text: "first", Final: true})
	v.want(`text="first second"`)
	v.send(Heard{Utterance: 1, Text: "again", Final: true})
	if v.s.Stale != 1 || len(v.asks) != 2 {
		t.Errorf("stale %d, asks %d: a second final must change nothing", v.s.Stale, len(v.asks))
	}
}

func TestChineseIsJoinedWithoutSpaces(t *testing.T) {
	for _, c := range []struct{ a, b, want string }{
		{"我想", "喝茶", "我想喝茶"}, {"one", "two", "one two"}, {"", "two", "two"}, {"用", "visa", "用visa"},
	} {
		if got := join(c.a, c.b); got != c.want {
			t.Errorf("join(%q, %q) = %q, want %q", c.a, c.b, got, c.want)
		}
	}
}

func TestSilenceIsCountedFromTheLastVoicedFrame(t *testing.T) {
	v := newSim(t)
	v.begin()
	v.talk(400 * ms)
	v.frames(80*ms, Fading) // within a word
	v.talk(200 * ms)
	v.frames(80*ms, Fading) // and at its end
	v.quiet(600 * ms)
	v.wantNot("turn.end")
	v.quiet(20 * ms)
	v.want("turn.end: silence of 700ms")
}

func TestAFinalBeforeTheSilenceKeepsListening(t *testing.T) {
	v := newSim(t)
	v.begin()
	v.talk(400 * ms)
	v.send(Heard{Utterance: 1, Text: "red", Final: true})
	v.talk(400 * ms)
	v.want("start utterance 2 look-back 300ms")
	v.hear = []string{"blue"}
	v.quiet(700 * ms)
	v.want(`text="red blue"`)
}

func TestAFinalInThePauseNeedsNoSecond(t *testing.T) {
	v := newSim(t)
	v.begin()
	v.talk(400 * ms)
	v.quiet(300 * ms)
	v.send(Heard{Utterance: 1, Text: "red", Final: true})
	v.wantNot("ask")
	v.quiet(400 * ms)
	v.want(`text="red"`)
	v.wantNot("stop utterance", "start utterance 2")
}

func TestShortSoundWithoutAWordIsNoise(t *testing.T) {
	v := newSim(t)
	v.hear = []string{""}
	v.begin()
	v.noise(200 * ms)
	v.quiet(700 * ms)
	v.want("turn.noise")
	v.wantNot("ask epoch 4")
	v.wantState(Live, Listening, Quiet)

	v.talk(600 * ms)
	v.quiet(700 * ms)
	v.want(`ask epoch 4 turn 1 text=""`)
}

func TestASilentCallerIsRemindedOnceAndThenLeft(t *testing.T) {
	v := newSim(t)
	v.begin()
	v.quiet(9960 * ms)
	v.wantNot("reminder")
	v.quiet(40 * ms)
	v.want("noresponse.reminder", "Sorry, I didn't catch that")
	v.wantNot("commit")
	v.quiet(30900 * ms)
	v.wantNot("finish")
	v.quiet(200 * ms)
	v.want("finish hangup no-response")
}

func TestAReminderCanBeInterrupted(t *testing.T) {
	v := newSim(t)
	v.begin()
	v.quiet(10500 * ms)
	v.wantState(Live, Speaking, Quiet)
	v.talk(500 * ms)
	v.want("cut=true")
	v.quiet(700 * ms)
	v.want(`turn 1 text="hello"`)
}
