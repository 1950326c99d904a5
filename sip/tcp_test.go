package sip

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

func dialTCP(t *testing.T, s *Server) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp4", s.addr("tcp").String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	_ = c.SetDeadline(time.Now().Add(patience))
	return c
}

func optionsOverTCP(c net.Conn) string {
	return fmt.Sprintf("OPTIONS sip:100@x SIP/2.0\r\nVia: SIP/2.0/TCP %s;branch=z9hG4bKt\r\nFrom: <sip:a@x>;tag=a\r\nTo: <sip:100@x>\r\n"+
		"Call-ID: %s\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n", c.LocalAddr(), newCallID())
}

// One byte at a time, after a keep-alive: TCP has no message borders.
func TestTCPInPieces(t *testing.T) {
	s := start(t, testConfig(), answering)
	c := dialTCP(t, s)
	for _, b := range []byte("\r\n\r\n") {
		if _, err := c.Write([]byte{b}); err != nil {
			t.Fatal(err)
		}
	}
	for _, b := range []byte(optionsOverTCP(c)) {
		if _, err := c.Write([]byte{b}); err != nil {
			t.Fatal(err)
		}
	}
	r := bufio.NewReader(c)
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if strings.TrimSpace(line) != "" { // pongs come first
			if line != "SIP/2.0 200 OK\r\n" {
				t.Errorf("%q", line)
			}
			return
		}
	}
}

// A stream that is no SIP is closed; others do not notice.
func TestTCPGarbage(t *testing.T) {
	s := start(t, testConfig(), answering)
	for _, garbage := range []string{
		"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
		"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a TLS hello\r\n\r\n",
		"INVITE sip:a@b SIP/2.0\r\nContent-Length: 999999999\r\n\r\n",
		strings.Repeat("A", 100000),
	} {
		c := dialTCP(t, s)
		_, _ = io.WriteString(c, garbage) // the far end may be gone before the end of it
		if _, err := io.Copy(io.Discard, c); err != nil && strings.Contains(err.Error(), "timeout") {
			t.Errorf("%.20q is still listened to", garbage)
		}
	}
	c := dialTCP(t, s)
	if _, err := io.WriteString(c, optionsOverTCP(c)); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(c).ReadString('\n'); line != "SIP/2.0 200 OK\r\n" {
		t.Errorf("%q, %v", line, err)
	}
	eventually(t, "connections counted down", func() bool { return s.Stats().Guard.Connections == 1 })
}
