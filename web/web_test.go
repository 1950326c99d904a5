package web

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"parley/call"
	"parley/records"
)

const token = "0123456789abcdef0123"

// shelf is a store of calls.
type shelf struct {
	list []call.Record
	gone bool
}

func (s *shelf) Call(_ context.Context, id call.ID) (call.Record, error) {
	for _, r := range s.list {
		if r.ID == id {
			return r, nil
		}
	}
	return call.Record{}, records.ErrNotFound
}

func (s *shelf) CallEvents(context.Context, call.ID) ([]call.Event, error) {
	return []call.Event{{At: 1, Kind: call.KindAnswered}}, nil
}

func (s *shelf) Calls(context.Context, records.Query) ([]call.Record, error) {
	if s.gone {
		return nil, errors.New("password hunter2: database is locked")
	}
	return s.list, nil
}

func (s *shelf) Ping(context.Context) error { return nil }

// desk takes announcements.
type desk struct {
	announced []call.Announcement
	busy      bool
}

func (d *desk) Announce(a call.Announcement) (func(), error) {
	if d.busy {
		return nil, call.WithCause(call.Overloaded, errors.New("every session is taken"))
	}
	d.announced = append(d.announced, a)
	return func() {}, nil
}

func (d *desk) Outcome(id uuid.UUID) (call.Outcome, bool) {
	if id == uuid.Max {
		return call.Outcome{Action: call.OutcomeTransfer, Target: "100"}, true
	}
	return call.Outcome{}, false
}

type fixture struct {
	*httptest.Server
	t     *testing.T
	shelf *shelf
	desk  *desk
	book  *call.Book
	dir   string
}

const stored = "1000000000000000001"

func serve(t *testing.T) *fixture {
	f := &fixture{t: t, shelf: &shelf{}, desk: &desk{}, book: call.NewBook(1), dir: t.TempDir()}
	f.shelf.list = []call.Record{{
		ID: stored, Caller: "100", Called: "<shop>", Start: time.Now().Add(-time.Minute), End: time.Now(),
		Recording: call.Recording{File: "x.wav"},
	}}
	if err := os.WriteFile(filepath.Join(f.dir, "x.wav"), []byte("RIFFxxxx"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := New(Defaults(), Deps{
		Version: "test", Token: token, DataDir: f.dir, Records: f.shelf, Book: f.book, Sessions: f.desk, Telephony: exchange{},
		Ready:    f.book.Ready,
		Programs: func(n string) bool { return n == "shop" },
		Metrics:  prometheus.NewRegistry(), Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	f.Server = httptest.NewServer(s.Handler())
	t.Cleanup(f.Close)
	return f
}

func (f *fixture) do(method, path, body, bearer string) (int, string, http.Header) {
	f.t.Helper()
	req, err := http.NewRequest(method, f.URL+path, strings.NewReader(body))
	if err != nil {
		f.t.Fatal(err)
	}
	if bearer != "" {
		req.Header.Set("Authorization", "Bearer "+bearer)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		f.t.Fatal(err)
	}
	defer res.Body.Close()
	data, _ := io.ReadAll(res.Body)
	return res.StatusCode, string(data), res.Header
}

func TestCalls(t *testing.T) {
	f := serve(t)
	status, body, _ := f.do("GET", "/v1/calls", "", token)
	var list []call.Record
	if err := json.Unmarshal([]byte(body), &list); err != nil || status != 200 || len(list) != 1 || list[0].ID != stored {
		t.Errorf("%d %s %v", status, body, err)
	}
	for path, want := range map[string]int{
		"/v1/calls/" + stored:                     200,
		"/v1/calls/" + stored + "/events":         200,
		"/v1/calls/" + stored + "/recording":      200,
		"/v1/calls/" + stored + "/timeline.svg":   200,
		"/v1/calls/" + stored + "/events/stream":  404, // it is over
		"/v1/calls/1000000000000000009":           404,
		"/v1/calls/1000000000000000009/recording": 404,
		"/v1/calls/../../etc/passwd":              404,
		"/v1/calls/abc":                           422,
		"/v1/calls?limit=0":                       422,
		"/v1/calls?from=yesterday":                422,
		"/v1/calls?live=true&number=1":            200,
	} {
		if status, body, _ := f.do("GET", path, "", token); status != want {
			t.Errorf("%s: %d, want %d: %s", path, status, want, body)
		}
	}
	if _, _, h := f.do("GET", "/v1/calls/"+stored+"/timeline.svg", "", token); h.Get("Content-Type") != "image/svg+xml" {
		t.Errorf("picture of type %s", h.Get("Content-Type"))
	}
}

func TestTheStoresTroubleIsNotTold(t *testing.T) {
	f := serve(t)
	f.shelf.gone = true
	status, body, _ := f.do("GET", "/v1/calls", "", token)
	if status != 503 || strings.Contains(body, "hunter2") {
		t.Errorf("%d %s", status, body)
	}
}

func TestALiveCallIsSeenFollowedAndEnded(t *testing.T) {
	f := serve(t)
	j := call.NewJournal(time.Now())
	j.Log(call.KindAnswered, "", nil)
	ended := make(chan struct{})
	id := call.NewID()
	leave, err := f.book.Open(&call.Entry{
		Info: call.Info{ID: id, Caller: "7"}, Journal: j,
		Hangup: func(call.Party, call.Cause) { close(ended) },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer leave()
	if status, body, _ := f.do("GET", "/v1/calls?live=true", "", token); status != 200 || !strings.Contains(body, string(id)) {
		t.Errorf("%d %s", status, body)
	}
	req, _ := http.NewRequest("GET", f.URL+"/v1/calls/"+string(id)+"/events/stream", nil)
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	j.Log("turn.cut", "clear speech", nil)
	j.Log(call.KindEnded, "normal", nil)
	var got []string
	for sc := bufio.NewScanner(res.Body); sc.Scan(); {
		if kind, ok := strings.CutPrefix(sc.Text(), "event: "); ok {
			got = append(got, kind)
		}
	}
	if strings.Join(got, " ") != "call.answered turn.cut call.ended" {
		t.Errorf("followed %v", got)
	}
	if status, _, _ := f.do("POST", "/v1/calls/"+string(id)+"/hangup", "", token); status != 204 {
		t.Errorf("hang up: %d", status)
	}
	<-ended
	if status, body, _ := f.do("GET", "/readyz", "", ""); status != 503 || !strings.Contains(body, "limit of simultaneous calls") {
		t.Errorf("a full Book is ready: %d %s", status, body)
	}
}

func TestAJournalThatEndsWithoutSayingSoEndsItsReaders(t *testing.T) {
	f := serve(t)
	j, id := call.NewJournal(time.Now()), call.NewID()
	leave, err := f.book.Open(&call.Entry{Info: call.Info{ID: id}, Journal: j})
	if err != nil {
		t.Fatal(err)
	}
	defer leave()
	j.Log("turn.cut", "", nil)
	j.Close()
	status, body, _ := f.do("GET", "/v1/calls/"+string(id)+"/events/stream", "", token)
	if status != 200 || !strings.Contains(body, "turn.cut") {
		t.Errorf("%d, followed %q", status, body)
	}
}

func TestSessions(t *testing.T) {
	f := serve(t)
	status, body, _ := f.do("POST", "/v1/audiosocket/sessions", `{"program":"shop","variables":{"name":"Ann"}}`, token)
	if status != 201 || len(f.desk.announced) != 1 {
		t.Fatalf("%d %s", status, body)
	}
	a := f.desk.announced[0]
	if !strings.Contains(body, a.UUID.String()) || a.Call.Variables["name"] != "Ann" || a.Rate != 8000 {
		t.Errorf("announced %+v, answered %s", a, body)
	}
	for body, want := range map[string]int{
		`{"program":"none"}`: 422, `{}`: 422, `{"program":"shop","uuid":"x"}`: 422, `{"program":"shop","rate":44100}`: 422,
		`{"program":"shop","colour":"red"}`: 422,
	} {
		if status, text, _ := f.do("POST", "/v1/audiosocket/sessions", body, token); status != want {
			t.Errorf("%s: %d, want %d: %s", body, status, want, text)
		}
	}
	f.desk.busy = true
	if status, _, _ := f.do("POST", "/v1/audiosocket/sessions", `{"program":"shop"}`, token); status != 503 {
		t.Errorf("busy: %d, want 503", status)
	}
	if status, body, h := f.do("GET", "/v1/audiosocket/sessions/"+uuid.Max.String()+"/outcome", "", token); status != 200 ||
		body != "transfer 100" || !strings.HasPrefix(h.Get("Content-Type"), "text/plain") {
		t.Errorf("outcome %d %q", status, body)
	}
	if status, _, _ := f.do("GET", "/v1/audiosocket/sessions/"+uuid.Nil.String()+"/outcome", "", token); status != 404 {
		t.Errorf("unknown outcome %d", status)
	}
}

func TestPagesNeedASignIn(t *testing.T) {
	f := serve(t)
	jar := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if status, body, _ := f.do("GET", "/", "", ""); status != 401 || strings.Contains(body, "shop") {
		t.Errorf("without a cookie: %d", status)
	}
	for given, want := range map[string]int{"wrong": 401, token: 303} {
		res, err := jar.Post(f.URL+"/signin", "application/x-www-form-urlencoded", strings.NewReader("token="+given))
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("sign in with %q: %d, want %d", given, res.StatusCode, want)
		}
		if c := res.Header.Get("Set-Cookie"); (c != "") != (want == 303) || c != "" && !strings.Contains(c, "HttpOnly; SameSite=Strict") {
			t.Errorf("cookie %q", c)
		}
	}
	for _, path := range []string{"/", "/calls/" + stored} {
		status, body, h := f.do("GET", path, "", token)
		if status != 200 || !strings.Contains(body, "&lt;shop&gt;") || h.Get("Content-Security-Policy") == "" {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	// Another site's form cannot do anything.
	req, _ := http.NewRequest("POST", f.URL+"/v1/calls/"+stored+"/hangup", nil)
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusForbidden {
		t.Errorf("cross-site: %d", res.StatusCode)
	}
}
