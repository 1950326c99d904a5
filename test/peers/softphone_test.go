package peers

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"parley/call"
	"parley/test/harness"
)

// secure is a Parley that softphones reach by TLS and talk with over SRTP;
// authority is the file of who vouches for it.
func secure(t *testing.T) (p *harness.Parley, authority string) {
	t.Helper()
	listen, authority := byTLS(t)
	return harness.Start(t, harness.Options{Config: harness.Map{"sip": harness.Map{
		"listen": listen,
		"trunks": []harness.Map{{"name": "softphones", "addresses": []string{"127.0.0.0/8"}, "srtp": "required"}},
	}}}), authority
}

// byTLS are listeners for UDP and TLS.
func byTLS(t *testing.T) (listen []harness.Map, authority string) {
	t.Helper()
	certificate, key := harness.Certificate(t)
	return []harness.Map{
		{"network": "udp", "address": "127.0.0.1:0"},
		{"network": "tls", "address": "127.0.0.1:0", "tls": harness.Map{"certificate": certificate, "key": key}},
	}, certificate
}

// asking writes a sound file in which a voice asks the shop something and then
// has no other wish. The first words fall into the welcome.
func asking(t *testing.T, voice string) (file string) {
	t.Helper()
	harness.Need(t, "flite", "flite")
	file = filepath.Join(t.TempDir(), "asking.wav")
	harness.Script(t, file, 8000,
		3*time.Second, harness.Speak(t, voice, "when are you open"),
		8*time.Second, harness.Speak(t, voice, "no thank you"),
		7*time.Second, harness.Speak(t, voice, "yes thank you"),
		40*time.Second)
	return file
}

// counting writes a sound file in which a voice counts without a pause.
func counting(t *testing.T) (file string) {
	t.Helper()
	harness.Need(t, "flite", "flite")
	words := harness.Speak(t, "awb", "one two three four five six seven eight nine ten eleven twelve")
	file = filepath.Join(t.TempDir(), "counting.wav")
	harness.Script(t, file, 8000, words, words, words, words, words, words, words, words)
	return file
}

// recorded waits for the record of a caller's call of a number.
func recorded(t *testing.T, p *harness.Parley, caller, called string) (r call.Record) {
	t.Helper()
	harness.Eventually(t, "the call of "+caller+" to "+called+" is recorded", func() bool {
		calls := p.Calls()
		i := slices.IndexFunc(calls, func(r call.Record) bool { return r.Caller == caller && r.Called == called })
		if i >= 0 {
			r = calls[i]
		}
		return i >= 0
	})
	return r
}

// TestBaresipOverTLS: signalling and audio are encrypted, and the shop
// understands.
func TestBaresipOverTLS(t *testing.T) {
	t.Parallel()
	p, authority := secure(t)
	b := harness.NewBaresip(t, "<sip:ann@127.0.0.1;transport=tls>;regint=0;audio_codecs=PCMU/8000/1;mediaenc=srtp-mand", asking(t, "awb"),
		"sip_cafile "+authority)
	b.Do("dial", "sip:shop@"+p.SIPTLS+";transport=tls")
	b.Await("CALL_CLOSED", 1)
	r := recorded(t, p, "ann", "shop")
	if got := harness.Said(r, call.SpeakerCaller); !slices.Equal(got, []string{"when are you open", "no thank you", "yes thank you"}) {
		t.Errorf("understood %q", got)
	}
	if r.Media.SRTP == "" || r.HangupBy != "system" || r.Cause != "normal" {
		t.Errorf("SRTP %q, ended by %s: %s", r.Media.SRTP, r.HangupBy, r.Cause)
	}
}

// TestBaresipHolds: the phone puts the echo on hold and takes it back: its
// audio stops both ways and comes again.
func TestBaresipHolds(t *testing.T) {
	t.Parallel()
	p := harness.Start(t, harness.Options{})
	b := harness.NewBaresip(t, "<sip:ann@127.0.0.1>;regint=0;audio_codecs=PCMU/8000/1", counting(t))
	b.Do("dial", "sip:echo@"+p.SIP)
	b.Await("CALL_ESTABLISHED", 1)
	time.Sleep(talk) // what a person does; everything is measured by the call's own clock
	b.Do("hold", "")
	time.Sleep(hold)
	b.Do("resume", "")
	time.Sleep(talk)
	b.Do("hangup", "")
	r := recorded(t, p, "ann", "echo")
	held(t, p, r)
	s := p.Recording(r.ID)
	for who, channel := range map[string][]int16{"the phone": s.Left, "the echo": s.Right} {
		spans := s.Stretches(channel, 1500*time.Millisecond)
		if len(spans) != 2 || spans[1].From-spans[0].To < 2000 || spans[1].To-spans[1].From < 1000 {
			t.Errorf("%s is heard at %v, want one long hold", who, spans)
		}
	}
}

// How long a phone talks before and after it holds, and how long it holds.
const talk, hold = 2500 * time.Millisecond, 3 * time.Second

// held wants our packets of a call to have stopped for a hold.
func held(t *testing.T, p *harness.Parley, r call.Record) {
	t.Helper()
	frames := int(p.Recording(r.ID).Length() / (20 * time.Millisecond))
	if missing := frames - int(r.Media.PacketsOut); missing < 100 {
		t.Errorf("%d frames and %d packets to the phone: they did not stop for %v", frames, r.Media.PacketsOut, hold)
	}
	t.Logf("%d frames, %d packets in, %d out", frames, r.Media.PacketsIn, r.Media.PacketsOut)
}

// TestBaresipTransfers: the phone sends the other end of its call, the echo,
// to a robot.
func TestBaresipTransfers(t *testing.T) {
	t.Parallel()
	p := transferring(t, harness.Map{})
	b := harness.NewBaresip(t, "<sip:ann@127.0.0.1>;regint=0;audio_codecs=PCMU/8000/1", counting(t))
	b.Do("dial", "sip:echo@"+p.SIP)
	b.Await("CALL_ESTABLISHED", 1)
	b.Do("transfer", "sip:brief@"+p.SIP)
	b.Await("CALL_CLOSED", 1)
	transferred(t, p)
}

// transferring is a Parley whose softphones may transfer its echo to a robot
// that says one sentence; more of the configuration of sip is laid over it.
func transferring(t *testing.T, more harness.Map) *harness.Parley {
	t.Helper()
	door := harness.Map{"trunks": []harness.Map{{"name": "softphones", "addresses": []string{"127.0.0.0/8"}, "refer": "accept", "srtp": "optional"}}}
	maps.Copy(door, more)
	return harness.Start(t, harness.Options{
		Flows: map[string]string{"brief": robot("brief", "You have been transferred."), "lengthy": robot("lengthy", lengthy)},
		Config: harness.Map{
			"sip":    door,
			"routes": []harness.Map{{"called": "echo", "echo": true}, {"called": "brief", "flow": "brief"}, {"called": "lengthy", "flow": "lengthy"}},
		},
	})
}

// robot is a flow that says a sentence and hangs up.
func robot(name, sentence string) string {
	return fmt.Sprintf("name: %s\nlanguage: en-US\nstart: out\nnodes:\n  out: {type: end, say: %q}\n", name, sentence)
}

const lengthy = "We are going to read the whole catalogue of the corner shop to you, page by page, from the apples in the first row to the zips in the last one, and you may listen for as long as you like."

// transferred wants the echo's call to have gone to the robot.
func transferred(t *testing.T, p *harness.Parley) {
	t.Helper()
	first, second := recorded(t, p, "ann", "echo"), recorded(t, p, "ann", "brief")
	if said := harness.Said(second, call.SpeakerRobot); !slices.Equal(said, []string{"You have been transferred."}) {
		t.Errorf("the robot said %q", said)
	}
	if first.Cause != "normal" || second.Cause != "normal" || second.HangupBy != "system" {
		t.Errorf("the first call ended with %s, the second with %s by %s", first.Cause, second.Cause, second.HangupBy)
	}
}

// TestBaresipsAtOurRegistrar: two phones register, one calls the other, and
// then sends it to the shop, which understands it.
func TestBaresipsAtOurRegistrar(t *testing.T) {
	t.Parallel()
	p := harness.Start(t, harness.Options{
		Env: []string{"ANNA=wonder", "BOB=builder"},
		Config: harness.Map{
			"sip": harness.Map{
				"trunks": []harness.Map{{"name": "elsewhere", "addresses": []string{"192.0.2.1"}}},
				"registrar": harness.Map{"algorithms": []string{"MD5"}, "users": []harness.Map{
					{"name": "anna", "password": "${env:ANNA}"}, {"name": "bob", "password": "${env:BOB}"},
				}},
			},
			"routes": []harness.Map{{"called": "bob", "user": "bob"}, {"called": "shop", "flow": "shop"}},
		},
	})
	account := func(name, password string) string {
		return fmt.Sprintf("<sip:%s@%s>;auth_user=%s;auth_pass=%s;regint=60;answermode=auto;audio_codecs=PCMU/8000/1", name, p.SIP, name, password)
	}
	anna, bob := harness.NewBaresip(t, account("anna", "wonder"), counting(t)), harness.NewBaresip(t, account("bob", "builder"), asking(t, "awb"))
	harness.Eventually(t, "both phones are registered", func() bool {
		var contacts []any
		return json.Unmarshal(p.Get("/v1/contacts"), &contacts) == nil && len(contacts) == 2
	})
	anna.Do("dial", "sip:bob@"+p.SIP)
	bob.Await("CALL_ESTABLISHED", 1)
	anna.Await("CALL_ESTABLISHED", 1)
	anna.Do("transfer", "sip:shop@"+p.SIP)
	anna.Await("CALL_CLOSED", 1)
	bob.Await("CALL_CLOSED", 1)
	var r call.Record
	harness.Eventually(t, "the shop's call is recorded", func() bool {
		calls := p.Calls()
		i := slices.IndexFunc(calls, func(r call.Record) bool { return r.Called == "shop" })
		if i >= 0 {
			r = calls[i]
		}
		return i >= 0
	})
	if got := harness.Said(r, call.SpeakerCaller); !slices.Contains(got, "when are you open") {
		t.Errorf("the shop understood %q", got)
	}
	t.Logf("the shop was called by %s and understood %q", r.Caller, harness.Said(r, call.SpeakerCaller))
}
