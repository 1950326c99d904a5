package rtp

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"parley/media"
)

// openControlled returns a session, its peer and the peer's port of RTCP.
func openControlled(t *testing.T, change func(*Epoch)) (s *Session, p, reports *peer) {
	t.Helper()
	s, p = open(t, nil)
	reports = newPeer(t, s)
	reports.to = netip.AddrPortFrom(p.to.Addr(), p.to.Port()+1)
	if !s.control.open(s.socket.local) {
		t.Fatal("the port above RTP's cannot be had")
	}
	reports.poll[0].Fd = int32(s.control.socket.fd)
	e := s.pending
	e.Control = reports.addr()
	if change != nil {
		change(&e)
	}
	bind(t, s, e)
	return s, p, reports
}

// reportNow makes the next tick send a report and look for some.
func reportNow(s *Session) {
	s.control.next = s.tick + 1
	s.tick += controlTicks - 1 - s.tick%controlTicks
	read(s)
}

// heardReports returns the datagrams that a peer has got.
func heardReports(t *testing.T, p *peer) (all [][]byte) {
	t.Helper()
	for {
		_ = p.conn.SetReadDeadline(time.Now().Add(3 * time.Millisecond))
		buf := make([]byte, maxDatagram)
		n, _, err := p.conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			return all
		}
		all = append(all, buf[:n])
	}
}

func TestReportsOfOurVoiceAndTheirs(t *testing.T) {
	s, p, reports := openControlled(t, nil)
	first := p.seq
	for i := range 20 {
		if i == 7 || i == 8 {
			p.seq++ // two packets are lost
		}
		p.level(4000, 160)
		s.WriteFrame(make([]int16, 160))
		read(s)
	}
	sent := p.hear()
	reportNow(s)
	got := heardReports(t, reports)
	if len(got) != 1 {
		t.Fatalf("%d reports", len(got))
	}
	sr := got[0]
	word := func(at int) uint32 { return binary.BigEndian.Uint32(sr[at:]) }
	if sr[0] != 0x81 || sr[1] != 200 || word(4) != sent[0].ssrc || word(20) != 20 || word(24) != 20*160 {
		t.Errorf("sender report % x", sr[:28])
	}
	if d := word(16) - sent[19].ts; d != 160 {
		t.Errorf("the report lies %d after our last packet, want 160", d)
	}
	if now := uint32(time.Now().Unix() + 2208988800); now-word(8) > 60 {
		t.Errorf("NTP time %d, now is %d", word(8), now)
	}
	b := readBlock(sr[28:])
	want := block{ssrc: p.ssrc, fraction: 2 * 256 / 22, cumulative: 2, highest: uint32(first) + 21, jitter: b.jitter}
	if b != want {
		t.Errorf("reception %+v, want %+v", b, want)
	}
	if sdes := sr[52:]; sdes[1] != 202 || sdes[8] != 1 || sdes[9] != 16 || !bytes.Contains(sdes, []byte(s.control.cname)) || len(sr)%4 != 0 {
		t.Errorf("description % x", sdes)
	}
	if _, ok := readReports(sr, 1); !ok {
		t.Error("our own report cannot be read")
	}
	// Nothing is said any more: a receiver report, and no new loss.
	talkOnly := func() { p.level(4000, 160); read(s) }
	talkOnly()
	reportNow(s)
	rr := heardReports(t, reports)[0]
	if b := readBlock(rr[8:]); rr[1] != 201 || b.fraction != 0 || b.cumulative != 2 {
		t.Errorf("receiver report % x", rr[:32])
	}
}

// fromPeer writes what the peer reports of our voice.
func fromPeer(s *Session, b block) []byte {
	var w reportWriter
	b.ssrc = s.packetizer.header.SSRC
	w.sender(77, 0x0102030405060708, 1, 2, 3, &b)
	w.description(77, "peer")
	return w.buf[:w.n]
}

func TestReportsOfThePeer(t *testing.T) {
	s, p, reports := openControlled(t, nil)
	for range 10 {
		p.level(4000, 160)
		s.WriteFrame(make([]int16, 160))
		read(s)
	}
	var seen []ControlPacket
	s.Observe(func(c ControlPacket) {
		c.Data = bytes.Clone(c.Data)
		seen = append(seen, c)
	})
	// It now sends reports from another port, as behind NAT.
	moved := newPeer(t, s)
	moved.to, moved.poll[0].Fd = reports.to, reports.poll[0].Fd
	moved.raw(fromPeer(s, block{cumulative: 3, fraction: 30, jitter: 80}))
	reportNow(s)
	got := s.Stats()
	if got.ReportsIn != 1 || got.ReportsOut != 1 || got.FarLost != 3 || got.FarJitterMS != 10 || got.FarMOS >= got.MOS || got.MOS < 4 {
		t.Errorf("%+v", got)
	}
	answer := heardReports(t, moved)
	if len(answer) != 1 || len(heardReports(t, reports)) != 0 {
		t.Fatal("the report did not go to where theirs came from")
	}
	if b := readBlock(answer[0][28:]); b.lastReport != 0x03040506 {
		t.Errorf("LSR %x, want the middle of the peer's NTP time", b.lastReport)
	}
	if len(seen) != 2 || seen[0].From != moved.addr() || seen[0].To != reports.to || seen[1].To != moved.addr() ||
		!bytes.Equal(seen[1].Data, answer[0]) || time.Since(seen[0].At) > time.Minute {
		t.Errorf("the observer saw %+v", seen)
	}
}

func TestReportsAreProtected(t *testing.T) {
	s, p, reports := openControlled(t, func(e *Epoch) {
		e.SendCrypto, e.ReceiveCrypto = cryptoOf(AES128HMAC32, 0), cryptoOf(AES128HMAC32, 1)
	})
	p.send, _ = newGuard(cryptoOf(AES128HMAC32, 1))
	theirs, _ := newGuard(cryptoOf(AES128HMAC32, 0))
	talk(s, p, 10)
	forged := fromPeer(s, block{cumulative: 9})
	reports.raw(forged)
	reportNow(s)
	if got := s.Stats(); got.Unauthentic != 1 || got.ReportsIn != 0 || got.FarLost != 0 {
		t.Errorf("a report in clear: %+v", got)
	}
	sealed := p.send.protectControl(append(make([]byte, 0, maxReport), fromPeer(s, block{cumulative: 4})...))
	reports.raw(sealed)
	reports.raw(sealed)
	reportNow(s)
	if got := s.Stats(); got.Unauthentic != 2 || got.ReportsIn != 1 || got.FarLost != 4 {
		t.Errorf("a report and its replay: %+v", got)
	}
	for i, data := range heardReports(t, reports) {
		if bytes.Contains(data, []byte(s.control.cname)) {
			t.Errorf("report %d is in clear", i)
		}
		open := theirs.openControl(data)
		if _, ok := readReports(open, 0); !ok || !bytes.Contains(open, []byte(s.control.cname)) {
			t.Errorf("report %d cannot be opened", i)
		}
	}
}

func TestReportsShareThePort(t *testing.T) {
	s, p, _ := openControlled(t, func(e *Epoch) { e.Mux = true })
	talk(s, p, 5)
	p.hear()
	p.raw(fromPeer(s, block{cumulative: 2}))
	reportNow(s)
	if got := s.Stats(); got.ReportsIn != 1 || got.FarLost != 2 || got.PacketsIn != 5 || got.Malformed != 0 {
		t.Errorf("%+v", got)
	}
	if got := heardReports(t, p); len(got) != 1 || got[0][1] != 200 {
		t.Errorf("%d reports on the port of RTP", len(got))
	}
}

func TestReportsOfStrangers(t *testing.T) {
	s, _, reports := openControlled(t, nil)
	read(s)
	s.takeControl(fromPeer(s, block{cumulative: 5}), netip.MustParseAddrPort("192.0.2.66:4001"), 1)
	s.takeControl([]byte{0x80, 0, 0, 0, 0, 0, 0, 0}, reports.addr(), 1)
	s.takeControl([]byte{0x81, 201, 0, 1, 0, 0, 0, 0}, reports.addr(), 1) // a block is missing
	if got := s.Stats(); got.Strangers != 1 || got.Malformed != 2 || got.ReportsIn != 0 || got.FarLost != 0 {
		t.Errorf("%+v", got)
	}
}

func TestGoodbye(t *testing.T) {
	s, p, reports := openControlled(t, nil)
	talk(s, p, 3)
	var w reportWriter
	w.receiver(77, nil)
	w.bye(77)
	reports.raw(w.buf[:w.n])
	reportNow(s)
	if s.Stats().Byes != 1 {
		t.Error("the peer's goodbye was not heard")
	}
	heardReports(t, reports)
	s.Close()
	got := heardReports(t, reports)
	if len(got) != 1 {
		t.Fatalf("%d goodbyes", len(got))
	}
	if r, ok := readReports(got[0], 0); !ok || !r.bye {
		t.Errorf("the last report % x is no goodbye", got[0])
	}
}

func TestReportsGoOutEveryFiveSeconds(t *testing.T) {
	s, p, reports := openControlled(t, nil)
	p.level(4000, 160)
	const minutes = 5
	for range minutes * 60 * media.FramesPerSecond {
		read(s)
	}
	n := len(heardReports(t, reports))
	if want := minutes * 12; n < want/2 || n > 2*want {
		t.Errorf("%d reports in %d minutes, want about %d", n, minutes, want)
	}
}

func TestReportsDoNotAllocate(t *testing.T) {
	s, p, reports := openControlled(t, nil)
	talk(s, p, 10)
	reportNow(s)
	data := fromPeer(s, block{cumulative: 1})
	pcm := make([]int16, 160)
	if n := testing.AllocsPerRun(50, func() {
		_, _ = reports.conn.WriteToUDPAddrPort(data, reports.to)
		_, _ = unix.Poll(reports.poll[:], 1000)
		s.WriteFrame(pcm)
		reportNow(s)
	}); n != 0 {
		t.Errorf("%v allocations per report", n)
	}
}
