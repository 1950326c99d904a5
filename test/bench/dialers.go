package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"sync"
	"time"
)

// dialersReport is what a run of calls came to.
type dialersReport struct {
	Calls    int     `json:"calls"`
	Failures int     `json:"failures"`
	Repeated int     `json:"repeated"` // messages sent again
	Seconds  float64 `json:"seconds"`  // first INVITE to last BYE's answer
	Setup    spread  `json:"setup"`    // ms, INVITE to 200
}

// dialersRole makes calls that end as soon as they are answered, so many a
// second, over one UDP socket; it repeats what is not answered as RFC 3261
// has it, and prints a report.
func dialersRole(args []string) error {
	flags := flag.NewFlagSet("dialers", flag.ContinueOnError)
	to := flags.String("sip", "", "whom to call")
	user := flags.String("user", "101", "user part")
	n := flags.Int("n", 1000, "calls")
	rate := flags.Float64("rate", 100, "calls a second")
	hold := flags.Bool("hold", false, "leave the calls up until the standard input ends")
	if err := flags.Parse(args); err != nil {
		return err
	}
	addr, err := netip.ParseAddrPort(*to)
	if err != nil {
		return err
	}
	d := &dialers{to: addr, user: *user, calls: make([]dialled, *n), done: make(chan struct{})}
	if d.conn, err = net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}); err != nil {
		return err
	}
	defer d.conn.Close()
	_ = d.conn.SetReadBuffer(8 << 20)
	d.local = d.conn.LocalAddr().String()
	d.hold = *hold
	go d.read()
	began := time.Now()
	for i := range d.calls {
		time.Sleep(time.Until(began.Add(time.Duration(float64(i) / *rate * float64(time.Second)))))
		d.invite(i)
	}
	report := d.finish()
	report.Seconds = time.Since(began).Seconds()
	if err := json.NewEncoder(os.Stdout).Encode(report); err != nil {
		return err
	}
	if *hold {
		_, _ = os.Stdin.Read(make([]byte, 1))
		d.release()
	}
	return nil
}

type phase uint8

const (
	inviting phase = iota + 1
	up
	leaving
	over
)

// dialled is one call.
type dialled struct {
	phase   phase
	began   time.Time
	sent    time.Time // the last request
	repeats int
	setup   time.Duration
	tag     []byte // with ;tag=
	failed  bool
}

type dialers struct {
	conn  *net.UDPConn
	to    netip.AddrPort
	local string
	user  string
	hold  bool

	mu       sync.Mutex
	calls    []dialled
	settled  int
	repeated int
	done     chan struct{}
}

func (d *dialers) invite(i int) {
	d.mu.Lock()
	c := &d.calls[i]
	c.phase, c.began = inviting, time.Now()
	c.sent = c.began
	d.mu.Unlock()
	d.send(i, "INVITE", nil)
}

func (d *dialers) send(i int, method string, tag []byte) {
	body, seq := "", 1
	if method == "INVITE" {
		body = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\na=inactive\r\n"
	}
	if method == "BYE" {
		seq = 2
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s sip:%s@%s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%s%d\r\nMax-Forwards: 70\r\nFrom: <sip:bench@%s>;tag=b%d\r\n"+
		"To: <sip:%s@%s>%s\r\nCall-ID: b%d@bench\r\nCSeq: %d %s\r\nContact: <sip:bench@%s>\r\n", method, d.user, d.to, d.local, method, i, d.local, i,
		d.user, d.to, tag, i, seq, method, d.local)
	if body != "" {
		b.WriteString("Content-Type: application/sdp\r\n")
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(body), body)
	_, _ = d.conn.WriteToUDPAddrPort(b.Bytes(), d.to)
}

func (d *dialers) read() {
	buf := make([]byte, 65536)
	for {
		n, _, err := d.conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			return
		}
		d.take(buf[:n])
	}
}

// take looks at a response: only the status, the number in its Call-ID, the
// method of its CSeq and the To tag matter.
func (d *dialers) take(m []byte) {
	if !bytes.HasPrefix(m, []byte("SIP/2.0 ")) || len(m) < 12 {
		return
	}
	code, _ := strconv.Atoi(string(m[8:11]))
	i, err := strconv.Atoi(string(between(m, "Call-ID: b", "@")))
	if err != nil || i < 0 || i >= len(d.calls) || code < 200 {
		return
	}
	invite := bytes.Contains(m, []byte(" INVITE\r\n"))
	to := between(m, "\r\nTo: ", "\r\n")
	tag := []byte(nil)
	if at := bytes.Index(to, []byte(";tag=")); at >= 0 {
		tag = bytes.Clone(to[at:])
	}
	d.mu.Lock()
	c := &d.calls[i]
	ack, bye := false, false
	switch {
	case invite && code == 200:
		ack = true
		if c.phase == inviting {
			c.setup, c.tag = time.Since(c.began), tag
			c.phase, c.sent = leaving, time.Now()
			bye = !d.hold
			if d.hold {
				c.phase = up
				d.settle()
			}
		}
	case invite:
		ack = true
		if c.phase == inviting {
			c.phase, c.failed = over, true
			d.settle()
		}
	case c.phase == leaving:
		c.phase = over
		d.settle()
	}
	d.mu.Unlock()
	if ack {
		d.send(i, "ACK", tag)
	}
	if bye {
		d.send(i, "BYE", tag)
	}
}

// settle counts a call that needs no more attention, under the lock.
func (d *dialers) settle() {
	if d.settled++; d.settled == len(d.calls) {
		close(d.done)
	}
}

// finish repeats what is not answered until all is, or has been given up.
func (d *dialers) finish() (r dialersReport) {
	for open := true; open; {
		select {
		case <-d.done:
			open = false
		case <-time.After(100 * time.Millisecond):
			d.repeat()
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	r.Calls, r.Repeated = len(d.calls), d.repeated
	for _, c := range d.calls {
		if c.failed {
			r.Failures++
			continue
		}
		r.Setup = append(r.Setup, float64(c.setup.Microseconds())/1000)
	}
	return r
}

func (d *dialers) repeat() {
	type request struct {
		i      int
		method string
		tag    []byte
	}
	var again []request
	d.mu.Lock()
	for i := range d.calls {
		c := &d.calls[i]
		if (c.phase != inviting && c.phase != leaving) || time.Since(c.sent) < 500*time.Millisecond<<min(c.repeats, 3) {
			continue
		}
		if c.repeats++; c.repeats > 7 {
			c.phase, c.failed = over, true
			d.settle()
			continue
		}
		c.sent = time.Now()
		d.repeated++
		method := "INVITE"
		if c.phase == leaving {
			method = "BYE"
		}
		again = append(again, request{i, method, c.tag})
	}
	d.mu.Unlock()
	for _, r := range again {
		d.send(r.i, r.method, r.tag)
	}
}

// release ends the calls that were left up.
func (d *dialers) release() {
	d.mu.Lock()
	d.settled, d.done = 0, make(chan struct{})
	var tags [][]byte
	for i := range d.calls {
		c := &d.calls[i]
		if c.phase == up {
			c.phase, c.sent, c.repeats = leaving, time.Now(), 0
		} else {
			d.settled++
		}
		tags = append(tags, c.tag)
	}
	d.mu.Unlock()
	for i, tag := range tags {
		if tag != nil {
			d.send(i, "BYE", tag)
		}
		if i%50 == 0 {
			time.Sleep(10 * time.Millisecond)
		}
	}
	d.finish()
}

func between(m []byte, from, to string) []byte {
	at := bytes.Index(m, []byte(from))
	if at < 0 {
		return nil
	}
	rest := m[at+len(from):]
	if end := bytes.Index(rest, []byte(to)); end >= 0 {
		return rest[:end]
	}
	return nil
}
