package quoted

import "testing"

func TestBothWays(t *testing.T) {
	for s, want := range map[string]string{"": `""`, "a b": `"a b"`, `say "x\y"`: `"say \"x\\y\""`, "\xe4\u9053": "\"\xe4\u9053\""} {
		got := String(s)
		if got != want {
			t.Errorf("%q is written as %s, want %s", s, got, want)
		}
		if text, rest, ok := Cut(got + ";x"); text != s || rest != ";x" || !ok {
			t.Errorf("%s is read as %q, rest %q", got, text, rest)
		}
	}
	if got := String("a\r\nb\x7f"); got != `"ab"` {
		t.Errorf("control characters are written: %q", got)
	}
	for _, open := range []string{"", `"`, `"a`, `"a\`, `"a\"`} {
		if text, _, ok := Cut(open); ok {
			t.Errorf("%q is read as %q", open, text)
		}
	}
}
