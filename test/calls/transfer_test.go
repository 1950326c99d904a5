package calls

import (
	"strings"
	"testing"

	"parley/test/harness"
)

// outFlow is a flow that sends its caller on at once, and has something to say
// to whatever comes back.
func outFlow(name, keys string) string {
	text := "name: " + name + "\nlanguage: en-US\nstart: out\nvariables: {code: \"112\"}\nnodes:\n  out: {type: transfer, " + keys + "}\n"
	for _, way := range []struct{ edge, nodes string }{
		{"next:", `
  survey:
    type: conversation
    say: Were you happy with the call?
    replies: [{class: "yes", phrases: ["yes", yes i was], next: happy}]
    other: bye
  happy: {type: tag, name: survey, value: "yes {{transfer_result}}", next: bye}`},
		{"busy:", `
  engaged: {type: play, say: The line is busy., next: bye}`},
		{"no_answer:", `
  missed: {type: play, say: Nobody is there., next: bye}`},
		{"failed:", `
  refused: {type: play, say: That cannot be., next: cause}
  cause: {type: tag, name: cause, value: "{{transfer_cause}}", next: bye}
  bye: {type: end, say: Goodbye.}`},
	} {
		if strings.Contains(keys, way.edge) {
			text += way.nodes
		}
	}
	return text
}

// ways are the edges of a transfer.
const ways = ", next: survey, busy: engaged, no_answer: missed, failed: refused"

const (
	moment   = "One moment please."
	survey   = "Were you happy with the call?"
	farVoice = "This is the far house speaking. There is nobody at home today."
	farFlow  = "name: answer\nlanguage: en-US\nstart: a\nnodes: {a: {type: end, say: " + farVoice + "}}\n"
)

// switchboard is a house whose flows send callers to another house, and to
// addresses of sipp.
type switchboard struct {
	*harness.Parley
	far *harness.Parley
	// rings are where sipp may listen.
	rings []string
}

const sippAddress = "127.0.0.9"

func newSwitchboard(t *testing.T) switchboard {
	s := switchboard{}
	s.far = harness.Start(t, harness.Options{
		Flows: map[string]string{"answer": farFlow},
		Config: harness.Map{
			"sip":    harness.Map{"trunks": []harness.Map{{"name": "near", "addresses": []string{"127.0.0.1"}}}},
			"ivr":    harness.Map{"flows": []string{"flows/*.yaml"}},
			"routes": []harness.Map{{"called": "answer", "flow": "answer"}, {"called": "demo", "flow": "shop"}, {"called": "busy", "reject": "busy"}},
		},
	})
	for range 2 {
		s.rings = append(s.rings, harness.FreePort(t, sippAddress))
	}
	targets := map[string]string{
		"back":     "target: 6answer, say: " + moment + ways,
		"busy":     "target: 6busy, say: " + moment + ways,
		"missed":   "target: \"sip:100@" + sippAddress + ":" + s.rings[0] + "\", timeout: 2s" + ways,
		"leave":    "target: \"sip:100@" + sippAddress + ":" + s.rings[1] + "\"" + ways,
		"denied":   "target: \"7100\"" + ways,
		"help":     "target: \"6{{code}}\"" + ways,
		"talk":     "target: 6demo" + ways,
		"meet":     "target: 6answer, mode: attended, say: Please hold the line while I try to find somebody who can help you with this." + ways,
		"meetbusy": "target: 6busy, mode: attended, say: " + moment + ways,
		"blind":    "target: 6answer, say: " + moment,
		"blindno":  "target: 6busy, say: " + moment,
		"nest":     "target: blindno" + ways,
		"refer":    "target: \"200\", mode: refer, failed: refused",
		"referto":  "target: \"200\", mode: refer",
	}
	flows, routes := map[string]string{}, []harness.Map{
		{"called": "6*", "dial": "far", "number": harness.Map{"strip": "6"}}, {"called": "7*", "dial": "strict"},
	}
	for name, keys := range targets {
		flows[name] = outFlow(name, keys)
		routes = append(routes, harness.Map{"called": name, "flow": name})
	}
	s.Parley = harness.Start(t, harness.Options{Flows: flows, Config: harness.Map{
		"sip": harness.Map{"trunks": []harness.Map{
			{"name": "phones", "addresses": []string{"127.0.0.1"}, "allow": []string{"200"}},
			{"name": "far", "host": s.far.SIP, "allow": []string{"*"}},
			{"name": "strict", "host": s.far.SIP, "allow": []string{"8"}},
			{"name": "sipp", "host": sippAddress, "allow": []string{"*"}},
		}},
		"ivr": harness.Map{"flows": []string{"flows/*.yaml"}}, "routes": routes,
	}})
	return s
}

// TestTransfers: a flow sends its caller to somebody else, and goes on with him
// where it has something to say to what became of that. It is one call, one
// recording and one AudioSocket connection throughout.
func TestTransfers(t *testing.T) {
	t.Parallel()
	harness.Need(t, "flite", "flite")
	s := newSwitchboard(t)
	alternative := func(flow, end string, said ...string) func(*testing.T, switchboard) {
		return func(t *testing.T, s switchboard) { s.alternative(t, flow, end, said...) }
	}
	calls := 0
	run := func(t *testing.T, name string, parallel bool, test func(*testing.T, switchboard)) {
		calls++
		t.Run(name, func(t *testing.T) {
			if parallel {
				t.Parallel()
			}
			test(t, s)
		})
	}
	t.Run("side by side", func(t *testing.T) {
		run(t, "answered, and back for a survey", true, answeredAndBack)
		run(t, "busy", true, alternative("busy", "busy", moment, "The line is busy."))
		run(t, "no answer", true, noAnswer)
		run(t, "not allowed", true, alternative("denied", "failed", "That cannot be."))
		run(t, "emergency number", true, alternative("help", "failed", "That cannot be."))
		run(t, "attended", true, attended)
		run(t, "attended, busy", true, alternative("meetbusy", "busy", moment, "The line is busy."))
		run(t, "no way back", true, noWayBack)
		run(t, "no way back, busy", true, noWayBackBusy)
		run(t, "to another flow", true, anotherFlow)
		run(t, "REFER", true, referred)
		run(t, "REFER declined", true, referDeclined)
	})
	// These look at what is left of all calls.
	run(t, "caller leaves while it rings", false, leavesRinging)
	run(t, "caller leaves while he talks", false, leavesTalking)
	s.Idle(t)
	s.far.Idle(t)
	calls++ // one of them has been with two flows
	if n := s.Metric("parley_sessions_total"); int(n) != calls {
		t.Errorf("%v AudioSocket connections for %d calls", n, calls)
	}
	t.Run("drain", func(t *testing.T) { drained(t, s) })
}
