package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"parley/call"
	"parley/voice"
	"parley/voice/rehearsal"
)

// rehearsed is the journal of a conversation of the corpus, as the API gives it.
func rehearsed(t *testing.T, id string) []call.Event {
	t.Helper()
	r := rehearsal.Run{Corpus: "../../testdata/turns"}
	take, err := r.Take(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	p, err := rehearsal.Play(t.Context(), voice.Defaults(), take, nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(p.Events)
	if err != nil {
		t.Fatal(err)
	}
	var events []call.Event
	if err := json.Unmarshal(text, &events); err != nil {
		t.Fatal(err)
	}
	return events
}

// replayed runs parley replay against an API that has one journal.
func replayed(t *testing.T, events []call.Event) (string, error) {
	t.Helper()
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v1/calls/1234567890123456789/events" {
			http.NotFound(w, r)
			return
		}
		_ = json.NewEncoder(w).Encode(events)
	}))
	defer api.Close()
	t.Setenv("PARLEY_TOKEN", "x")
	root := newRoot()
	var out bytes.Buffer
	root.SetOut(&out)
	root.SetErr(&out)
	root.SetArgs([]string{"replay", "1234567890123456789", "--api", api.URL})
	err := root.ExecuteContext(t.Context())
	return out.String(), err
}

// TestACallIsReplayed: in every kind of scene the machine decides the same again.
func TestACallIsReplayed(t *testing.T) {
	for _, class := range []string{"interruption", "digits", "person"} {
		out, err := replayed(t, rehearsed(t, "tune/"+class+"/0003"))
		if err != nil || !strings.Contains(out, "decisions, all as in the log") {
			t.Errorf("%s: %v\n%s", class, err, out)
		}
		if class == "interruption" && (!strings.Contains(out, "turn.cut: ") || !strings.Contains(out, "live/listening")) {
			t.Errorf("no reasons in\n%s", out)
		}
	}
}

func TestALogThatWasChangedEndsTheReplay(t *testing.T) {
	events := rehearsed(t, "tune/interruption/0003")
	for i := range events {
		if events[i].Kind == call.KindTurnLog {
			events[i].Attrs["version"] = 7
		}
	}
	if out, err := replayed(t, events); err == nil || !strings.Contains(err.Error(), "another version: 7") {
		t.Errorf("%v\n%s", err, out)
	}
	if _, err := replayed(t, events[:2]); err == nil || !strings.Contains(err.Error(), "no log") {
		t.Errorf("%v", err)
	}
}
