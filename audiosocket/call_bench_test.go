package audiosocket

import (
	"net/netip"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"parley/media"
	"parley/media/rtp"
)

// echo says back what it hears, as the plainest voice side.
type echo struct {
	stream media.Stream
	pcm    []int16
}

func (e *echo) Tick(time.Duration) bool {
	if e.stream.ReadFrame(e.pcm) == media.Gap {
		e.stream.WriteFrame(nil)
	} else {
		e.stream.WriteFrame(e.pcm)
	}
	return true
}

// BenchmarkCallFrame is one tick of one call in its whole way: a caller's RTP
// in, decoded, over AudioSocket to an echoing voice side and all the way back.
// 1 µs per tick is 0.005 % of a core per call.
func BenchmarkCallFrame(b *testing.B) {
	c := newBenchCall(b)
	b.ReportAllocs()
	for b.Loop() {
		c.say()
		c.pump.Tick(0)
		c.voice.Tick(0)
		c.caller.ReadFrame(c.pcm)
	}
}

// BenchmarkCalls runs 100 such calls on the real clock for three seconds. It
// gives the CPU of the whole process, generator included, and the mean jitter
// of the robot's packets as the callers' kernels saw it.
func BenchmarkCalls(b *testing.B) {
	const count = 100
	for b.Loop() {
		clock := media.NewWheel(0)
		var calls [count]*benchCall
		for i := range calls {
			calls[i] = newBenchCall(b)
			clock.Add(calls[i].pump)
			clock.Add(calls[i].voice)
			clock.Add(calls[i])
		}
		time.Sleep(time.Second) // settled
		cpu, start := cpuTime(b), time.Now()
		time.Sleep(3 * time.Second)
		share := 100 * float64(cpuTime(b)-cpu) / float64(time.Since(start)) / count
		clock.Close()
		jitter := 0.0
		for _, c := range calls {
			jitter += c.caller.Stats().JitterMS / count
		}
		b.ReportMetric(share, "%core/call")
		b.ReportMetric(jitter, "jitter-ms")
	}
}

// cpuTime is the CPU time that the process has used.
func cpuTime(b *testing.B) time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// benchCall is a call with its caller.
type benchCall struct {
	caller *rtp.Session
	pump   *media.Pump
	voice  *echo
	pcm    []int16
}

var benchPool = sync.OnceValues(func() (*rtp.Pool, error) {
	return rtp.NewPool(netip.MustParseAddr("127.0.0.1"), 40000, 49999)
})

func newBenchCall(b *testing.B) *benchCall {
	pool, err := benchPool()
	if err != nil {
		b.Fatal(err)
	}
	var ends [2]*rtp.Session
	for i := range ends {
		if ends[i], err = pool.Open(rtp.Options{}); err != nil {
			b.Fatal(err)
		}
		b.Cleanup(ends[i].Close)
	}
	for i, s := range ends {
		e := rtp.Epoch{Remote: ends[1-i].LocalAddr(), Codec: media.PCMU, EventType: 101, Send: true, Receive: true}
		if err := s.Bind(e); err != nil {
			b.Fatal(err)
		}
	}
	callSide, voiceSide := connected(b)
	pump, err := media.NewPump(ends[1], callSide)
	if err != nil {
		b.Fatal(err)
	}
	return &benchCall{caller: ends[0], pump: pump, voice: &echo{voiceSide, make([]int16, 160)}, pcm: flat(160, 1000)}
}

func (c *benchCall) say() { c.caller.WriteFrame(c.pcm) }

// Tick is the caller's.
func (c *benchCall) Tick(time.Duration) bool {
	c.caller.ReadFrame(c.pcm)
	c.say()
	return true
}

// connected returns both ends of a connection, each as a Conn.
func connected(b *testing.B) (callSide, voiceSide *Conn) {
	voiceSide, f := pair(b, VoiceSide, 8000)
	callSide, err := NewConn(f.Conn, CallSide, 8000)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { // both at once, as each waits for the other
		go voiceSide.Close()
		callSide.Close()
	})
	return callSide, voiceSide
}
