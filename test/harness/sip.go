package harness

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Phone is a SIP user agent of few words, for what sipp does not do: it sends
// messages as they are and hands out responses as they come.
type Phone struct {
	t      testing.TB
	conn   *net.UDPConn
	to     string
	callID string
	toTag  string
	target string // of requests within the dialog
}

// NewPhone is a phone on an address of this machine that calls a Parley.
func (p *Parley) NewPhone(t testing.TB, from string) *Phone {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.ParseIP(from)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &Phone{t: t, conn: conn, to: p.SIP, callID: fmt.Sprintf("%d@%s", time.Now().UnixNano(), conn.LocalAddr())}
}

// Response is a SIP response as far as the tests look at it.
type Response struct {
	Code   int
	Method string // of CSeq
	Header map[string]string
	Body   string
}

// Send sends bytes as they are.
func (f *Phone) Send(data []byte) {
	f.t.Helper()
	to, err := net.ResolveUDPAddr("udp4", f.to)
	if err != nil {
		f.t.Fatal(err)
	}
	if _, err := f.conn.WriteToUDP(data, to); err != nil {
		f.t.Fatal(err)
	}
}

// CallID is the name of the phone's call.
func (f *Phone) CallID() string { return f.callID }

// Offer is a session description with one line of audio, whose RTP is to go
// to port.
func Offer(profile string, port int) string {
	return fmt.Sprintf("v=0\r\no=test 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"+
		"m=audio %d %s 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n", port, profile)
}

// Request sends a request of the phone's call. CANCEL and the ACK of a
// refusal belong to the INVITE's transaction, others to one of their own.
func (f *Phone) Request(method, user, body string) {
	f.t.Helper()
	seq, branch := 1, "invite"
	target := "sip:" + user + "@" + f.to
	switch method {
	case "INVITE", "CANCEL":
	case "ACK":
		if f.target != "" {
			branch, target = "ack", f.target
		}
	default:
		seq, branch = 2, strings.ToLower(method)
		if f.target != "" {
			target = f.target
		}
	}
	me := f.conn.LocalAddr().String()
	to := "<sip:" + user + "@" + f.to + ">"
	if f.toTag != "" && method != "CANCEL" {
		to += ";tag=" + f.toTag
	}
	m := fmt.Sprintf("%s %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK-%s-%s;rport\r\nFrom: <sip:phone@%s>;tag=1\r\nTo: %s\r\n"+
		"Call-ID: %s\r\nCSeq: %d %s\r\nContact: <sip:phone@%s>\r\nMax-Forwards: 70\r\n", method, target, me, branch,
		strings.ReplaceAll(f.callID, "@", "-"), me, to, f.callID, seq, method, me)
	if body != "" {
		m += "Content-Type: application/sdp\r\n"
	}
	f.Send([]byte(m + "Content-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body))
}

// Next returns the next response to a method; ok is false if none comes
// within patience.
func (f *Phone) Next(method string, patience time.Duration) (r Response, ok bool) {
	f.t.Helper()
	buf := make([]byte, 65536)
	for {
		if err := f.conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
			f.t.Fatal(err)
		}
		n, err := f.conn.Read(buf)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return r, false
		}
		if err != nil {
			f.t.Fatal(err)
		}
		if r = parse(string(buf[:n])); r.Method == method {
			return r, true
		}
	}
}

// Final returns the final response to a method. That to an INVITE is
// acknowledged.
func (f *Phone) Final(method, user string) Response {
	f.t.Helper()
	for {
		r, ok := f.Next(method, Patience)
		if !ok {
			f.t.Fatalf("%s of %s got no final response", method, user)
		}
		if r.Code < 200 {
			continue
		}
		if method == "INVITE" {
			_, f.toTag, _ = strings.Cut(r.Header["to"], ";tag=")
			if r.Code < 300 {
				f.target = strings.Trim(r.Header["contact"], "<>")
			}
			f.Request("ACK", user, "")
		}
		return r
	}
}

// Call sends an INVITE and returns its final response.
func (f *Phone) Call(user, body string) Response {
	f.t.Helper()
	f.Request("INVITE", user, body)
	return f.Final("INVITE", user)
}

// Hangup sends BYE and wants it answered.
func (f *Phone) Hangup(user string) {
	f.t.Helper()
	f.Request("BYE", user, "")
	if r := f.Final("BYE", user); r.Code != 200 {
		f.t.Errorf("BYE got %d", r.Code)
	}
}

// AwaitBye waits for a BYE of the Parley's and answers it.
func (f *Phone) AwaitBye() {
	f.t.Helper()
	buf := make([]byte, 65536)
	for {
		if err := f.conn.SetReadDeadline(time.Now().Add(Patience)); err != nil {
			f.t.Fatal(err)
		}
		n, from, err := f.conn.ReadFromUDP(buf)
		if err != nil {
			f.t.Fatalf("no BYE: %v", err)
		}
		request := string(buf[:n])
		if !strings.HasPrefix(request, "BYE ") {
			continue
		}
		_, headers, _ := strings.Cut(request, "\r\n")
		if _, err := f.conn.WriteToUDP([]byte("SIP/2.0 200 OK\r\n"+headers), from); err != nil {
			f.t.Fatal(err)
		}
		return
	}
}

func parse(message string) Response {
	head, body, _ := strings.Cut(message, "\r\n\r\n")
	lines := strings.Split(head, "\r\n")
	r := Response{Header: map[string]string{}, Body: body}
	if start := strings.Fields(lines[0]); len(start) > 1 && start[0] == "SIP/2.0" {
		r.Code, _ = strconv.Atoi(start[1])
	} else {
		return r // a request
	}
	for _, line := range lines[1:] {
		if name, value, ok := strings.Cut(line, ":"); ok {
			r.Header[strings.ToLower(name)] = strings.TrimSpace(value)
		}
	}
	if seq := strings.Fields(r.Header["cseq"]); len(seq) == 2 {
		r.Method = seq[1]
	}
	return r
}
