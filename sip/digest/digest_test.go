package digest

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

// The examples of RFC 7616 §3.9.1 and RFC 2617 §3.5.
func TestExamplesOfTheRFCs(t *testing.T) {
	for _, c := range []struct {
		algorithm, realm, nonce, cnonce, password, want string
	}{
		{"MD5", "http-auth@example.org", "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
			"Circle of Life", "8ca523f5e9506fed4657c9700eebdbec"},
		{"SHA-256", "http-auth@example.org", "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
			"Circle of Life", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"},
		{"", "testrealm@host.com", "dcd98b7102dd2f0e8b11d0f600bfb0c093", "0a4f113b", "Circle Of Life", "6629fae49393a05397450978507c4ef1"},
	} {
		client := NewClient(Account{Username: "Mufasa", Password: Password(c.password)})
		client.random = func() string { return c.cnonce }
		try := client.Begin()
		challenge := Challenge{Realm: c.realm, Nonce: c.nonce, Opaque: "x", Algorithm: c.algorithm, QOP: []string{"auth", "auth-int"}}
		if err := try.Challenged(401, []string{challenge.String()}); err != nil {
			t.Fatal(err)
		}
		uri := "/dir/index.html"
		hs := try.Authorize("GET", uri, nil)
		got, err := ParseCredentials(hs[0].Value)
		if err != nil || got.Response != c.want || got.Count != 1 || got.Opaque != "x" || got.QOP != "auth" {
			t.Errorf("%s: %+v, %v", c.algorithm, got, err)
		}
	}
}

var users = func(name string) (Password, bool) {
	p, ok := map[string]Password{"anna": "wonder, \"land\"", "bob": "builder"}[name]
	return p, ok
}

// TestEveryWay: each algorithm and quality that a server may ask for is
// answered so that it can be checked.
func TestEveryWay(t *testing.T) {
	for _, a := range algorithms {
		for _, qop := range []string{"", "auth", "auth-int"} {
			c := Challenge{Realm: `a, "realm"`, Nonce: "n\\1", Opaque: "o,p", Algorithm: a.name}
			if qop != "" {
				c.QOP = []string{qop}
			}
			try := NewClient(Account{Username: "anna", Password: "wonder, \"land\""}).Begin()
			if err := try.Challenged(407, []string{c.String()}); err != nil {
				t.Fatal(err)
			}
			h := try.Authorize("INVITE", "sip:1@h", []byte("v=0"))[0]
			got, err := ParseCredentials(h.Value)
			if err != nil || h.Name != "Proxy-Authorization" || got.Realm != c.Realm || got.Nonce != c.Nonce || got.Opaque != c.Opaque {
				t.Fatalf("%s %s: %+v, %v", a.name, qop, got, err)
			}
			if want := a.response(got, `wonder, "land"`, "INVITE", []byte("v=0")); got.Response != want {
				t.Errorf("%s %s: %s, want %s", a.name, qop, got.Response, want)
			}
			if other := a.response(got, `wonder, "land"`, "INVITE", []byte("v=1")); (got.Response == other) == (qop == "auth-int") {
				t.Errorf("%s %q does not heed the body as it should", a.name, qop)
			}
		}
	}
}

func TestClientChooses(t *testing.T) {
	md5 := `Digest realm="a", nonce="1", algorithm=MD5, qop="auth"`
	sha := `Digest realm="a", nonce="2", algorithm=SHA-256, qop="auth"`
	for _, c := range []struct {
		values []string
		want   string
		err    error
	}{
		{[]string{md5, sha}, "2", nil},
		{[]string{sha, md5}, "2", nil},
		{[]string{`Digest realm="a", nonce="3", algorithm=SHA-1`, md5}, "1", nil},
		{[]string{`Digest realm="a", nonce="3", qop="auth-conf"`, md5}, "1", nil},
		{[]string{md5, `Digest realm="b", nonce="4"`}, "1 4", nil},
		{[]string{`Basic realm="a"`, `Digest realm="a"`}, "", ErrNoChallenge},
		{nil, "", ErrNoChallenge},
	} {
		try := NewClient(Account{Username: "anna"}).Begin()
		err := try.Challenged(401, c.values)
		var nonces []string
		for _, h := range try.Authorize("REGISTER", "sip:h", nil) {
			cred, _ := ParseCredentials(h.Value)
			nonces = append(nonces, cred.Nonce)
		}
		if got := strings.Join(nonces, " "); got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%v: answered %q, %v", c.values, got, err)
		}
	}
	bound := NewClient(Account{Username: "anna", Realm: "b"}).Begin()
	if err := bound.Challenged(401, []string{md5}); !errors.Is(err, ErrRealm) {
		t.Errorf("another realm: %v", err)
	}
}

// TestClientRemembers: later requests carry credentials with growing counts;
// a refusal after fresh ones is final, a stale nonce is not.
func TestClientRemembers(t *testing.T) {
	client := NewClient(Account{Username: "anna", Password: "x"})
	first := client.Begin()
	if hs := first.Authorize("INVITE", "sip:1@h", nil); hs != nil {
		t.Errorf("credentials before a challenge: %v", hs)
	}
	challenge := func(nonce, more string) []string {
		return []string{fmt.Sprintf(`Digest realm="a", nonce="%s", qop="auth"%s`, nonce, more)}
	}
	if err := first.Challenged(401, challenge("1", "")); err != nil {
		t.Fatal(err)
	}
	for n := uint32(1); n < 4; n++ {
		cred, err := ParseCredentials(client.Begin().Authorize("INVITE", "sip:1@h", nil)[0].Value)
		if err != nil || cred.Count != n || cred.Nonce != "1" {
			t.Errorf("%+v, %v", cred, err)
		}
	}
	if err := first.Challenged(401, challenge("2", "")); !errors.Is(err, ErrRejected) {
		t.Errorf("refused twice: %v", err)
	}
	later := client.Begin()
	later.Authorize("INVITE", "sip:1@h", nil)
	for i, want := range []error{nil, nil, nil, ErrRejected} {
		if err := later.Challenged(401, challenge(fmt.Sprint(3+i), ", stale=TRUE")); !errors.Is(err, want) {
			t.Errorf("stale nonce %d: %v", i, err)
		}
	}
}

// exchange lets a client prove itself to s; it returns the credentials.
func credentials(t *testing.T, s *Server, now time.Time, user string, p Password, count uint32) Credentials {
	t.Helper()
	c, err := ParseChallenge(s.Challenges(now, false)[0])
	if err != nil {
		t.Fatal(err)
	}
	return sign(Credentials{Username: user, Realm: c.Realm, Nonce: c.Nonce, URI: "sip:h", Algorithm: c.Algorithm, QOP: "auth", CNonce: "c", Count: count}, p)
}

func sign(c Credentials, p Password) Credentials {
	c.Response = algorithms[strength(c.Algorithm)].response(c, string(p), "REGISTER", nil)
	return c
}

func TestServer(t *testing.T) {
	s := NewServer("parley", time.Minute, DefaultAlgorithms())
	now := time.Unix(1000, 0)
	check := func(now time.Time, c Credentials) error {
		user, err := s.Check(now, "REGISTER", nil, []string{"Basic x", c.String()}, users)
		if err == nil && user != c.Username {
			t.Errorf("%s is taken for %s", c.Username, user)
		}
		return err
	}
	good := credentials(t, s, now, "bob", "builder", 1)
	for _, c := range []struct {
		what string
		now  time.Time
		cred Credentials
		want error
	}{
		{"right", now, good, nil},
		{"again", now, good, ErrStale},
		{"the next count", now, sign(with(good, 5), "builder"), nil},
		{"one that was overtaken", now, sign(with(good, 3), "builder"), nil},
		{"the same again", now, sign(with(good, 3), "builder"), ErrStale},
		{"a wrong password", now, sign(with(good, 6), "other"), ErrDenied},
		{"nobody", now, credentials(t, s, now, "nobody", "builder", 1), ErrDenied},
		{"old", now.Add(2 * time.Minute), sign(with(good, 7), "builder"), ErrStale},
		{"old and wrong", now.Add(2 * time.Minute), sign(with(good, 7), "other"), ErrDenied},
		{"of the future", now.Add(-time.Minute), sign(with(good, 8), "builder"), ErrStale},
		{"another server's nonce", now, credentials(t, NewServer("parley", time.Minute, DefaultAlgorithms()), now, "bob", "builder", 1), ErrStale},
		{"another realm", now, credentials(t, NewServer("other", time.Minute, DefaultAlgorithms()), now, "bob", "builder", 1), ErrMissing},
		{"without qop", now, sign(plain(credentials(t, s, now, "bob", "builder", 1)), "builder"), nil},
		{"an algorithm that was not offered", now, sign(by(good, "SHA-512-256"), "builder"), ErrDenied},
		{"MD5", now, sign(by(credentials(t, s, now, "bob", "builder", 1), "MD5"), "builder"), nil},
	} {
		if err := check(c.now, c.cred); !errors.Is(err, c.want) || err == nil != (c.want == nil) {
			t.Errorf("%s: %v", c.what, err)
		}
	}
	once := sign(plain(credentials(t, s, now, "bob", "builder", 1)), "builder")
	if err := errors.Join(check(now, once)); err != nil {
		t.Error(err)
	}
	if err := check(now, once); !errors.Is(err, ErrStale) {
		t.Errorf("a nonce without count is used twice: %v", err)
	}
	if v := s.Challenges(now, true); len(v) != 2 || !strings.Contains(v[0], "SHA-256") || !strings.Contains(v[1], "MD5") || !strings.Contains(v[0], "stale=true") {
		t.Error(v)
	}
}

func with(c Credentials, count uint32) Credentials   { c.Count = count; return c }
func by(c Credentials, algorithm string) Credentials { c.Algorithm = algorithm; return c }
func plain(c Credentials) Credentials                { c.QOP, c.CNonce, c.Count = "", "", 0; return c }

// TestServerForgetsInOrder: memory is bounded, and what was forgotten is not
// taken again.
func TestServerForgetsInOrder(t *testing.T) {
	n := newNonces(time.Hour)
	now := time.Unix(1000, 0)
	first := n.issue(now)
	if !n.use(now, first, 1) {
		t.Fatal("a fresh nonce is refused")
	}
	for i := range 2 * maxUsed {
		now := now.Add(time.Duration(i) * time.Millisecond)
		if !n.use(now, n.issue(now), 1) {
			t.Fatalf("nonce %d is refused", i)
		}
	}
	if len(n.used) > maxUsed || len(n.order) > maxUsed {
		t.Errorf("%d nonces are remembered", len(n.used))
	}
	if n.use(now.Add(time.Minute), first, 1) {
		t.Error("a count is taken again after it was forgotten")
	}
}

func TestPasswordsHide(t *testing.T) {
	var b strings.Builder
	log := slog.New(slog.NewTextHandler(&b, nil))
	a := Account{Username: "anna", Password: "hunter2"}
	log.Info("x", "account", a, "password", a.Password)
	fmt.Fprintf(&b, "%v %+v %#v %s", a, a, a, a.Password)
	if strings.Contains(b.String(), "hunter2") {
		t.Error(b.String())
	}
}

func TestWhatIsNoDigest(t *testing.T) {
	for _, bad := range []string{"", "Basic x", `Digest realm="a`, `Digest realm="a", realm="b", nonce="1"`, `Digest realm="a" nonce="1"`,
		"Digest realm=\"a\r\n\", nonce=\"1\"", "Digest x", `Digest realm=a`, "Digest " + strings.Repeat("x", maxValue)} {
		if c, err := ParseChallenge(bad); err == nil {
			t.Errorf("%q is taken for %+v", bad, c)
		}
	}
	base := `Digest username="a", realm="r", nonce="n", uri="sip:h", response="x"`
	for _, bad := range []string{base + ", qop=auth", base + `, qop=auth, nc=00000000, cnonce="c"`, base + `, qop=auth, nc=zz, cnonce="c"`, `Digest username="a"`} {
		if c, err := ParseCredentials(bad); err == nil {
			t.Errorf("%q is taken for %+v", bad, c)
		}
	}
}

func FuzzClient(f *testing.F) {
	f.Add(401, `Digest realm="a, b", nonce="1", algorithm=SHA-256, qop="auth,auth-int", opaque="x"`, `Digest realm="c", nonce="\"2"`)
	f.Add(407, `Digest realm="", nonce=1, stale=true`, "Basic x")
	f.Add(401, `Digest a="`, `Digest ,,=,`)
	f.Fuzz(func(t *testing.T, code int, one, two string) {
		try := NewClient(Account{Username: "anna", Password: "hunter2"}).Begin()
		if try.Challenged(code, []string{one, two}) != nil {
			return
		}
		for _, h := range try.Authorize("INVITE", "sip:1@h", nil) {
			if _, err := ParseCredentials(h.Value); err != nil || strings.Contains(h.Value, "hunter2") || strings.ContainsAny(h.Value, "\r\n") {
				t.Errorf("%q and %q are answered with %q: %v", one, two, h.Value, err)
			}
		}
	})
}

func FuzzServer(f *testing.F) {
	s := NewServer("parley", time.Minute, DefaultAlgorithms())
	f.Add(`Digest username="anna", realm="parley", nonce="x", uri="sip:h", response="00", qop=auth, nc=00000001, cnonce="y"`)
	f.Add(`Digest username="anna\"", realm="parley", nonce="x", uri="sip:h", response="00", algorithm=MD5-sess`)
	f.Fuzz(func(t *testing.T, value string) {
		if user, err := s.Check(time.Unix(1000, 0), "REGISTER", nil, []string{value}, users); err == nil {
			t.Errorf("%q is taken for %s", value, user)
		}
		if c, err := ParseCredentials(value); err == nil {
			if back, err := ParseCredentials(c.String()); err != nil || back != c {
				t.Errorf("%+v is written and read as %+v, %v", c, back, err)
			}
		}
	})
}
