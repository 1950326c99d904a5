package harness

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"parley/call"
)

// Token is the API's, as the program keeps it in its data folder.
func (p *Parley) Token() string {
	data, err := os.ReadFile(filepath.Join(p.Data, "token"))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(data))
}

// ask sends a request with the token. The status is 0 if nobody answers.
func (p *Parley) ask(method, path string, body []byte) (status int, answer []byte) {
	req, err := http.NewRequest(method, p.HTTP+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil
	}
	req.Header.Set("Authorization", "Bearer "+p.Token())
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil
	}
	defer res.Body.Close()
	answer, err = io.ReadAll(res.Body)
	if err != nil {
		return 0, nil
	}
	return res.StatusCode, answer
}

// Status asks for a path and returns the answer's status, 0 if there is none.
func (p *Parley) Status(path string) int {
	status, _ := p.ask(http.MethodGet, path, nil)
	return status
}

// Answer asks for a path and returns the answer's body, whatever its status.
func (p *Parley) Answer(path string) string {
	_, body := p.ask(http.MethodGet, path, nil)
	return string(body)
}

// Get asks for a path, which must answer 200.
func (p *Parley) Get(path string) []byte {
	p.t.Helper()
	status, body := p.ask(http.MethodGet, path, nil)
	if status != http.StatusOK {
		p.t.Fatalf("GET %s: %d %s", path, status, body)
	}
	return body
}

// Post sends JSON and returns the answer.
func (p *Parley) Post(path string, in any) (status int, body []byte) {
	p.t.Helper()
	data, err := json.Marshal(in)
	if err != nil {
		p.t.Fatal(err)
	}
	return p.ask(http.MethodPost, path, data)
}

func (p *Parley) json(path string, into any) {
	p.t.Helper()
	if err := json.Unmarshal(p.Get(path), into); err != nil {
		p.t.Fatalf("GET %s: %v", path, err)
	}
}

// Calls returns every stored record, newest first.
func (p *Parley) Calls() []call.Record {
	p.t.Helper()
	var list []call.Record
	p.json("/v1/calls?limit=1000", &list)
	return list
}

// Live returns the calls that are going on.
func (p *Parley) Live() []call.Record {
	p.t.Helper()
	var list []call.Record
	p.json("/v1/calls?live=true", &list)
	return list
}

// LiveCall waits until a call is going on and what is true of it.
func (p *Parley) LiveCall(what string, met func(call.Record) bool) (r call.Record) {
	p.t.Helper()
	Eventually(p.t, "a call goes on and "+what, func() bool {
		for _, r = range p.Live() {
			if met(r) {
				return true
			}
		}
		return false
	})
	return r
}

// Kept waits for the record of a call that is over, by the wire's name of it.
func (p *Parley) Kept(wireID string) (kept call.Record) {
	p.t.Helper()
	Eventually(p.t, "the call "+wireID+" is recorded", func() bool {
		for _, r := range p.Calls() {
			if r.WireID == wireID {
				kept = r
				return true
			}
		}
		return false
	})
	return kept
}

// Events returns a call's journal.
func (p *Parley) Events(id call.ID) []call.Event {
	p.t.Helper()
	var events []call.Event
	p.json("/v1/calls/"+string(id)+"/events", &events)
	return events
}

// Recording fetches a call's recording: the caller left, the robot right.
func (p *Parley) Recording(id call.ID) *Sound {
	p.t.Helper()
	file := filepath.Join(p.t.TempDir(), string(id)+".wav")
	if err := os.WriteFile(file, p.Get("/v1/calls/"+string(id)+"/recording"), 0o600); err != nil {
		p.t.Fatal(err)
	}
	return Load(p.t, file)
}

// Idle waits until no call, session and dialog is left.
func (p *Parley) Idle(t testing.TB) {
	t.Helper()
	Eventually(t, "no call, session and dialog is left", func() bool {
		for _, m := range []string{"parley_calls", "parley_sessions", "parley_sip_dialogs"} {
			if p.Metric(m) != 0 {
				return false
			}
		}
		return true
	})
}
