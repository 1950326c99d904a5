package calls

import (
	"slices"
	"testing"

	"parley/call"
	"parley/test/harness"
)

// desk answers, says a sentence and sends the caller on to the far house.
const deskFlow = `
name: desk
language: en-US
start: out
nodes:
  out: {type: end, say: One moment please., action: transfer, target: 6demo}
`

// houses are two Parleys: the near one dials the far one's numbers behind a 6,
// with encrypted audio.
func houses(t *testing.T) (near, far *harness.Parley) {
	far = harness.Start(t, harness.Options{Config: harness.Map{
		"sip":    harness.Map{"trunks": []harness.Map{{"name": "near", "addresses": []string{"127.0.0.1"}, "srtp": "required"}}},
		"routes": []harness.Map{{"called": "demo", "flow": "shop"}, {"called": "busy", "reject": "busy"}},
	}})
	near = harness.Start(t, harness.Options{
		Flows: map[string]string{"desk": deskFlow},
		Config: harness.Map{
			"sip": harness.Map{"trunks": []harness.Map{
				{"name": "phones", "addresses": []string{"127.0.0.1"}},
				{"name": "far", "host": far.SIP, "allow": []string{"*"}, "srtp": "required"},
			}},
			"ivr":         harness.Map{"flows": []string{"flows/desk.yaml"}},
			"routes":      []harness.Map{{"called": "6*", "dial": "far", "number": harness.Map{"strip": "6"}}, {"called": "desk", "flow": "desk"}},
			"audiosocket": harness.Map{"program": "desk"},
		},
	})
	return near, far
}

// TestConnectedCalls: one house calls another for its caller, and a flow sends
// its caller there. The robot of the far house understands him either way.
func TestConnectedCalls(t *testing.T) {
	t.Parallel()
	harness.Need(t, "flite", "flite")
	near, far := houses(t)
	for _, number := range []string{"6demo", "desk"} {
		t.Run(number, func(t *testing.T) {
			t.Parallel()
			from := "from" + number
			report, r := near.Call(t, number, "--from", from, "--voice", "rms", "--wait-quiet", "--wait-quiet",
				"--say", "when are you open", "--wait-quiet", "--say", "no thank you", "--wait-quiet", "--say", "yes")
			if report.EndedBy != "them" || report.Cause != "normal" {
				t.Errorf("the caller's end: %+v", report)
			}
			if r.Media.Codec != "PCMU" || r.Cause != "normal" || r.Trunk != "phones" {
				t.Errorf("the near record: trunk %s, cause %s, codec %s", r.Trunk, r.Cause, r.Media.Codec)
			}
			var there call.Record
			harness.Eventually(t, "the far record", func() bool {
				for _, c := range far.Calls() {
					if c.Caller == from {
						there = far.Kept(c.WireID)
					}
				}
				return there.ID != ""
			})
			if there.Called != "demo" || there.Trunk != "near" || there.Media.SRTP == "" {
				t.Errorf("the far house was called for %s over %s, SRTP %q", there.Called, there.Trunk, there.Media.SRTP)
			}
			if said := harness.Said(there, call.SpeakerCaller); !slices.Contains(said, "when are you open") {
				t.Errorf("the far robot understood %q", said)
			}
			if said := harness.Said(there, call.SpeakerRobot); !slices.Contains(said, opening) {
				t.Errorf("the far robot said %q", said)
			}
		})
	}
}

// TestRefusalIsPassedOn: who cannot be had at the far house is refused to the
// caller with the same status.
func TestRefusalIsPassedOn(t *testing.T) {
	t.Parallel()
	near, _ := houses(t)
	phone := near.NewPhone(t, "ann")
	if r := phone.Call("6busy", harness.Offer("RTP/AVP", 4000)); r.Code != 486 {
		t.Errorf("the caller was told %d", r.Code)
	}
}
