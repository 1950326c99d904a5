package registrar

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var (
	start = time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	home  = netip.MustParseAddrPort("192.0.2.1:5060")
)

func config() Config {
	c := Defaults()
	c.Users = []User{{"anna", "x"}, {"bob", "y"}}
	c.MaxContacts = 3
	return c
}

func contact(key string, expires time.Duration) Binding {
	return Binding{URI: "sip:" + key, Key: key, Expires: expires}
}

func request(callID string, seq uint32, cs ...Binding) Request {
	return Request{User: "anna", CallID: callID, Seq: seq, Contacts: cs, Network: "udp", Source: home}
}

// at is where anna is.
func at(cs []Contact) string {
	var uris []string
	for _, c := range cs {
		uris = append(uris, strings.TrimPrefix(c.URI, "sip:"))
	}
	return strings.Join(uris, " ")
}

func TestRegisterByTheRules(t *testing.T) {
	l, now := New(config()), start
	for _, c := range []struct {
		what  string
		after time.Duration
		r     Request
		err   error
		want  string
	}{
		{"nobody is there", 0, request("a", 1), nil, ""},
		{"one", 0, request("a", 2, contact("1", time.Hour)), nil, "1"},
		{"too brief", 0, request("a", 3, contact("1", time.Second)), ErrBrief, "1"},
		{"the same CSeq again", 0, request("a", 2, contact("1", time.Hour)), ErrOrder, "1"},
		{"another Call-ID", 0, request("b", 1, contact("1", time.Hour)), nil, "1"},
		{"two more, one without time", 0, request("a", 4, contact("2", -1), Binding{URI: "sip:3", Key: "3", Q: 0.9, Expires: 2 * time.Minute}), nil, "3 1 2"},
		{"all or nothing", 0, request("a", 4, contact("4", time.Hour), contact("2", 0)), ErrOrder, "3 1 2"},
		{"one too many takes the place of the first to expire", 0, request("a", 5, contact("4", time.Hour)), nil, "1 2 4"},
		{"one goes", 0, request("a", 6, contact("1", 0)), nil, "2 4"},
		{"a question changes nothing", 0, request("z", 1), nil, "2 4"},
		{"* with time", 0, Request{User: "anna", CallID: "a", Seq: 7, Wildcard: true, Contacts: []Binding{{Expires: time.Hour}}}, ErrMalformed, "2 4"},
		{"* and another", 0, Request{User: "anna", CallID: "a", Seq: 7, Wildcard: true, Contacts: []Binding{{}, {}}}, ErrMalformed, "2 4"},
		{"* too late", 0, Request{User: "anna", CallID: "a", Seq: 4, Wildcard: true, Contacts: []Binding{{}}}, ErrOrder, "2 4"},
		{"*", 0, Request{User: "anna", CallID: "a", Seq: 7, Wildcard: true, Contacts: []Binding{{}}}, nil, ""},
		{"a telephone", 0, request("c", 1, Binding{URI: "sip:5", Key: "5", Instance: "i", Expires: time.Hour}), nil, "5"},
		{"started again", 0, request("d", 1, Binding{URI: "sip:6", Key: "6", Instance: "i", Expires: time.Hour}), nil, "6"},
		{"an hour later", time.Hour, request("e", 1), nil, ""},
	} {
		now = now.Add(c.after)
		_, err := l.Register(now, c.r)
		if !errors.Is(err, c.err) || (err == nil) != (c.err == nil) {
			t.Errorf("%s: %v", c.what, err)
		}
		if got := at(l.Lookup(now, "anna")); got != c.want {
			t.Errorf("%s: anna is at %q, want %q", c.what, got, c.want)
		}
	}
	if l.agenda.Len() != 0 || len(l.users) != 0 || len(l.agenda.from) != 0 {
		t.Error("something is left")
	}
}

func TestKeepAlive(t *testing.T) {
	l, now := New(config()), start
	if _, next := l.Due(now); !next.IsZero() {
		t.Errorf("nobody is there, and something is due at %v", next)
	}
	if _, err := l.Register(now, request("a", 1, contact("1", 100*time.Second), contact("2", time.Hour))); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		ask, next := l.Due(now)
		if len(ask) != 0 {
			t.Errorf("asked too early: %v", ask)
		}
		now = next
		if ask, _ = l.Due(now); len(ask) != 2 {
			t.Errorf("%v asks %v", now, ask)
		}
		for _, c := range ask {
			l.Answered(c, c.URI == "sip:2")
		}
	}
	for after, want := range []string{99: "2 1", 100: "2"}[99:] { // it is silent, then it expires
		if got := at(l.Lookup(start.Add(time.Duration(99+after)*time.Second), "anna")); got != want {
			t.Errorf("after %d s anna is at %q", 99+after, got)
		}
	}
	if _, err := l.Register(now, request("a", 2, contact("3", time.Hour))); err != nil {
		t.Fatal(err)
	}
	for range silence {
		l.Answered(Contact{User: "anna", URI: "sip:2", Source: home}, false)
	}
	if got := at(l.Lookup(now, "anna")); got != "3 2" {
		t.Errorf("the silent one is not the last: %s", got)
	}
	l.Answered(Contact{User: "anna", URI: "sip:2", Source: home}, true)
	if l.Lookup(now, "anna")[1].Silent {
		t.Error("one answer makes it heard again")
	}
}

func TestWhereFrom(t *testing.T) {
	l := New(config())
	if _, err := l.Register(start, request("a", 1, contact("1", time.Minute))); err != nil {
		t.Fatal(err)
	}
	if !l.At(start, home.Addr()) || l.At(start, netip.MustParseAddr("192.0.2.2")) || l.At(start.Add(time.Minute), home.Addr()) {
		t.Error("where telephones are is not known")
	}
	if _, err := l.Register(start, request("b", 1, contact("1", time.Hour))); err != nil {
		t.Fatal(err)
	}
	cfg := config()
	cfg.Users = cfg.Users[1:]
	l.Reload(cfg)
	if l.At(start, home.Addr()) || len(l.All(start)) != 0 {
		t.Error("a user who has gone keeps his contacts")
	}
}

// TestBounds: whatever comes, memory is bounded, and after the longest life
// nothing is left.
func TestBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cfg := config()
		l, now := New(cfg), start
		for range rapid.IntRange(0, 60).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 100).Draw(t, "seconds")) * time.Second)
			r := request(rapid.StringMatching("[ab]").Draw(t, "call id"), rapid.Uint32Range(1, 20).Draw(t, "seq"))
			for range rapid.IntRange(0, 3).Draw(t, "contacts") {
				r.Contacts = append(r.Contacts, Binding{
					URI: "sip:x", Key: rapid.StringMatching("[1-6]").Draw(t, "key"), Instance: rapid.StringMatching("[xy]?").Draw(t, "instance"),
					Expires: time.Duration(rapid.IntRange(-1, 5000).Draw(t, "expires")) * time.Second,
				})
			}
			r.Wildcard = rapid.Bool().Draw(t, "wildcard")
			_, _ = l.Register(now, r)
			l.Due(now)
			if n := len(l.users["anna"]); n > cfg.MaxContacts || l.agenda.Len() != n || l.agenda.from[home.Addr()] != n {
				t.Fatalf("%d contacts, %d on the agenda", n, l.agenda.Len())
			}
		}
		now = now.Add(cfg.MaxExpires)
		if left := l.Lookup(now, "anna"); len(left) > 0 {
			t.Fatalf("left: %v", left)
		}
	})
}

func TestConfigProblems(t *testing.T) {
	c := Config{Users: []User{{"", "x"}, {"anna", ""}, {"anna", "x"}}, MaxExpires: -1, KeepAlive: time.Second}
	var keys []string
	c.Validate(func(key, _, _ string) { keys = append(keys, key) })
	if got := fmt.Sprint(keys); got != "[realm algorithms users[0].name users[1].password users[2].name min_expires max_expires max_contacts keep_alive]" {
		t.Error(got)
	}
	Defaults().Validate(func(key, problem, _ string) { t.Error(key, problem) })
}
