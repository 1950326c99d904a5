package sip

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	sipmsg "github.com/emiago/sipgo/sip"
)

const plainINVITE = "INVITE sip:101@127.0.0.1:5060 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK-1;rport\r\nMax-Forwards: 70\r\n" +
	"From: \"A person\" <sip:200@127.0.0.1:5070>;tag=1\r\nTo: <sip:101@127.0.0.1:5060>\r\nCall-ID: 1@127.0.0.1\r\nCSeq: 1 INVITE\r\n" +
	"Contact: <sip:200@127.0.0.1:5070;transport=udp>\r\nX-Order: 12, 13\r\nAllow: INVITE, ACK, BYE\r\nContent-Type: application/sdp\r\nContent-Length: 5\r\n\r\nv=0\r\n"

func TestOutline(t *testing.T) {
	p, ok := outline([]byte(plainINVITE))
	if !ok || string(p.method) != "INVITE" || string(p.branch) != "z9hG4bK-1" || string(p.sentBy) != "127.0.0.1:5070" {
		t.Fatalf("outline = %+v, %v", p, ok)
	}
	for name, c := range map[string]struct{ old, with string }{
		"a folded line":           {"X-Order: 12,", "X-Order: 12,\r\n"},
		"a space before a colon":  {"Call-ID:", "Call-ID :"},
		"a space in Via":          {";rport", "; rport"},
		"two in one Via":          {";rport", ";rport, SIP/2.0/UDP x;branch=z9hG4bK2"},
		"a header twice":          {"Max-Forwards: 70\r\n", "Max-Forwards: 70\r\nMax-Forwards: 70\r\n"},
		"another method in CSeq":  {"1 INVITE", "1 BYE"},
		"no Call-ID":              {"Call-ID: 1@127.0.0.1\r\n", ""},
		"no branch":               {";branch=z9hG4bK-1", ""},
		"headers in a URI":        {"sip:101@127.0.0.1:5060 ", "sip:101@127.0.0.1:5060?a=b "},
		"a name with a backslash": {"A person", `A \" person`},
		"a short body":            {"Content-Length: 5", "Content-Length: 6"},
		"an unknown header":       {"X-Order", "Replaces"},
		"another version":         {"SIP/2.0\r\nVia", "SIP/3.0\r\nVia"},
		"no end":                  {"\r\n\r\nv=0\r\n", "\r\n"},
	} {
		data := bytes.Replace([]byte(plainINVITE), []byte(c.old), []byte(c.with), 1)
		if bytes.Equal(data, []byte(plainINVITE)) {
			t.Errorf("%s: nothing changed", name)
		}
		if _, ok := outline(data); ok {
			t.Errorf("%s is called plain", name)
		}
	}
}

// FuzzPlain holds outline to its promise: the parser takes what is plain, and
// finds in it what outline has found.
func FuzzPlain(f *testing.F) {
	f.Add([]byte(plainINVITE))
	f.Add([]byte("SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK1\r\nFrom: <sip:a@x>;tag=1\r\nTo: <sip:b@x>;tag=2\r\nCall-ID: 1\r\nCSeq: 1 BYE\r\n\r\n"))
	files, _ := filepath.Glob("testdata/rfc4475/*")
	for _, file := range files {
		if data, err := os.ReadFile(file); err == nil {
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, ok := outline(data)
		if !ok {
			return
		}
		s := new(screen)
		if _, status, ok := s.judge(data); !ok {
			t.Fatalf("the parser says %s (%d panics) of\n%q", status, s.panics.Load(), data)
		}
		if !bytes.Equal(normal(data), data) {
			t.Fatalf("normal changes\n%q", data)
		}
		m, err := sipmsg.ParseMessage(data)
		if err != nil {
			t.Fatal(err)
		}
		via := m.Via()
		if b := via.Params.GetOr("branch", ""); b != string(p.branch) || via.SentBy() != string(p.sentBy) {
			t.Fatalf("Via is %q by %q, outline says %q by %q of\n%q", b, via.SentBy(), p.branch, p.sentBy, data)
		}
		if req, ok := m.(*sipmsg.Request); ok != (p.method != nil) || ok && string(req.Method) != string(p.method) {
			t.Fatalf("outline says method %q of\n%q", p.method, data)
		}
	})
}
