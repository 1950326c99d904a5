package trunk

import (
	"fmt"
	"strings"
	"testing"

	"parley/sip/identity"
)

// lines is what Outgoing adds to an INVITE, and its From.
func lines(t *testing.T, tr *Trunk, c Call) string {
	t.Helper()
	c.Called, c.Host = "+4930999", "192.0.2.9"
	out, err := tr.Outgoing(c)
	if err != nil {
		t.Fatal(err)
	}
	s := fmt.Sprintf("%s <%s@%s>", out.CallerName, out.Caller, out.Host)
	for _, h := range out.Headers {
		s += "|" + h.Name + ": " + h.Value
	}
	return s
}

func TestCallersAreShown(t *testing.T) {
	asserted := []identity.Address{identity.New("Real", "+49301", "pbx")}
	anna := Call{Caller: "100", CallerName: "Anna", Asserted: asserted}
	private := anna
	private.Privacy = identity.Privacy{"id"}
	for _, c := range []struct {
		what   string
		change func(*CallerID)
		call   Call
		want   string
	}{
		{"as they are", func(*CallerID) {}, anna, "Anna <100@192.0.2.9>"},
		{"one number", func(id *CallerID) { id.Number, id.Name = "+49300", "Shop" }, anna, "Shop <+49300@192.0.2.9>"},
		{"asserted", func(id *CallerID) { id.From = FromAsserted }, anna, "Real <+49301@192.0.2.9>"},
		{"no names", func(id *CallerID) { id.HideNames = true }, anna, " <100@192.0.2.9>"},
		{"with P-Asserted-Identity", func(id *CallerID) { id.Send = SendAsserted }, anna,
			`Anna <100@192.0.2.9>|P-Asserted-Identity: "Real" <sip:+49301@192.0.2.9>`},
		{"with P-Preferred-Identity", func(id *CallerID) { id.Send = SendPreferred }, Call{Caller: "100"},
			`<100@192.0.2.9>|P-Preferred-Identity: <sip:100@192.0.2.9>`},
		{"private, to one we trust", func(id *CallerID) { id.Send = SendAsserted }, private,
			`Anonymous <anonymous@anonymous.invalid>|Privacy: id|P-Asserted-Identity: "Real" <sip:+49301@192.0.2.9>`},
		{"private, to a stranger", func(id *CallerID) { id.Send, id.Trusted = SendAsserted, false }, private,
			`Anonymous <anonymous@anonymous.invalid>|Privacy: id`},
		{"private, by our account", func(id *CallerID) { id.From = FromUsername }, private,
			`Anonymous <anonymous@anonymous.invalid>|Privacy: id`},
		{"our account", func(id *CallerID) { id.From = FromUsername }, anna, "Anna <me@192.0.2.9>"},
	} {
		tr := one(t, func(cfg *Config) { cfg.Auth.Username = "me"; c.change(&cfg.CallerID) })
		if got := lines(t, tr, c.call); got != c.want && strings.TrimSpace(got) != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.what, got, c.want)
		}
	}
	in := one(t, func(cfg *Config) { cfg.CallerID.Trusted = false }).Incoming(anna)
	if len(in.Asserted) != 0 {
		t.Error("an identity is believed that a stranger asserts")
	}
}

func TestDetoursAreTold(t *testing.T) {
	ds, err := identity.ParseDiversions(`<sip:200@pbx>;reason=no-answer, <sip:300@pbx>;reason=unconditional;privacy=full`)
	if err != nil {
		t.Fatal(err)
	}
	es, err := identity.ParseHistory(`<sip:300@pbx?Reason=SIP%3Bcause%3D302>;index=1, <sip:200@pbx?Reason=SIP%3Bcause%3D408&Privacy=history>;index=1.1, <sip:400@pbx>;index=1.1.1`)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what, send string
		trusted    bool
		call       Call
		want       string
	}{
		{"nothing", SendNone, true, Call{Diversions: ds, History: es}, ""},
		{"Diversion", SendDiversion, true, Call{Diversions: ds},
			"|Diversion: <sip:200@pbx>;reason=no-answer|Diversion: <sip:300@pbx>;reason=unconditional;privacy=full"},
		{"Diversion to a stranger", SendDiversion, false, Call{Diversions: ds}, "|Diversion: <sip:200@pbx>;reason=no-answer"},
		{"Diversion of History-Info", SendDiversion, true, Call{History: es},
			"|Diversion: <sip:200@pbx>;reason=no-answer;privacy=full|Diversion: <sip:300@pbx>;reason=unconditional"},
		{"History-Info of Diversion", SendHistory, true, Call{Diversions: ds},
			"|History-Info: <sip:300@pbx?Reason=SIP%3Bcause%3D302>;index=1|History-Info: <sip:200@pbx?Reason=SIP%3Bcause%3D408>;index=1.1"},
		{"to a stranger, of a private caller", SendHistory, false, Call{History: es, Privacy: identity.Privacy{"id"}}, "|Privacy: id"},
	} {
		tr := one(t, func(cfg *Config) { cfg.CallerID.Detours, cfg.CallerID.Trusted = c.send, c.trusted })
		_, got, _ := strings.Cut(lines(t, tr, c.call), ">")
		if got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.what, got, c.want)
		}
	}
}

func TestHeadersPass(t *testing.T) {
	tr := one(t, func(c *Config) {
		c.Headers = Headers{In: []string{"X-*", "User-To-User"}, Out: []string{"*"}, Set: map[string]string{"X-Account": "7"}}
		c.CallerID.Signed = true
	})
	hs := []Header{{"x-one", "1"}, {"User-To-User", "2"}, {"Via", "3"}, {"Subject", "4"}, {"X-Account", "5"}}
	if got := fmt.Sprint(tr.Incoming(Call{Headers: hs}).Headers); got != "[{x-one 1} {User-To-User 2} {X-Account 5}]" {
		t.Errorf("in: %s", got)
	}
	_, got, _ := strings.Cut(lines(t, tr, Call{Headers: hs, Signed: []string{"a.b.c"}}), ">")
	if got != "|Identity: a.b.c|x-one: 1|User-To-User: 2|Subject: 4|X-Account: 7" {
		t.Errorf("out: %s", got)
	}
}
