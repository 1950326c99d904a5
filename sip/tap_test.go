package sip

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"testing"
	"time"
)

// Every message of a call is copied, in both directions and over both
// transports, and none of its keys.
func TestTap(t *testing.T) {
	collector, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer collector.Close()
	cfg := testConfig()
	cfg.HEP.Collector = collector.LocalAddr().String()
	s := start(t, cfg, answering)
	p := newPeer(t, s)
	p.send(req{method: "INVITE", seq: 1, body: sdpOf(4000, "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:c2VjcmV0", "")})
	tag := toTag(p.response(200, "INVITE"))
	p.send(req{method: "ACK", seq: 1, toTag: tag})
	p.send(req{method: "BYE", seq: 2, toTag: tag})
	p.response(200, "BYE")
	c := dialTCP(t, s)
	fmt.Fprint(c, optionsOverTCP(c))
	if _, err := io.ReadAtLeast(c, make([]byte, 1000), 50); err != nil {
		t.Fatal(err)
	}
	wanted := map[string]bool{}
	for _, m := range []string{"INVITE sip", "SIP/2.0 100", "SIP/2.0 200", "ACK sip", "BYE sip", "OPTIONS sip"} {
		wanted[m] = true
	}
	buf := make([]byte, 65536)
	_ = collector.SetReadDeadline(time.Now().Add(patience))
	for len(wanted) > 0 {
		n, _, err := collector.ReadFrom(buf)
		if err != nil {
			t.Fatalf("no copy of %v", wanted)
		}
		if bytes.Contains(buf[:n], []byte("c2VjcmV0")) {
			t.Error("a key is in the copy")
		}
		for m := range wanted {
			if bytes.Contains(buf[:n], []byte(m)) {
				delete(wanted, m)
			}
		}
	}
	if st := s.Stats().HEP; st.Sent == 0 || st.Dropped+st.Failed > 0 {
		t.Errorf("%+v", st)
	}
}
