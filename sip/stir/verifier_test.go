package stir_test

import (
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"parley/sip/identity"
	"parley/sip/stir"
	"parley/sip/stir/stirtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func verifier(t *testing.T, c stir.Config) *stir.Verifier {
	t.Helper()
	v, err := stir.New(c, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Close)
	return v
}

// callWith is a call from and to the numbers of stirtest's tokens.
func callWith(headers ...string) stir.Call {
	return stir.Call{Headers: headers, Orig: []string{"+1 (215) 555-1212"}, Dest: []string{"+12155551213"}}
}

type object = map[string]any

// TestVerification: what passes, and for each fault the status that it gets
// where verification is required.
func TestVerification(t *testing.T) {
	a := stirtest.New(t)
	v := verifier(t, a.Config())
	good := a.Issue("good", nil)
	expired := a.Issue("expired", func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) })
	mute := a.Issue("mute", func(c *x509.Certificate) { c.ExtraExtensions = nil })
	stranger := stirtest.New(t).Issue("stranger", nil)
	strange := a.Page("/strange.pem", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(stranger.PEM) })
	page := func(path string, h http.HandlerFunc) string {
		return good.Token(object{"x5u": a.Page(path, h)}, nil)
	}
	full := good.Token(nil, nil)
	token, params, _ := strings.Cut(full, ";")
	parts := strings.Split(token, ".")
	spoilt := parts[0] + "." + parts[1] + "." + strings.Repeat("A", 86) + ";" + params
	short := parts[0] + "." + parts[1] + ".AAAA;" + params
	tn := func(n string) object { return object{"tn": n} }
	tns := func(n ...string) object { return object{"tn": n} }
	plain := object{"ppt": nil}

	for name, c := range map[string]struct {
		headers []string
		status  int
		why     string
	}{
		"shaken":               {[]string{full}, 0, ""},
		"no profile":           {[]string{good.Token(plain, object{"attest": nil, "origid": nil})}, 0, ""},
		"attested C":           {[]string{good.Token(nil, object{"attest": "C"})}, 0, ""},
		"good among bad":       {[]string{"nonsense", spoilt, full}, 0, ""},
		"without info":         {[]string{token}, 0, ""},
		"nothing":              {nil, 428, "no Identity header"},
		"unknown profile":      {[]string{good.Token(object{"ppt": "rph"}, nil)}, 428, "no Identity header"},
		"garbage":              {[]string{"garbage"}, 438, "header.claims.signature"},
		"no JSON":              {[]string{"e30.!!.AAAA;info=<https://x>"}, 438, "claims"},
		"another algorithm":    {[]string{good.Token(object{"alg": "none"}, nil)}, 438, `algorithm "none"`},
		"wrong signature":      {[]string{spoilt}, 438, "signature"},
		"short signature":      {[]string{short}, 438, "signature"},
		"old":                  {[]string{good.Token(nil, object{"iat": time.Now().Add(-2 * time.Minute).Unix()})}, 403, "stale"},
		"of tomorrow":          {[]string{good.Token(nil, object{"iat": time.Now().Add(24 * time.Hour).Unix()})}, 403, "in the future"},
		"of no time":           {[]string{good.Token(nil, object{"iat": nil})}, 438, "when it was issued"},
		"another caller":       {[]string{good.Token(nil, object{"orig": tn("12155550000")})}, 438, "is not the caller"},
		"no caller":            {[]string{good.Token(nil, object{"orig": nil})}, 438, "is not the caller"},
		"another callee":       {[]string{good.Token(nil, object{"dest": tns("12155550000")})}, 438, "is not the called number"},
		"several callees":      {[]string{good.Token(nil, object{"dest": tns("12155550000", "12155551213")})}, 0, ""},
		"attested D":           {[]string{good.Token(nil, object{"attest": "D"})}, 438, "attest"},
		"not attested":         {[]string{good.Token(nil, object{"attest": nil})}, 438, "attest"},
		"no certificate":       {[]string{good.Token(object{"x5u": nil}, nil)}, 436, "no https URL"},
		"http":                 {[]string{good.Token(object{"x5u": "http://127.0.0.1/x.pem"}, nil)}, 436, "no https URL"},
		"file":                 {[]string{good.Token(object{"x5u": "file:///etc/passwd"}, nil)}, 436, "no https URL"},
		"two certificates":     {[]string{token + ";info=<https://elsewhere.example/x.pem>"}, 436, "is not its x5u"},
		"nobody listens":       {[]string{good.Token(object{"x5u": "https://127.0.0.1:9/x.pem"}, nil)}, 436, "refused"},
		"missing":              {[]string{good.Token(object{"x5u": a.URL + "/missing.pem"}, nil)}, 436, "404"},
		"oversized":            {[]string{page("/big.pem", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 70000)) })}, 436, "longer than"},
		"redirected":           {[]string{page("/moved.pem", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/good.pem", http.StatusFound) })}, 436, "leads elsewhere"},
		"no certificate in it": {[]string{page("/junk.pem", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") })}, 437, "not a certificate"},
		"of another":           {[]string{good.Token(object{"x5u": expired.URL}, nil)}, 437, "expired"},
		"expired":              {[]string{expired.Token(nil, nil)}, 437, "expired"},
		"no TNAuthList":        {[]string{mute.Token(nil, nil)}, 437, "TNAuthList"},
		"another authority":    {[]string{stranger.Token(object{"x5u": strange}, nil)}, 437, "no trust anchor"},
		"compact shaken":       {[]string{".." + good.Sign("x") + ";info=<" + good.URL + ">;ppt=shaken"}, 438, "compact form"},
		"compact, no date":     {[]string{".." + good.Sign("x") + ";info=<" + good.URL + ">"}, 438, "Date"},
	} {
		t.Run(name, func(t *testing.T) {
			r := v.Verify(t.Context(), callWith(c.headers...), time.Now())
			if len(r.Verdicts) != len(c.headers) {
				t.Errorf("verdicts %q", r.Verdicts)
			}
			if c.status == 0 {
				if r.Verstat != stir.Passed || r.Problem != nil || r.Verdicts[len(r.Verdicts)-1] != "verified" {
					t.Errorf("%+v, %v", r, r.Problem)
				}
				return
			}
			if r.Problem == nil || r.Problem.Status != c.status || !strings.Contains(r.Problem.Why, c.why) || r.Problem.Phrase() == "" {
				t.Fatalf("%+v: %+v", r, r.Problem)
			}
			if want := map[int]string{428: stir.None, 436: stir.None}[c.status]; want != "" && r.Verstat != want || want == "" && r.Verstat != stir.Failed {
				t.Errorf("a %d is %s", c.status, r.Verstat)
			}
			for _, verdict := range r.Verdicts {
				if !strings.HasPrefix(verdict, "unverified: ") || verdict == "unverified: " {
					t.Errorf("verdict %q", verdict)
				}
			}
		})
	}
}

// TestDiversions: a call that was diverted passes if every stop has signed
// that it sent it on (RFC 8946).
func TestDiversions(t *testing.T) {
	a := stirtest.New(t)
	v := verifier(t, a.Config())
	good := a.Issue("good", nil)
	first := good.Token(nil, object{"dest": object{"tn": []string{"12155551000"}}})
	stop := func(from, to string) string {
		return good.Token(object{"ppt": "div"}, object{"div": object{"tn": from}, "dest": object{"tn": []string{to}}, "attest": nil})
	}
	one, two := stop("12155551000", "12155552000"), stop("12155552000", "12155551213")
	if r := v.Verify(t.Context(), callWith(first, one, two), time.Now()); r.Verstat != stir.Passed || strings.Join(r.Verdicts, " ") != "verified verified verified" {
		t.Errorf("%+v, %v", r, r.Problem)
	}
	other := stirtest.New(t).Issue("good", nil)
	forged := other.Token(object{"ppt": "div", "x5u": good.URL}, object{"div": object{"tn": "12155552000"}, "dest": object{"tn": []string{"12155551213"}}})
	for name, hs := range map[string][]string{"a stop is missing": {first, two}, "a stop is forged": {first, one, forged}, "div alone": {one, two}} {
		if r := v.Verify(t.Context(), callWith(hs...), time.Now()); r.Verstat == stir.Passed {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

// TestCompactForm: the claims are those of the request (RFC 8224 §7).
func TestCompactForm(t *testing.T) {
	a := stirtest.New(t)
	v := verifier(t, a.Config())
	good := a.Issue("good", nil)
	now := time.Now().Truncate(time.Second)
	enc := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	input := enc(`{"alg":"ES256","typ":"passport","x5u":"`+good.URL+`"}`) + "." +
		enc(fmt.Sprintf(`{"dest":{"tn":["12155551213"]},"iat":%d,"orig":{"tn":"12155551212"}}`, now.Unix()))
	c := callWith(".." + good.Sign(input) + ";info=<" + good.URL + ">;alg=ES256")
	c.Date = now
	if r := v.Verify(t.Context(), c, now); r.Verstat != stir.Passed {
		t.Errorf("%+v, %v", r, r.Problem)
	}
	c.Orig = []string{"+12155550000"}
	if r := v.Verify(t.Context(), c, now); r.Verstat != stir.Failed {
		t.Errorf("of another caller: %+v", r)
	}
}

// TestManyHeadersCostLittle: what stands behind the first few is not looked at.
func TestManyHeadersCostLittle(t *testing.T) {
	a := stirtest.New(t)
	v := verifier(t, a.Config())
	var hs []string
	for i := range 30 {
		hs = append(hs, a.Issue(fmt.Sprintf("c%d", i), nil).Token(nil, object{"orig": object{"tn": "12155551212"}, "dest": object{"tn": []string{"1"}}}))
	}
	r := v.Verify(t.Context(), callWith(hs...), time.Now())
	if n := a.Asked.Load(); n > 8 || r.Verstat != stir.Failed || len(r.Verdicts) != 30 {
		t.Errorf("%d certificates were fetched: %+v", n, r)
	}
}

// TestSigning: what we sign passes where we are believed.
func TestSigning(t *testing.T) {
	a := stirtest.New(t)
	v := verifier(t, a.Config())
	good := a.Issue("good", nil)
	s, err := stir.NewSigner(stir.Signing{Key: good.KeyFile, Certificate: good.URL, Attest: "B"})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	header, err := s.Sign("+1-215-555-1212", "+12155551213", now)
	if err != nil {
		t.Fatal(err)
	}
	r := v.Verify(t.Context(), callWith(header), now)
	if r.Verstat != stir.Passed || r.Attest != "B" {
		t.Errorf("%+v, %v", r, r.Problem)
	}
	p, err := identity.ParsePassport(header)
	if err != nil || p.Orig != "12155551212" || len(p.OrigID) != 36 || p.Extension != "shaken" {
		t.Errorf("%+v, %v", p, err)
	}
	if _, err := s.Sign("anonymous", "+12155551213", now); err == nil {
		t.Error("a name was vouched for")
	}
	for _, file := range []string{"", a.Anchors, "/nowhere"} {
		if _, err := stir.NewSigner(stir.Signing{Key: file}); err == nil {
			t.Errorf("%q is taken for a key", file)
		}
	}
}

func TestConfigurations(t *testing.T) {
	problems := 0
	count := func(string, string, string) { problems++ }
	stir.Config{}.Validate(count)
	stir.Signing{Key: "x", Certificate: "http://x", Attest: "D"}.Validate(count)
	stir.Signing{Certificate: "https://x", Attest: "A"}.Validate(count)
	if problems != 5 {
		t.Errorf("%d problems", problems)
	}
	stir.Defaults().Validate(count)
	stir.Signing{Attest: stir.Attests}.Validate(count)
	if problems != 5 {
		t.Error("the defaults have problems")
	}
	for _, c := range []stir.Config{{Anchors: "/nowhere"}, {CA: "/nowhere"}} {
		if _, err := stir.New(c, nil); err == nil {
			t.Errorf("%+v is taken", c)
		}
	}
}

// BenchmarkVerify is what a call costs whose certificate is known.
func BenchmarkVerify(b *testing.B) {
	a := stirtest.New(b)
	v, err := stir.New(a.Config(), nil)
	if err != nil {
		b.Fatal(err)
	}
	defer v.Close()
	c, now := callWith(a.Issue("good", nil).Token(nil, nil)), time.Now()
	for b.Loop() {
		if r := v.Verify(b.Context(), c, now); r.Verstat != stir.Passed {
			b.Fatal(r.Problem)
		}
	}
}
