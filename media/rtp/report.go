package rtp

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
)

// Packet types of RTCP (RFC 3550 §12.1).
const (
	typeSenderReport   = 200
	typeReceiverReport = 201
	typeDescription    = 202
	typeBye            = 203
)

const (
	senderInfoSize = 20
	blockSize      = 24
	// maxReport is more than a compound packet of ours with its protection.
	maxReport = 256
	// maxCumulative is the largest loss that 24 signed bits can tell.
	maxCumulative = 1<<23 - 1
)

// block is a reception report (RFC 3550 §6.4.1).
type block struct {
	ssrc       uint32
	fraction   uint8 // lost since the last report, of 256
	cumulative int32 // lost in all
	highest    uint32
	jitter     uint32 // in units of the timestamp
	lastReport uint32 // middle of the NTP time of the last sender report
	delay      uint32 // since then, of 65536 a second
}

// newCNAME is what names us to the peer for one session (RFC 7022 §4.2).
func newCNAME() string { return fmt.Sprintf("%016x", rand.Uint64()) }

// writer builds a compound packet.
type reportWriter struct {
	buf [maxReport]byte
	n   int
}

func (w *reportWriter) reset() { w.n = 0 }

func (w *reportWriter) word(v uint32) {
	binary.BigEndian.PutUint32(w.buf[w.n:], v)
	w.n += 4
}

// begin writes a packet's header; end then fills in its length.
func (w *reportWriter) begin(kind, count int) (at int) {
	at = w.n
	w.word(2<<30 | uint32(count)<<24 | uint32(kind)<<16)
	return at
}

func (w *reportWriter) end(at int) {
	binary.BigEndian.PutUint16(w.buf[at+2:], uint16((w.n-at)/4-1))
}

// sender writes a sender report: ntp is now, stamp the same on the time line.
func (w *reportWriter) sender(ssrc uint32, ntp uint64, stamp, packets, octets uint32, b *block) {
	at := w.begin(typeSenderReport, count(b))
	w.word(ssrc)
	w.word(uint32(ntp >> 32))
	w.word(uint32(ntp))
	w.word(stamp)
	w.word(packets)
	w.word(octets)
	w.block(b)
	w.end(at)
}

// receiver writes a receiver report.
func (w *reportWriter) receiver(ssrc uint32, b *block) {
	at := w.begin(typeReceiverReport, count(b))
	w.word(ssrc)
	w.block(b)
	w.end(at)
}

func count(b *block) int {
	if b == nil {
		return 0
	}
	return 1
}

func (w *reportWriter) block(b *block) {
	if b == nil {
		return
	}
	w.word(b.ssrc)
	w.word(uint32(b.fraction)<<24 | uint32(b.cumulative)&0xffffff)
	w.word(b.highest)
	w.word(b.jitter)
	w.word(b.lastReport)
	w.word(b.delay)
}

// description names the source (SDES, §6.5).
func (w *reportWriter) description(ssrc uint32, cname string) {
	at := w.begin(typeDescription, 1)
	w.word(ssrc)
	w.buf[w.n], w.buf[w.n+1] = 1, byte(len(cname)) // CNAME
	w.n += 2 + copy(w.buf[w.n+2:], cname)
	for w.buf[w.n] = 0; ; { // at least one zero ends the chunk
		w.n++
		if w.n%4 == 0 {
			break
		}
		w.buf[w.n] = 0
	}
	w.end(at)
}

// bye says that the source is gone (§6.6).
func (w *reportWriter) bye(ssrc uint32) {
	at := w.begin(typeBye, 1)
	w.word(ssrc)
	w.end(at)
}

// ntpTime turns nanoseconds since 1970 into the 64 bits of NTP.
func ntpTime(ns int64) uint64 {
	const since1900 = 2208988800
	return uint64(ns/1e9+since1900)<<32 | uint64(ns%1e9)<<32/1e9
}

// shortNTP turns nanoseconds since 1970 into the middle 32 bits.
func shortNTP(ns int64) uint32 { return uint32(ntpTime(ns) >> 16) }

// shortSeconds turns a duration in nanoseconds into 65536ths of a second.
func shortSeconds(ns int64) uint32 {
	return uint32(min(max(ns, 0)/1000*65536/1_000_000, math.MaxUint32))
}
