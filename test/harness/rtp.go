package harness

import (
	"encoding/binary"
	"net"
	"regexp"
	"strconv"
	"testing"
	"time"
)

// RTP is a party that sends audio over RTP, in PCMU.
type RTP struct {
	t        testing.TB
	conn     *net.UDPConn
	to       *net.UDPAddr
	sequence uint16
	stamp    uint32
	ssrc     uint32
}

// NewRTP opens a socket for audio.
func NewRTP(t testing.TB, ssrc uint32) *RTP {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &RTP{t: t, conn: conn, ssrc: ssrc}
}

// Port is where this party hears.
func (r *RTP) Port() int { return r.conn.LocalAddr().(*net.UDPAddr).Port }

var audioLine = regexp.MustCompile(`m=audio (\d+) `)

// SendTo takes the other side's port from its session description.
func (r *RTP) SendTo(description string) {
	r.t.Helper()
	m := audioLine.FindStringSubmatch(description)
	if m == nil {
		r.t.Fatalf("no audio in %q", description)
	}
	port, _ := strconv.Atoi(m[1])
	r.to = &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port}
}

// Say sends a frame of 20 ms that holds one code of PCMU over and over.
func (r *RTP) Say(code byte) {
	p := make([]byte, 12, 172)
	p[0] = 0x80
	binary.BigEndian.PutUint16(p[2:], r.sequence)
	binary.BigEndian.PutUint32(p[4:], r.stamp)
	binary.BigEndian.PutUint32(p[8:], r.ssrc)
	r.sequence++
	r.stamp += 160
	for range 160 {
		p = append(p, code)
	}
	r.Raw(p)
}

// Raw sends a datagram as it is.
func (r *RTP) Raw(data []byte) {
	r.t.Helper()
	if _, err := r.conn.WriteToUDP(data, r.to); err != nil {
		r.t.Fatal(err)
	}
}

// Hear returns the next packet's audio.
func (r *RTP) Hear() []byte {
	r.t.Helper()
	buf := make([]byte, 2048)
	if err := r.conn.SetReadDeadline(time.Now().Add(Patience)); err != nil {
		r.t.Fatal(err)
	}
	n, err := r.conn.Read(buf)
	if err != nil || n < 12 {
		r.t.Fatalf("no audio: %d bytes, %v", n, err)
	}
	return buf[12:n]
}
