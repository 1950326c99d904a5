// Package foreign tries the real program's AudioSocket with a client that is
// not ours: one that behaves as Asterisk does, and several that behave badly.
package foreign

import (
	"testing"

	"parley/test/harness"
)

func TestMain(m *testing.M) { harness.Main(m, 4) }

// front is the flow that answers: it speaks of the caller, takes a number and
// has an end of each kind.
const front = `
name: front
language: en-US
voice: slt
start: hello
variables: {who: friend, code: ""}
no_response: {after: 20s, text: "Hello?", times: 1, hangup: 10s}
nodes:
  hello:
    type: conversation
    say: Hello {{who}}. How can I help you?
    replies: &wishes
      - {class: person, phrases: ["operator please", "i want to speak to somebody"], next: person}
      - {class: order, phrases: ["where is my order", "order status"], next: order}
      - {class: nothing, phrases: ["nothing", "no thank you"], next: bye}
    other: again
  again:
    type: conversation
    say: I did not understand.
    replies: *wishes
    other: bye
  person: {type: end, say: One moment please., action: transfer, target: "200"}
  order:
    type: collect
    say: Key in your number.
    digits: {min: 4, max: 4, gap: 3s}
    into: code
    failed: bye
    next: keep
  keep: {type: tag, name: order, value: "{{code}}", next: bye}
  bye: {type: end, say: Goodbye.}
`

// start starts a Parley whose AudioSocket listener has the flow front.
func start(t *testing.T, audiosocket harness.Map) *harness.Parley {
	t.Helper()
	harness.Need(t, "flite", "flite")
	as := harness.Map{"program": "front"}
	for k, v := range audiosocket {
		as[k] = v
	}
	return harness.Start(t, harness.Options{
		Flows:  map[string]string{"front": front},
		Config: harness.Map{"audiosocket": as, "speech": harness.Map{"pocketsphinx": harness.Map{"free_form": false}}, "sip": harness.Map{"listen": []harness.Map{{"network": "udp", "address": "127.0.0.1:0"}}}},
	})
}
