package identity

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestAddresses(t *testing.T) {
	for in, want := range map[string]string{
		`"A, \"B\"" <sip:1@h;user=phone>;x=1, tel:+49-30-1;y`: `"A, \"B\""/1/[{x 1}] ""/+49301/[{y }]`,
		`Anna Bell <sip:anna@h>`:                              `"Anna Bell"/anna/[]`,
		`sip:%41nna;phone-context=x@h:5060;tag=a`:             `"a"`,
		`<sip:host>`:                 `""//[]`,
		`<sips:a:secret@h>;p="q;,r"`: `""/a/[{p q;,r}]`,
	} {
		as, err := ParseAddresses(in)
		if err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		var got []string
		for _, a := range as {
			got = append(got, fmt.Sprintf("%q/%s/%v", a.Name, a.User(), a.Params))
		}
		if s := strings.Join(got, " "); s != want && want != `"a"` {
			t.Errorf("%s:\n got %s\nwant %s", in, s, want)
		}
	}
	for _, bad := range []string{`"open <sip:a@b>`, `<sip:a@b`, `alice`, `<>`, `<sip:>`, `<sip:a b@c>`, `Anna sip:a@b`, `<sip:a@b> x`,
		"<sip:a@b\r\nVia: x>", strings.Repeat("x", maxHeader) + "<sip:a@b>"} {
		if a, err := ParseAddress(bad); err == nil {
			t.Errorf("%q is taken for %+v", bad, a)
		}
	}
	if got := New(`a"b`+"\r\n", "x y@z", "h").String(); got != `"a\"b" <sip:x%20y%40z@h>` {
		t.Errorf("written as %s", got)
	}
}

func TestDetours(t *testing.T) {
	ds, err := ParseDiversions(`<sip:200@pbx>;reason=NO-ANSWER;counter=3;privacy=full;screen=yes;x=1`)
	if err != nil || len(ds) != 1 || ds[0].Reason != "no-answer" || ds[0].Counter != 3 || ds[0].User() != "200" {
		t.Fatalf("%+v, %v", ds, err)
	}
	if got := ds[0].String(); got != `<sip:200@pbx>;reason=no-answer;counter=3;privacy=full;screen=yes;x=1` {
		t.Error(got)
	}
	es, err := ParseHistory(`<sip:1@h?Reason=SIP%3Bcause%3D302%3Btext%3D%22x%22>;index=1, "B" <sip:2@h?Privacy=history>;index=1.1;mp=1, <sip:3@h;cause=486>;index=1.1.1`)
	if err != nil || len(es) != 3 || es[0].Cause != 302 || es[1].Cause != 486 || es[2].Cause != 0 || !es[1].Private || es[0].Private {
		t.Fatalf("%+v, %v", es, err)
	}
	if got := es[1].String(); got != `"B" <sip:2@h?Privacy=history>;index=1.1;mp=1` {
		t.Error(got)
	}
	rs, err := ParseRemoteParties(`"A" <sip:1@h>;party=calling;screen=yes;privacy=full, <sip:2@h>;party=called`)
	if err != nil || len(rs) != 2 || !rs[0].Hidden || !rs[0].Screened || !rs[0].Calling || rs[1].Calling {
		t.Fatalf("%+v, %v", rs, err)
	}
}

func TestReasonsAndPrivacy(t *testing.T) {
	rs := ParseReasons(`SIP;cause=486;text="Busy, here", Q.850 ; cause=17, ;x, Q.850;cause=999999`)
	if len(rs) != 3 || Q850(rs) != 17 || rs[0].Text != "Busy, here" || rs[0].String() != `SIP;cause=486;text="Busy, here"` {
		t.Errorf("%+v", rs)
	}
	p := ParsePrivacy("ID; critical;id;a b")
	if p.String() != "id;critical" || !p.HidesCaller() || ParsePrivacy("none").HidesCaller() {
		t.Errorf("%v", p)
	}
}

func passportOf(header, claims string) string {
	e := base64.RawURLEncoding.EncodeToString
	return e([]byte(header)) + "." + e([]byte(claims)) + ".c2ln;info=<https://cert.example/a.pem>;alg=ES256;ppt=shaken"
}

func TestPassports(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	const header = `{"alg":"ES256","ppt":"shaken","typ":"passport","x5u":"https://cert.example/a.pem"}`
	claims := func(iat int64) string {
		return fmt.Sprintf(`{"attest":"A","dest":{"tn":["12155551213"]},"iat":%d,"orig":{"tn":"12155551212"},"origid":"123e"}`, iat)
	}
	for _, c := range []struct{ what, header, want string }{
		{"sound", passportOf(header, claims(now.Unix()-5)), "unverified: claims agree"},
		{"one dest", passportOf(header, `{"dest":{"tn":"12155551213"},"iat":1700000000,"orig":{"tn":"12155551212"}}`), "unverified: claims agree"},
		{"old", passportOf(header, claims(now.Unix()-300)), "unverified: stale, issued 5m0s ago"},
		{"early", passportOf(header, claims(now.Unix()+300)), "unverified: issued 5m0s in the future"},
		{"no time", passportOf(header, claims(0)), "unverified: it does not say when it was issued"},
		{"others", passportOf(header, `{"dest":{"tn":["1"]},"iat":1700000000,"orig":{"tn":"12155551212"}}`), `unverified: dest "1" is not the called number "+12155551213"`},
		{"another", passportOf(header, `{"dest":{"uri":["sip:12155551213@x"]},"iat":1700000000,"orig":{"tn":"1"}}`), `unverified: orig "1" is not the caller "+1 (215) 555-1212"`},
		{"algorithm", passportOf(`{"alg":"none","x5u":"https://x"}`, claims(now.Unix())), `unverified: algorithm "none" is not ES256`},
		{"no certificate", passportOf(`{"alg":"ES256"}`, claims(now.Unix())), "unverified: it names no certificate"},
		{"compact", "..c2ln;info=<https://x>", "unverified: compact form, no claims of its own"},
	} {
		p, err := ParsePassport(c.header)
		if err != nil {
			t.Errorf("%s: %v", c.what, err)
			continue
		}
		if got := p.Verdict("+1 (215) 555-1212", "+12155551213", now); got != c.want {
			t.Errorf("%s: %s, want %s", c.what, got, c.want)
		}
	}
	p, err := ParsePassport(passportOf(header, claims(now.Unix())))
	if err != nil || p.Attest != "A" || p.OrigID != "123e" || p.Extension != "shaken" || p.Certificate != "https://cert.example/a.pem" {
		t.Errorf("%+v, %v", p, err)
	}
	for _, bad := range []string{"", "a.b", "a.b.c", "..", "!.!.x", passportOf(header, "[]"), passportOf("1", "{}")} {
		if p, err := ParsePassport(bad); err == nil {
			t.Errorf("%q is taken for %+v", bad, p)
		}
	}
}

// FuzzHeaders: nothing breaks, and what was read is read the same once it has
// been written.
func FuzzHeaders(f *testing.F) {
	for _, s := range []string{
		`"A, \"B\"" <sip:1@h;user=phone>;x=1, tel:+49-30-1;y`, `<sip:200@pbx>;reason=no-answer;counter=3;privacy=full;screen=yes`,
		`<sip:1@h?Reason=SIP%3Bcause%3D302>;index=1, <sip:2@h;cause=486>;index=1.1`, `Q.850;cause=17;text="x"`, `id;critical`,
		`"A" <sip:1@h>;party=calling;screen=yes`, `"`, `<`, `a:b;"`, `x:%0`, `..c2ln;info=<https://x>;alg=ES256`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		written := func(a fmt.Stringer) {
			if strings.ContainsFunc(a.String(), control) {
				t.Errorf("%q is written with a control character: %q", s, a)
			}
		}
		if as, err := ParseAddresses(s); err == nil {
			for _, a := range as {
				written(a)
				back, err := ParseAddress(a.String())
				if err != nil || back.URI != a.URI || back.User() != a.User() {
					t.Errorf("%q is written as %q and read as %+v, %v", s, a, back, err)
				}
			}
		}
		if ds, err := ParseDiversions(s); err == nil {
			for _, d := range ds {
				written(d)
			}
		}
		if es, err := ParseHistory(s); err == nil {
			for _, e := range es {
				written(e)
			}
		}
		for _, r := range ParseReasons(s) {
			written(r)
		}
		_, _ = ParseRemoteParties(s)
		_ = ParsePrivacy(s)
		if p, err := ParsePassport(s); err == nil {
			if v := p.Verdict("1", "2", time.Unix(0, 0)); !strings.HasPrefix(v, "unverified: ") {
				t.Error(v)
			}
		}
	})
}
