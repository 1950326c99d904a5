package peers

import (
	"math/rand/v2"
	"net"
	"strings"
	"testing"
	"time"

	"parley/test/harness"
)

// TestRefusals: each kind of call that cannot be is refused as it should.
func TestRefusals(t *testing.T) {
	t.Parallel()
	p := harness.Start(t, harness.Options{Config: harness.Map{
		"routes": []harness.Map{{"called": "echo", "echo": true}, {"called": "busy", "reject": "busy"}},
	}})
	good := harness.Offer("RTP/AVP", 40000)
	for what, c := range map[string]struct {
		user, body string
		code       int
		kept       string // the record's cause, if there is to be one
	}{
		"no route":           {"nobody", good, 404, "not-found"},
		"a route that is":    {"busy", good, 486, "busy"},
		"encrypted only":     {"echo", harness.Offer("RTP/SAVP", 40000), 488, ""},
		"no common codec":    {"echo", strings.Replace(good, "RTP/AVP 0 8 101", "RTP/AVP 18", 1), 488, ""},
		"no description":     {"echo", "v=0\r\no=this is not\r\nm=\r\n", 400, ""},
		"a port that is not": {"echo", strings.Replace(good, "audio 40000", "audio 99999999", 1), 400, ""},
	} {
		f := p.NewPhone(t, "127.0.0.1")
		r := f.Call(c.user, c.body)
		if r.Code != c.code {
			t.Errorf("%s: %d, want %d", what, r.Code, c.code)
		}
		if c.kept != "" {
			if k := p.Kept(f.CallID()); k.Cause != c.kept || k.HangupBy != "system" || !k.Answered.IsZero() {
				t.Errorf("%s: the record says %s by %s, answered %v", what, k.Cause, k.HangupBy, k.Answered)
			}
		}
		t.Logf("%s: %d", what, r.Code)
	}
	p.Idle(t)
}

// TestCancel: a caller who gives up at once. The echo answers so fast that
// either may be first; nothing is left in either case.
func TestCancel(t *testing.T) {
	t.Parallel()
	p := harness.Start(t, harness.Options{})
	finals := map[int]int{}
	for range 20 {
		f := p.NewPhone(t, "127.0.0.1")
		f.Request("INVITE", "demo", harness.Offer("RTP/AVP", 40000))
		f.Request("CANCEL", "demo", "")
		r := f.Final("INVITE", "demo")
		finals[r.Code]++
		switch r.Code {
		case 200:
			f.Hangup("demo")
		case 487:
			if k := p.Kept(f.CallID()); k.Cause != "cancelled" || k.HangupBy != "customer" {
				t.Errorf("the record of a cancelled call says %s by %s", k.Cause, k.HangupBy)
			}
		default:
			t.Errorf("INVITE and CANCEL got %d", r.Code)
		}
	}
	p.Idle(t)
	t.Logf("20 calls cancelled at once: %v", finals)
}

// TestUnknownSources get no answer at all, over UDP and TCP, and are counted.
func TestUnknownSources(t *testing.T) {
	t.Parallel()
	known := []harness.Map{{"name": "one", "addresses": []string{"127.0.0.1/32"}}}
	p := harness.Start(t, harness.Options{Config: harness.Map{"sip": harness.Map{"trunks": known}}})
	stranger, friend := p.NewPhone(t, "127.0.0.2"), p.NewPhone(t, "127.0.0.1")
	stranger.Request("OPTIONS", "echo", "")
	stranger.Request("INVITE", "echo", harness.Offer("RTP/AVP", 40000))
	stranger.Send([]byte("garbage"))
	// What comes over one socket is read in order.
	friend.Request("OPTIONS", "echo", "")
	if r := friend.Final("OPTIONS", "echo"); r.Code != 200 {
		t.Errorf("OPTIONS of a peer got %d", r.Code)
	}
	if r, ok := stranger.Next("OPTIONS", 300*time.Millisecond); ok {
		t.Errorf("a stranger got %d", r.Code)
	}
	if n := p.Metric("parley_sip_dropped_total"); n != 3 {
		t.Errorf("%v datagrams dropped, want 3", n)
	}

	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}, Timeout: harness.Patience}
	conn, err := d.Dial("tcp", p.SIPTCP)
	if err == nil {
		defer conn.Close()
		_, _ = conn.Write([]byte("OPTIONS sip:echo@127.0.0.1 SIP/2.0\r\n\r\n"))
		_ = conn.SetReadDeadline(time.Now().Add(harness.Patience))
		if n, err := conn.Read(make([]byte, 100)); n > 0 || err == nil {
			t.Errorf("a stranger was told %d bytes over TCP", n)
		}
	}
	harness.Eventually(t, "the TCP connection is counted", func() bool { return p.Metric("parley_sip_dropped_total") == 4 })
	if len(p.Calls()) > 0 {
		t.Error("a stranger's call has a record")
	}

	told := harness.Start(t, harness.Options{Config: harness.Map{"sip": harness.Map{"trunks": known, "unknown": "reject"}}})
	if r := told.NewPhone(t, "127.0.0.2").Call("echo", harness.Offer("RTP/AVP", 40000)); r.Code != 403 {
		t.Errorf("a stranger who is to be told got %d", r.Code)
	}
}

// TestGarbage: what is not SIP is ignored and counted, one by one.
func TestGarbage(t *testing.T) {
	t.Parallel()
	p := harness.Start(t, harness.Options{})
	f := p.NewPhone(t, "127.0.0.1")
	random := rand.New(rand.NewPCG(1, 2))
	const n = 300
	for i := range n {
		b := make([]byte, 1+random.IntN(1400))
		for j := range b {
			b[j] = byte(random.IntN(255) + 1)
		}
		switch i % 3 {
		case 1: // a beginning of a message
			b = append([]byte("INVITE sip:echo@127.0.0.1 SIP/2.0\r\nVia: "), b...)
		case 2: // a message that lies about its length
			b = append([]byte("OPTIONS sip:echo@127.0.0.1 SIP/2.0\r\nContent-Length: -5\r\n\r\n"), b...)
		}
		f.Send(b)
		if i%20 == 0 { // the socket's buffer is not what is tested
			f.Request("OPTIONS", "echo", "")
			if r := f.Final("OPTIONS", "echo"); r.Code != 200 {
				t.Fatalf("OPTIONS amid garbage got %d", r.Code)
			}
			f = p.NewPhone(t, "127.0.0.1")
		}
	}
	harness.Eventually(t, "all the garbage is counted", func() bool { return p.Metric("parley_sip_malformed_total") == n })
	// What parses as SIP and is none is told so.
	bad := p.NewPhone(t, "127.0.0.1")
	bad.Send([]byte("INVITE sip:echo@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:1;branch=z9hG4bKx;rport\r\nFrom: <sip:a@b>;tag=1\r\n" +
		"To: <sip:echo@127.0.0.1>\r\nCall-ID: bad\r\nCSeq: one INVITE\r\nContent-Length: 0\r\n\r\n"))
	harness.Eventually(t, "a number that is none is counted", func() bool { return p.Metric("parley_sip_malformed_total") == n+1 })
	if r := p.NewPhone(t, "127.0.0.1").Call("nobody", harness.Offer("RTP/AVP", 40000)); r.Code != 404 {
		t.Errorf("after the garbage a call got %d", r.Code)
	}
	t.Logf("%d datagrams of garbage counted", n)
}
