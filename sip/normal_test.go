package sip

import (
	"strings"
	"testing"
)

func TestNormal(t *testing.T) {
	for in, want := range map[string]string{
		"A x SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=1\r\nSubject: a  ; b\r\n\r\nbody ; x":                           "",
		"A x SIP/2.0\r\nVia  : SIP  /   2.0\r\n /UDP\r\n    192.0.2.2;branch = 3 ,\r\n SIP / 2.0 / TCP b\r\n\r\n": "A x SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.2;branch=3,SIP/2.0/TCP b\r\n\r\n",
		"A x SIP/2.0\r\nfrom   : \"J \\\" ; x\"       <sip:a@b; c>\r\n  ;\r\n  tag = 9\r\n\r\n":                   "A x SIP/2.0\r\nfrom: \"J \\\" ; x\" <sip:a@b; c>;tag=9\r\n\r\n",
		"A x SIP/2.0\r\nSubject: a\r\n  b ; c\r\nS : 1\r\n\r\nm = 1":                                              "A x SIP/2.0\r\nSubject: a b ; c\r\nS: 1\r\n\r\nm = 1",
		"A x SIP/2.0\r\ncseq: 0009\r\n  INVITE\r\n\r\n":                                                           "A x SIP/2.0\r\ncseq: 0009 INVITE\r\n\r\n",
		"no head": "",
	} {
		if want == "" {
			want = in
		}
		if got := string(normal([]byte(in))); got != want {
			t.Errorf("%q\nbecomes %q\nwant    %q", in, got, want)
		}
	}
}

func FuzzNormal(f *testing.F) {
	f.Add("A x SIP/2.0\r\nVia  : SIP / 2.0\r\n /UDP a ; b = \"c\\\" d\"\r\n\r\n")
	f.Fuzz(func(t *testing.T, in string) {
		once := string(normal([]byte(in)))
		if len(once) > len(in)+strings.Count(in, ":") { // "a:b" may get its space
			t.Fatalf("%q grows to %q", in, once)
		}
	})
}
