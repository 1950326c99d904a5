package sip

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

func TestAbsorber(t *testing.T) {
	var a absorber
	a.init()
	text := strings.ReplaceAll(plainINVITE, "INVITE", "BYE")
	m, err := sipmsg.ParseMessage([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	from := netip.MustParseAddrPort("192.0.2.7:5099")
	var said []byte
	answer := func(b []byte) (int, error) { said = bytes.Clone(b); return len(b), nil }
	repeated := func(text string) bool {
		said = nil
		p, ok := outline([]byte(text))
		if !ok {
			t.Fatal("not plain")
		}
		return a.repeated(p, []byte(text), from, answer)
	}
	now := time.Now()
	if repeated(text) {
		t.Fatal("what has never been seen is called a repetition")
	}
	a.add(m.(*sipmsg.Request), 200, now.Add(time.Second))
	if !repeated(text) {
		t.Fatal("a repetition is not recognised")
	}
	res, err := sipmsg.ParseMessage(said)
	if err != nil {
		t.Fatalf("%v of\n%s", err, said)
	}
	via := res.Via()
	if r, ok := res.(*sipmsg.Response); !ok || r.StatusCode != 200 || res.CSeq().MethodName != "BYE" ||
		via.Params.GetOr("received", "") != "192.0.2.7" || via.Params.GetOr("rport", "") != "5099" || via.Params.GetOr("branch", "") != "z9hG4bK-1" {
		t.Errorf("a repetition is answered\n%s", said)
	}
	for _, other := range []string{
		strings.Replace(text, "z9hG4bK-1", "z9hG4bK-2", 1),
		strings.Replace(text, "5070;branch", "5071;branch", 1),
		strings.ReplaceAll(text, "BYE", "INVITE"),
		strings.Replace(text, "Call-ID: 1@", "Call-ID: 2@", 1),
		strings.Replace(text, "CSeq: 1 ", "CSeq: 2 ", 1),
	} {
		if repeated(other) {
			t.Errorf("taken for a repetition:\n%s", other)
		}
	}
	invite, _ := sipmsg.ParseMessage([]byte(plainINVITE))
	a.add(invite.(*sipmsg.Request), 0, now.Add(time.Second))
	if !repeated(plainINVITE) || said != nil {
		t.Errorf("a repeated INVITE is answered %q", said)
	}
	if left := a.sweep(now.Add(900 * time.Millisecond)); left != 2 {
		t.Errorf("%d left before their time, want 2", left)
	}
	if left := a.sweep(now.Add(2 * time.Second)); left != 0 || repeated(text) || a.len() != 0 {
		t.Errorf("%d left after their time", left)
	}
}

func TestBranchesOfRFC2543(t *testing.T) {
	var a absorber
	a.init()
	old := strings.Replace(plainINVITE, "z9hG4bK-1", "1", 1)
	m, err := sipmsg.ParseMessage([]byte(old))
	if err != nil {
		t.Fatal(err)
	}
	a.add(m.(*sipmsg.Request), 0, time.Now().Add(time.Minute))
	for text, want := range map[string]bool{
		old: true,
		strings.Replace(old, "Call-ID: 1@", "Call-ID: 2@", 1): false, // the next call with the same branch
		strings.Replace(old, "CSeq: 1 ", "CSeq: 2 ", 1):       false, // a re-INVITE with it
	} {
		p, ok := outline([]byte(text))
		if got := ok && a.repeated(p, []byte(text), netip.AddrPort{}, nil); got != want {
			t.Errorf("taken for a repetition: %v\n%s", got, text)
		}
	}
}

func TestAbsorberIsBounded(t *testing.T) {
	var a absorber
	a.init()
	m, _ := sipmsg.ParseMessage([]byte(plainINVITE))
	req := m.(*sipmsg.Request)
	for i := range 17 * maxAbsorbed {
		req.Via().Params.Remove("branch")
		req.Via().Params.Add("branch", "z9hG4bK"+time.Duration(i).String())
		a.add(req, 0, time.Now())
	}
	if n := a.len(); n > 16*maxAbsorbed {
		t.Errorf("%d are kept, at most %d", n, 16*maxAbsorbed)
	}
}

func BenchmarkOutline(b *testing.B) {
	data := []byte(plainINVITE)
	for b.Loop() {
		if _, ok := outline(data); !ok {
			b.Fatal("not plain")
		}
	}
}
