package answer

import (
	"strings"
	"testing"
	"time"
)

func TestAShortHelloIsAPerson(t *testing.T) {
	v := answeredSim()
	v.quiet(600 * ms)
	v.says(500*ms, "hello")
	if len(v.verdicts) > 0 {
		t.Fatalf("decided while he speaks: %+v", v.verdicts)
	}
	v.quiet(1000 * ms)
	if got := v.want(t, Human); got.After > 3*time.Second || !strings.Contains(got.Reasons, "silent for") {
		t.Errorf("%+v", got)
	}
	if len(v.ready) != 1 || v.ready[0] != Human {
		t.Errorf("ready for %v", v.ready)
	}
}

func TestWordsTellWhoItIs(t *testing.T) {
	for text, want := range map[string]Who{
		"Hi, you've reached Peter":                              Machine,
		"please leave a message after the tone":                 Machine,
		"the person you are calling is not available":           Machine,
		"welcome to the voicemail of":                           Machine,
		"please state your name and why you are calling":        Screening,
		"hello i am a virtual assistant may i ask who calls":    Assistant,
		"hello who is this":                                     Human,
		"good morning miller and partners how can i help you":   Human,
		"Hello? I can't hear you. Can you hear me?":             Human,
		"the number you have dialed is not in service anymore ": Machine,
	} {
		v := answeredSim()
		v.quiet(300 * ms)
		v.says(1800*ms, text)
		v.quiet(200 * ms)
		v.talk(400 * ms)
		if v.who() != want {
			t.Errorf("%q is %s: %+v", text, v.who(), v.verdicts)
		}
	}
	v := answeredSim()
	v.cfg.Language = "zh-CN"
	v.quiet(300 * ms)
	v.says(1500*ms, "您好 您拨打的电话暂时无法接通")
	v.want(t, Machine)
}

// TestLengthAloneDecidesNothing: speech without a rhythm, a pause or a word is
// music, or noise.
func TestLengthAloneDecidesNothing(t *testing.T) {
	v := answeredSim()
	v.frames(7*time.Second, Frame{Speech: true, Level: -20})
	if len(v.verdicts) != 0 {
		t.Errorf("%+v", v.verdicts)
	}
}

// TestALongGreetingOfAPersonIsKept: it leans towards a machine, is not sure, and
// is corrected when he waits.
func TestALongGreetingOfAPersonIsKept(t *testing.T) {
	v := answeredSim()
	v.quiet(300 * ms)
	v.talk(2700 * ms)
	if v.who() != Machine || len(v.firm) != 0 {
		t.Fatalf("%s, firm %v", v.who(), v.firm)
	}
	v.quiet(1200 * ms)
	if got := v.want(t, Human); got.Was != Machine {
		t.Errorf("%+v", got)
	}
}

func TestAMachineIsFollowedToItsBeep(t *testing.T) {
	v := answeredSim()
	v.quiet(300 * ms)
	v.says(1500*ms, "hello you have reached anna")
	v.want(t, Machine)
	if len(v.firm) != 1 || len(v.ready) != 0 {
		t.Errorf("firm %v, ready %v", v.firm, v.ready)
	}
	v.quiet(500 * ms)
	v.talk(3 * time.Second)
	v.quiet(800 * ms)
	v.tone(400*ms, 1000)
	if v.who() == Beep {
		t.Error("it may not be spoken into the beep")
	}
	v.quiet(140 * ms)
	got := v.want(t, Beep)
	if got.Was != Machine || got.Evidence.Tone != 1000 || len(v.ready) != 1 {
		t.Errorf("%+v, ready %v", got, v.ready)
	}
}

func TestNoBeepComes(t *testing.T) {
	v := answeredSim()
	v.says(1500*ms, "leave a message")
	v.quiet(2400 * ms)
	if len(v.ready) != 0 {
		t.Fatal("it may still come")
	}
	v.quiet(200 * ms)
	if len(v.ready) != 1 || v.ready[0] != Machine {
		t.Errorf("ready %v", v.ready)
	}
}

func TestAKitchenBeepsAfterAHello(t *testing.T) {
	v := answeredSim()
	v.says(700*ms, "hello")
	v.quiet(900 * ms)
	v.want(t, Human)
	v.tone(300*ms, 2000)
	v.quiet(time.Second)
	v.want(t, Human)
}

func TestTonesThatAreNoBeeps(t *testing.T) {
	for name, play := range map[string]func(v *sim){
		"a melody": func(v *sim) {
			for _, hz := range []float64{523, 587, 659, 698, 784} {
				v.tone(300*ms, hz)
			}
		},
		"too long":  func(v *sim) { v.tone(3*time.Second, 800) },
		"too short": func(v *sim) { v.tone(100*ms, 800) },
		"two tones": func(v *sim) { v.tone(400*ms, 697, 1209) },
		"too low":   func(v *sim) { v.tone(400*ms, 310) },
	} {
		v := answeredSim()
		v.says(1500*ms, "leave a message")
		play(v)
		v.quiet(60 * ms)
		v.talk(200 * ms)
		if v.who() != Machine {
			t.Errorf("%s: %s", name, v.who())
		}
	}
}

func TestTheNetworkAndFaxMachines(t *testing.T) {
	for name, c := range map[string]struct {
		play func(v *sim)
		want Who
	}{
		"information": {func(v *sim) { v.tone(330*ms, 950); v.tone(330*ms, 1400); v.tone(330*ms, 1800) }, Network},
		"busy, us": {func(v *sim) {
			for range 4 {
				v.tone(500*ms, 480, 620)
				v.quiet(500 * ms)
			}
		}, Network},
		"congestion, eu": {func(v *sim) {
			for range 4 {
				v.tone(240*ms, 425)
				v.quiet(240 * ms)
			}
		}, Network},
		"ringing, eu": {func(v *sim) {
			for range 3 {
				v.tone(1000*ms, 425)
				v.quiet(4000 * ms)
			}
		}, Unknown},
		"ringing, uk": {func(v *sim) {
			for range 3 {
				v.tone(400*ms, 425)
				v.quiet(200 * ms)
				v.tone(400*ms, 425)
				v.quiet(2000 * ms)
			}
		}, Unknown},
		"fax": {func(v *sim) { v.tone(2600*ms, 2100) }, Fax},
	} {
		v := newSim()
		v.send(Early{})
		v.quiet(300 * ms)
		c.play(v)
		v.quiet(300 * ms)
		if v.who() != c.want {
			t.Errorf("%s is %s", name, v.who())
		}
	}
}

// TestEarlyMediaIsNotTheOtherParty: what was heard before the answer does not
// count after it.
func TestEarlyMediaIsNotTheOtherParty(t *testing.T) {
	v := newSim()
	v.send(Early{})
	v.talk(5 * time.Second)
	if len(v.verdicts) != 0 {
		t.Fatalf("%+v", v.verdicts)
	}
	v.send(Answered{})
	v.quiet(500 * ms)
	v.says(400*ms, "hello")
	v.quiet(time.Second)
	v.want(t, Human)

	v = newSim()
	v.send(Early{})
	v.says(2*time.Second, "the number you have dialed is not in service")
	v.want(t, Network)
}

func TestNobodySpeaks(t *testing.T) {
	v := answeredSim()
	v.quiet(5100 * ms)
	v.want(t, Silence)
	if len(v.ready) != 1 {
		t.Error("then we speak")
	}
	v.says(1500*ms, "please leave a message after the tone")
	v.want(t, Machine)
}

// TestAConversationIsNoGreeting: who talks with us may talk for long, and speak of
// voicemail; but a machine that was taken for a person is found out.
func TestAConversationIsNoGreeting(t *testing.T) {
	v := answeredSim()
	v.says(500*ms, "hello")
	v.quiet(1000 * ms)
	v.want(t, Human)
	v.send(Talked{})
	for range 5 {
		v.says(5*time.Second, "yes I was not available and then I got your voicemail and wanted to call back")
		v.quiet(700 * ms)
	}
	v.tone(300*ms, 1000)
	v.quiet(time.Second)
	v.want(t, Human)
	v.says(3*time.Second, "please leave a message after the tone")
	v.want(t, Machine)
	if v.firm[len(v.firm)-1] != Machine {
		t.Errorf("firm %v", v.firm)
	}
}
