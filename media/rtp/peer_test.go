package rtp

import (
	"encoding/binary"
	"net"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"parley/media"
)

var loopback = netip.MustParseAddr("127.0.0.1")

// peer is the far end of a session: a socket and the packets it makes.
type peer struct {
	t    testing.TB
	conn *net.UDPConn
	to   netip.AddrPort
	ssrc uint32
	seq  uint16
	ts   uint32
	out  [maxDatagram]byte
	law  [maxDatagram]byte
	poll [1]unix.PollFd
	// guards protect what the peer sends and open what it hears.
	guards
}

func newPeer(t testing.TB, s *Session) *peer {
	t.Helper()
	to := s.LocalAddr()
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(to.Addr(), 0)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &peer{t: t, conn: conn, to: to, ssrc: 0x1234, seq: 65000, ts: 1<<32 - 4000,
		poll: [1]unix.PollFd{{Fd: int32(s.socket.fd), Events: unix.POLLIN}}}
}

func (p *peer) addr() netip.AddrPort {
	return p.conn.LocalAddr().(*net.UDPAddr).AddrPort()
}

// packet sends a packet with the next sequence number.
func (p *peer) packet(payloadType byte, marker bool, ts uint32, payload []byte) {
	p.out[0], p.out[1] = 0x80, payloadType
	if marker {
		p.out[1] |= 0x80
	}
	binary.BigEndian.PutUint16(p.out[2:], p.seq)
	binary.BigEndian.PutUint32(p.out[4:], ts)
	binary.BigEndian.PutUint32(p.out[8:], p.ssrc)
	p.seq++
	data := p.out[:12+copy(p.out[12:], payload)]
	if p.send != nil {
		data = p.send.protect(data)
	}
	p.raw(data)
}

func (p *peer) raw(data []byte) {
	if _, err := p.conn.WriteToUDPAddrPort(data, p.to); err != nil {
		p.t.Fatal(err)
	}
	// Loopback hardly ever delivers late, but a busy machine may.
	_, _ = unix.Poll(p.poll[:], 1000)
}

// say sends pcm as one PCMU packet and moves the time line on.
func (p *peer) say(pcm []int16) {
	n := media.PCMU.Encode(p.law[:], pcm)
	p.packet(0, false, p.ts, p.law[:n])
	p.ts += uint32(len(pcm))
}

// level says n samples of value v.
func (p *peer) level(v int16, n int) {
	pcm := make([]int16, n)
	for i := range pcm {
		pcm[i] = v
	}
	p.say(pcm)
}

// press sends a whole digit, one update and three ends, in one burst.
func (p *peer) press(tone byte) {
	code := codeOf(tone)
	for i, e := range [][4]byte{{code, 10, 0, 160}, {code, 10 | eventEnd, 3, 32}, {code, 10 | eventEnd, 3, 32}, {code, 10 | eventEnd, 3, 32}} {
		p.packet(101, i == 0, p.ts, e[:])
	}
	p.ts += 960
}

// received is a packet that the peer got.
type received struct {
	payloadType byte
	marker      bool
	seq         uint16
	ts, ssrc    uint32
	payload     []byte
}

// hear returns what has come; on loopback a sent packet has arrived when the
// sending call returns.
func (p *peer) hear() (all []received) {
	var buf [maxDatagram]byte
	for {
		if err := p.conn.SetReadDeadline(time.Now().Add(3 * time.Millisecond)); err != nil {
			p.t.Fatal(err)
		}
		n, _, err := p.conn.ReadFromUDPAddrPort(buf[:])
		if err != nil {
			return all
		}
		if p.receive != nil {
			open := p.receive.open(buf[:n])
			if open == nil {
				p.t.Fatalf("the peer cannot open a packet of %d bytes", n)
			}
			n = len(open)
		}
		all = append(all, received{
			payloadType: buf[1] & 0x7f,
			marker:      buf[1]&0x80 != 0,
			seq:         binary.BigEndian.Uint16(buf[2:]),
			ts:          binary.BigEndian.Uint32(buf[4:]),
			ssrc:        binary.BigEndian.Uint32(buf[8:]),
			payload:     append([]byte(nil), buf[12:n]...),
		})
	}
}

// open returns a session at 8 kHz that is bound to a peer over PCMU.
func open(t *testing.T, change func(*Epoch)) (*Session, *peer) {
	t.Helper()
	return openOn(t, loopback, Options{}, change)
}

func openOn(t *testing.T, addr netip.Addr, o Options, change func(*Epoch)) (*Session, *peer) {
	t.Helper()
	pool, err := NewPool(addr, 20000, 29999)
	if err != nil {
		t.Fatal(err)
	}
	s, err := pool.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	p := newPeer(t, s)
	e := Epoch{Remote: p.addr(), Codec: media.PCMU, EventType: 101, Send: true, Receive: true}
	if change != nil {
		change(&e)
	}
	bind(t, s, e)
	return s, p
}

// bind makes e the session's Epoch.
func bind(t testing.TB, s *Session, e Epoch) {
	t.Helper()
	if err := s.Bind(e); err != nil {
		t.Fatal(err)
	}
}

// read ticks once and returns the frame's mark and first sample.
func read(s *Session) (media.Mark, int16) {
	var pcm [160]int16
	mark := s.ReadFrame(pcm[:])
	return mark, pcm[0]
}
