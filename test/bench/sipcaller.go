package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"
)

// exchange is a plain SIP user agent, no code of Parley's: it calls, and
// answers what is asked of it, over one UDP socket.
type exchange struct {
	conn  *net.UDPConn
	far   string
	mu    sync.Mutex
	calls map[string]*dialog // by Call-ID
}

// dialog is one call of an exchange.
type dialog struct {
	x             *exchange
	id, from, to  string // Call-ID, From and To with their tags
	target        string
	answers       chan string // final responses to INVITE
	byes          chan string // responses to BYE
	ended         chan struct{}
	once          sync.Once
	remote        string // host:port of the other side's audio
	ack           string
	answeredAfter time.Duration
}

func newExchange(far string) (*exchange, error) {
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return nil, err
	}
	x := &exchange{conn: conn, far: far, calls: make(map[string]*dialog)}
	go x.listen()
	return x, nil
}

func (x *exchange) close() { x.conn.Close() }

func (x *exchange) send(message string) {
	if to, err := net.ResolveUDPAddr("udp", x.far); err == nil {
		_, _ = x.conn.WriteTo([]byte(message), to)
	}
}

func (x *exchange) listen() {
	b := make([]byte, 8192)
	for {
		n, err := x.conn.Read(b)
		if err != nil {
			return
		}
		m := string(b[:n])
		x.mu.Lock()
		d := x.calls[header(m, "Call-ID")]
		x.mu.Unlock()
		if d != nil {
			d.take(m)
		}
	}
}

// header returns a header's value; only the long forms are known.
func header(m, name string) string {
	for line := range strings.SplitSeq(m, "\r\n") {
		if k, v, ok := strings.Cut(line, ":"); ok && strings.EqualFold(strings.TrimSpace(k), name) {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

func (d *dialog) take(m string) {
	first, _, _ := strings.Cut(m, "\r\n")
	if !strings.HasPrefix(first, "SIP/2.0 ") { // a request: BYE, or one that is only acknowledged
		ok := "SIP/2.0 200 OK\r\n"
		for _, h := range []string{"Via", "From", "To", "Call-ID", "CSeq"} {
			ok += h + ": " + header(m, h) + "\r\n"
		}
		d.x.send(ok + "Content-Length: 0\r\n\r\n")
		if strings.HasPrefix(first, "BYE ") {
			d.end()
		}
		return
	}
	status := strings.Fields(first)[1]
	answers := d.answers
	if strings.HasSuffix(header(m, "CSeq"), "BYE") {
		answers = d.byes
	} else if d.ack != "" && status == "200" {
		d.x.send(d.ack) // our ACK was lost
		return
	}
	if status >= "200" {
		select {
		case answers <- m:
		default:
		}
	}
}

func (d *dialog) end() { d.once.Do(func() { close(d.ended) }) }

// request makes a request of the dialog.
func (d *dialog) request(method string, seq int, body string) string {
	m := fmt.Sprintf("%s %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%016x\r\nMax-Forwards: 70\r\n"+
		"From: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %d %s\r\nContact: <sip:bench@%s>\r\n",
		method, d.target, d.x.conn.LocalAddr(), rand.Uint64(), d.from, d.to, d.id, seq, method, d.x.conn.LocalAddr())
	if body != "" {
		m += "Content-Type: application/sdp\r\n"
	}
	return m + fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body)
}

// call calls a user of the far side and returns once it has answered. Our
// audio is at port.
func (x *exchange) call(ctx context.Context, user string, port int) (*dialog, error) {
	id := fmt.Sprintf("%016x@bench", rand.Uint64())
	d := &dialog{
		x: x, id: id, from: fmt.Sprintf("<sip:bench@127.0.0.1>;tag=%08x", rand.Uint32()), to: "<sip:" + user + "@" + x.far + ">",
		target:  "sip:" + user + "@" + x.far,
		answers: make(chan string, 1), byes: make(chan string, 1), ended: make(chan struct{}),
	}
	x.mu.Lock()
	x.calls[id] = d
	x.mu.Unlock()
	sdp := fmt.Sprintf("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio %d RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=ptime:20\r\n", port)
	began := time.Now()
	m, err := d.ask(ctx, d.request("INVITE", 1, sdp), d.answers)
	if err != nil {
		return nil, err
	}
	d.to = header(m, "To")
	if contact := header(m, "Contact"); contact != "" {
		d.target = strings.Trim(strings.SplitN(contact, ";", 2)[0], "<>")
	}
	d.answeredAfter = time.Since(began)
	ack := d.request("ACK", 1, "")
	x.send(ack)
	first, _, _ := strings.Cut(m, "\r\n")
	if strings.Fields(first)[1] != "200" {
		return nil, fmt.Errorf("call %s: %s", user, first)
	}
	x.mu.Lock()
	d.ack = ack
	x.mu.Unlock()
	return d, d.readSDP(m)
}

// ask sends a request again and again until it is answered.
func (d *dialog) ask(ctx context.Context, m string, answers chan string) (string, error) {
	for wait := 500 * time.Millisecond; wait < 10*time.Second; wait *= 2 {
		d.x.send(m)
		select {
		case answer := <-answers:
			return answer, nil
		case <-ctx.Done():
			return "", ctx.Err()
		case <-time.After(wait):
		}
	}
	return "", errors.New("no answer to a SIP request")
}

func (d *dialog) readSDP(m string) error {
	host, port := "", ""
	for line := range strings.SplitSeq(m, "\r\n") {
		if v, ok := strings.CutPrefix(line, "c=IN IP4 "); ok {
			host = v
		}
		if v, ok := strings.CutPrefix(line, "m=audio "); ok {
			port, _, _ = strings.Cut(v, " ")
		}
	}
	if n, err := strconv.Atoi(port); err != nil || n == 0 || host == "" {
		return errors.New("an answer without audio")
	}
	d.remote = net.JoinHostPort(host, port)
	return nil
}

// hangup ends the call, if the other side has not.
func (d *dialog) hangup(ctx context.Context) {
	select {
	case <-d.ended:
	default:
		_, _ = d.ask(ctx, d.request("BYE", 2, ""), d.byes)
		d.end()
	}
	d.x.mu.Lock()
	defer d.x.mu.Unlock()
	delete(d.x.calls, d.id)
}
