package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"parley/call"
	"parley/ivr"
	"parley/speech"
)

// TestAnAgentNeedsAModel: that there is none is said before the conversation.
func TestAnAgentNeedsAModel(t *testing.T) {
	out, err := run(t, "hello\n", "text", "clinic", "--config", reference)
	if err == nil || !strings.Contains(err.Error(), `flow "clinic" has agents, which need a language model: there is none`) || strings.Contains(out, "robot:") {
		t.Errorf("%q, %v", out, err)
	}
}

// receptionist is a model that answers with what it is told to.
type receptionist []string

func (r *receptionist) Chat(_ context.Context, _ speech.Chat, out func(speech.Delta) error) error {
	text := (*r)[0]
	*r = (*r)[1:]
	return out(speech.Delta{Text: text})
}

func TestAnAgentByKeyboard(t *testing.T) {
	l, problems := load(reference)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	model := &receptionist{"Gladly. What is it for?", "I see. #transfer to DESK#", "Goodbye. #nothing#"}
	f := l.library.Flow("clinic")
	j := call.NewJournal(time.Now())
	conv := ivr.NewConversation(f, call.Info{Caller: "100"}, j, l.agents(func(string) speech.Model { return model }))
	var out bytes.Buffer
	if err := talkByKeyboard(t.Context(), conv, j, strings.NewReader("an appointment\na person\nbusy\n"), &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"robot: Riverside clinic, good day.", "robot: Gladly.\nrobot: What is it for?\n", "robot: I see.\nrobot: I will connect you with the desk.",
		"[transfer to 200, bridge;", "[visit welcome by #Transfer to Desk#]", "[ends at nobody: hangup ]",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("want %q in:\n%s", want, out.String())
		}
	}
}

func TestKeysSound(t *testing.T) {
	l := &loaded{}
	pcm, err := l.sound("dtmf:1,#", 8000)
	if err != nil || len(pcm) != 8*(160+500+160) {
		t.Fatalf("%d samples, %v", len(pcm), err)
	}
	loud := func(from, to int) bool {
		for _, s := range pcm[8*from : 8*to] {
			if s > 1000 {
				return true
			}
		}
		return false
	}
	if !loud(0, 100) || loud(101, 660) || !loud(660, 760) || loud(761, 820) {
		t.Error("the tones are not where they should be")
	}
	if _, err := l.sound("nothing.wav", 8000); err == nil {
		t.Error("a file that is not there has a sound")
	}
}
