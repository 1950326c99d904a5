package sip

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const bareOptions = "OPTIONS sip:100@x SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKt\r\nFrom: <sip:a@x>;tag=a\r\nTo: <sip:100@x>\r\n" +
	"Call-ID: 1\r\nCSeq: 1 OPTIONS\r\n"

func TestFrame(t *testing.T) {
	for name, c := range map[string]struct {
		in   string
		want int // -1: no borders, -2: too large
	}{
		"nothing":                    {"", 0},
		"half a head":                {bareOptions, 0},
		"no body":                    {bareOptions + "Content-Length: 0\r\n\r\n", len(bareOptions) + 21},
		"a body":                     {bareOptions + "Content-Length: 3\r\n\r\nabc", len(bareOptions) + 24},
		"the next one follows":       {bareOptions + "Content-Length: 3\r\n\r\nabcINVITE", len(bareOptions) + 24},
		"half a body":                {bareOptions + "Content-Length: 3\r\n\r\nab", 0},
		"short form, odd spaces":     {bareOptions + "l  :  3 \r\n\r\nabc", len(bareOptions) + 15},
		"twice the same":             {bareOptions + "l: 3\r\nContent-Length: 3\r\n\r\nabc", len(bareOptions) + 30},
		"twice, not the same":        {bareOptions + "l: 3\r\nContent-Length: 4\r\n\r\nabc", -1},
		"none":                       {bareOptions + "\r\n", -1},
		"negative":                   {bareOptions + "Content-Length: -3\r\n\r\n", -1},
		"huge":                       {bareOptions + "Content-Length: 99999999999999999999\r\n\r\n", -1},
		"too large":                  {bareOptions + "Content-Length: 65535\r\n\r\n", -2},
		"a head without end":         {bareOptions + strings.Repeat("X: y\r\n", 12000), -2},
		"another protocol":           {"GET / HTTP/1.1\r\nHost: x\r\n", -1},
		"noise without a line":       {strings.Repeat("\x80", 3000), -1},
		"a name in the body's lines": {bareOptions + "Subject: l: 7\r\nContent-Length: 0\r\n\r\n", len(bareOptions) + 36},
	} {
		n, err := frame([]byte(c.in))
		got := n
		switch {
		case errors.Is(err, errTooLarge):
			got = -2
		case errors.Is(err, errFraming):
			got = -1
		}
		if got != c.want {
			t.Errorf("%s: %d (%v), want %d", name, got, err, c.want)
		}
	}
}

// pipe is a framed connection and its far end.
func pipe(idle time.Duration) (*framed, net.Conn) {
	near, far := net.Pipe()
	return &framed{Conn: near, screen: new(screen), admits: func([]byte) bool { return true }, tap: func(_, _ netip.AddrPort, _ []byte) {}, idle: func() time.Duration { return idle }}, far
}

// A message that cannot be read is answered, and the next one is served.
func TestStreamGoesOnAfterNonsense(t *testing.T) {
	f, far := pipe(0)
	defer far.Close()
	defer f.Close()
	bad := strings.Replace(bareOptions, "CSeq: 1 OPTIONS", "CSeq: one OPTIONS", 1) + "Content-Length: 0\r\n\r\n"
	good := bareOptions + "Content-Length: 2\r\n\r\nhi"
	got := make(chan string, 1)
	go func() { _, _ = io.WriteString(far, "\r\n\r\n"+bad+good) }()
	go func() {
		var all strings.Builder
		buf := make([]byte, 1000)
		for !strings.Contains(all.String(), "\r\n\r\nSIP") && !strings.HasSuffix(all.String(), "Content-Length: 0\r\n\r\n") {
			n, err := far.Read(buf)
			if err != nil {
				break
			}
			all.Write(buf[:n])
		}
		got <- all.String()
	}()
	b := make([]byte, 10) // smaller than a message: it comes in pieces
	var read string
	for len(read) < len(good) {
		n, err := f.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		read += string(b[:n])
	}
	if read != good {
		t.Errorf("read %q", read)
	}
	if answers := <-got; !strings.HasPrefix(answers, "\r\nSIP/2.0 400 ") {
		t.Errorf("answered %q, want a pong and a 400", answers)
	}
}

func TestStreamsThatTakeTooLong(t *testing.T) {
	for name, c := range map[string]struct {
		talk func(far net.Conn)
		idle time.Duration
		want time.Duration
	}{
		"says nothing": {func(net.Conn) {}, time.Hour, messageTime},
		"is idle":      {func(far net.Conn) { _, _ = io.WriteString(far, bareOptions+"Content-Length: 0\r\n\r\n") }, time.Hour, time.Hour},
		"drips": {func(far net.Conn) {
			for {
				if _, err := io.WriteString(far, "X"); err != nil {
					return
				}
				time.Sleep(3 * time.Second)
			}
		}, time.Hour, messageTime},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, far := pipe(c.idle)
				done := make(chan struct{})
				go func() { defer close(done); c.talk(far) }()
				began := time.Now()
				buf := make([]byte, 4096)
				var err error
				for err == nil {
					_, err = f.Read(buf)
				}
				if got := time.Since(began); got != c.want || !errors.Is(err, net.ErrClosed) {
					t.Errorf("ended after %v with %v, want %v", got, err, c.want)
				}
				f.Close()
				far.Close()
				<-done
			})
		})
	}
}

func FuzzFrame(f *testing.F) {
	f.Add(bareOptions + "Content-Length: 3\r\n\r\nabc")
	f.Add(bareOptions + "l:0\r\nl:1\r\n\r\n")
	f.Add("\r\n\r\n\x00")
	f.Fuzz(func(t *testing.T, in string) {
		n, err := frame([]byte(in))
		if n < 0 || n > len(in) || n > 0 && err != nil {
			t.Fatalf("%d of %d bytes, %v", n, len(in), err)
		}
		measured([]byte(in))
	})
}
