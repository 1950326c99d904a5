package hep

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var invite = Packet{
	At: time.Unix(1_700_000_000, 123_456_000), Transport: UDP, Kind: SIP,
	From: netip.MustParseAddrPort("192.0.2.1:5060"), To: netip.MustParseAddrPort("192.0.2.2:5062"),
	Payload: []byte("INVITE sip:1@x SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nFrom: <sip:a@x>;tag=1\r\nTo: <sip:1@x>\r\n" +
		"i: call-1\r\nCSeq: 1 INVITE\r\nContent-Type: application/sdp\r\nContent-Length: 76\r\n\r\n" +
		"v=0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:c2VjcmV0c2VjcmV0c2VjcmV0|2^20\r\n"),
}

// chunks takes a HEP packet apart.
func chunks(b []byte) (map[uint16]string, error) {
	if len(b) < 6 || string(b[:4]) != "HEP3" || int(binary.BigEndian.Uint16(b[4:])) != len(b) {
		return nil, fmt.Errorf("no HEP3: % x", b[:min(len(b), 10)])
	}
	m := make(map[uint16]string)
	for b = b[6:]; len(b) > 0; {
		if len(b) < 6 {
			return nil, io.ErrUnexpectedEOF
		}
		n := int(binary.BigEndian.Uint16(b[4:]))
		if n < 6 || n > len(b) {
			return nil, io.ErrUnexpectedEOF
		}
		m[binary.BigEndian.Uint16(b[2:])] = string(b[6:n])
		b = b[n:]
	}
	return m, nil
}

// collect returns the address of a collector and the packets that it gets.
func collect(t *testing.T) (string, <-chan map[uint16]string) {
	t.Helper()
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	got, done := make(chan map[uint16]string, 100), make(chan struct{})
	go func() {
		defer close(done)
		buf := make([]byte, 65536)
		for {
			n, _, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			m, err := chunks(buf[:n])
			if err != nil {
				t.Error(err)
				continue
			}
			got <- m
		}
	}()
	t.Cleanup(func() { conn.Close(); <-done })
	return conn.LocalAddr().String(), got
}

func run(t *testing.T, cfg Config) *Sender {
	t.Helper()
	s := New(cfg, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); s.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	return s
}

func TestCopyOfSIP(t *testing.T) {
	addr, got := collect(t)
	cfg := Defaults()
	cfg.Collector, cfg.ID, cfg.Password = addr, 77, "homer"
	run(t, cfg).Copy(invite)
	m := <-got
	for kind, want := range map[uint16]string{
		chunkFamily: "\x02", chunkProtocol: "\x11", chunkFrom4: "\xc0\x00\x02\x01", chunkTo4: "\xc0\x00\x02\x02",
		chunkFromPort: "\x13\xc4", chunkToPort: "\x13\xc6", chunkSeconds: "\x65\x53\xf1\x00", chunkMicros: "\x00\x01\xe2\x40",
		chunkKind: "\x01", chunkAgent: "\x00\x00\x00\x4d", chunkKey: "homer", chunkCorrelation: "call-1",
	} {
		if m[kind] != want {
			t.Errorf("chunk %#x is %q, want %q", kind, m[kind], want)
		}
	}
	if p := m[chunkPayload]; !strings.HasPrefix(p, "INVITE sip:1@x") || strings.Contains(p, "c2VjcmV0") || len(p) != len(invite.Payload) {
		t.Errorf("payload %q: the key has to be masked, nothing else", p)
	}
	if !strings.Contains(string(invite.Payload), "c2VjcmV0") {
		t.Error("the message itself has been changed")
	}
}

func TestCopyOfRTCP(t *testing.T) {
	addr, got := collect(t)
	cfg := Defaults()
	cfg.Collector = addr
	data, err := rtcp.Marshal([]rtcp.Packet{
		&rtcp.SenderReport{SSRC: 1, NTPTime: 5<<32 | 1<<31, RTPTime: 160, PacketCount: 10, OctetCount: 1600,
			Reports: []rtcp.ReceptionReport{{SSRC: 2, FractionLost: 3, TotalLost: 4, LastSequenceNumber: 5, Jitter: 6, LastSenderReport: 7, Delay: 8}}},
		&rtcp.SourceDescription{Chunks: []rtcp.SourceDescriptionChunk{{Source: 1, Items: []rtcp.SourceDescriptionItem{{Type: rtcp.SDESCNAME, Text: "x"}}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	p := invite
	p.Kind, p.CallID, p.Payload = RTCP, "call-1", data
	p.From, p.To = netip.MustParseAddrPort("[2001:db8::1]:4001"), netip.MustParseAddrPort("[2001:db8::2]:4003")
	run(t, cfg).Copy(p)
	m := <-got
	want := `{"ssrc":1,"type":200,"report_count":1,"sender_information":{"ntp_timestamp_sec":5,"ntp_timestamp_usec":500000,"rtp_timestamp":160,"packets":10,"octets":1600},` +
		`"report_blocks":[{"source_ssrc":2,"highest_seq_no":5,"fraction_lost":3,"packets_lost":4,"ia_jitter":6,"lsr":7,"dlsr":8}]}`
	if m[chunkPayload] != want || m[chunkKind] != "\x05" || m[chunkCorrelation] != "call-1" || m[chunkFamily] != "\x0a" || len(m[chunkFrom6]) != 16 {
		t.Errorf("%v", m)
	}
}

func TestCopyByTCP(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	cfg := Defaults()
	cfg.Collector, cfg.Network = l.Addr().String(), "tcp"
	s := run(t, cfg)
	s.Copy(invite)
	s.Copy(invite)
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for range 2 {
		head := make([]byte, 6)
		if _, err := io.ReadFull(c, head); err != nil {
			t.Fatal(err)
		}
		rest := make([]byte, int(binary.BigEndian.Uint16(head[4:]))-6)
		if _, err := io.ReadFull(c, rest); err != nil {
			t.Fatal(err)
		}
		if _, err := chunks(append(head, rest...)); err != nil {
			t.Error(err)
		}
	}
}

// Without anybody who sends, copies are dropped and counted; nobody waits.
func TestNobodyWaits(t *testing.T) {
	s := New(Defaults(), slog.New(slog.DiscardHandler))
	for range queued + 10 {
		s.Copy(invite)
	}
	if got := s.Stats(); got.Dropped != 10 {
		t.Errorf("%+v", got)
	}
}

// tshark takes our packets for HEP with SIP inside.
func TestTshark(t *testing.T) {
	if _, err := exec.LookPath("tshark"); err != nil {
		t.Skip("tshark is not installed")
	}
	if known, err := exec.Command("tshark", "-G", "protocols").Output(); err != nil || !strings.Contains(string(known), "\thep\t") {
		t.Skip("this tshark knows no HEP")
	}
	if _, err := exec.LookPath("text2pcap"); err != nil {
		t.Skip("text2pcap is not installed")
	}
	dir := t.TempDir()
	p := invite
	p.CallID = "call-1"
	var hex strings.Builder
	for i, b := range p.Append(nil, 77, "homer") {
		if i%16 == 0 {
			fmt.Fprintf(&hex, "\n%06x", i)
		}
		fmt.Fprintf(&hex, " %02x", b)
	}
	if err := os.WriteFile(dir+"/hex", []byte(hex.String()+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("text2pcap", "-u", "40000,9060", dir+"/hex", dir+"/pcap").CombinedOutput(); err != nil {
		t.Fatalf("text2pcap: %v\n%s", err, out)
	}
	out, err := exec.Command("tshark", "-r", dir+"/pcap", "-d", "udp.port==9060,hep", "-V").CombinedOutput()
	for _, want := range []string{"Homer Encapsulation Protocol", "192.0.2.1", "Call-ID: call-1", "INVITE sip:1@x SIP/2.0"} {
		if !strings.Contains(strings.ReplaceAll(string(out), "i: call-1", "Call-ID: call-1"), want) {
			t.Errorf("tshark (%v) does not show %q:\n%.3000s", err, want, out)
		}
	}
}

func BenchmarkCopy(b *testing.B) {
	s := New(Defaults(), slog.New(slog.DiscardHandler))
	go func() {
		for range s.queue {
		}
	}()
	b.ReportAllocs()
	for b.Loop() {
		s.Copy(invite)
	}
	close(s.queue)
}
