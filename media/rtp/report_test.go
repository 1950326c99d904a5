package rtp

import (
	"bytes"
	"testing"
	"time"
)

func TestRoundTrip(t *testing.T) {
	var c control
	at := time.Date(2026, 3, 1, 12, 0, 0, 250e6, time.UTC).UnixNano()
	told := func(sent, stay time.Duration) {
		r := reports{hasBlock: true, block: block{lastReport: shortNTP(at - int64(sent)), delay: shortSeconds(int64(stay))}}
		c.take(r, at)
	}
	told(300*time.Millisecond, 200*time.Millisecond)
	if d := c.rtt - 100*time.Millisecond; d.Abs() > time.Millisecond {
		t.Errorf("round trip %s, want 100 ms", c.rtt)
	}
	told(600*time.Millisecond, 300*time.Millisecond) // one of 300 ms weighs a quarter
	if d := c.rtt - 150*time.Millisecond; d.Abs() > time.Millisecond {
		t.Errorf("round trip %s, want 150 ms", c.rtt)
	}
	told(100*time.Millisecond, 200*time.Millisecond) // it stayed longer than it took
	told(time.Hour, 0)
	c.take(reports{hasBlock: true}, at)
	if d := c.rtt - 150*time.Millisecond; d.Abs() > time.Millisecond {
		t.Errorf("nonsense made the round trip %s", c.rtt)
	}
}

func TestQuality(t *testing.T) {
	for _, test := range []struct {
		lost     float64
		delay    time.Duration
		from, to float64
	}{
		{0, 60 * time.Millisecond, 4.35, 4.41},
		{0.01, 60 * time.Millisecond, 4.2, 4.35},
		{0.05, 60 * time.Millisecond, 3.6, 4.0},
		{0, 400 * time.Millisecond, 2.8, 3.3},
		{0.2, 60 * time.Millisecond, 1.5, 2.6},
		{1, time.Second, 1, 1},
	} {
		if got := mos(test.lost, test.delay); got < test.from || got > test.to {
			t.Errorf("%v lost, %s: %.2f, want %v to %v", test.lost, test.delay, got, test.from, test.to)
		}
	}
	if share(3, 0) != 0 || share(3, 2) != 1 {
		t.Error("shares lie between none and all")
	}
}

// FuzzReports: no compound packet makes us read beyond it, and what we write
// we can read.
func FuzzReports(f *testing.F) {
	var w reportWriter
	w.sender(1, 2, 3, 4, 5, &block{ssrc: 9, cumulative: -1})
	w.description(1, "cname")
	w.bye(1)
	f.Add(bytes.Clone(w.buf[:w.n]))
	f.Add([]byte{0x82, 201, 0, 1, 0, 0, 0, 1})
	f.Add([]byte{0x80, 204, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, data []byte) {
		r, ok := readReports(data, 9)
		if !ok {
			return
		}
		if r.hasBlock && r.block.ssrc != 9 {
			t.Fatalf("a report about %d", r.block.ssrc)
		}
		var w reportWriter
		w.receiver(1, &r.block)
		if back, ok := readReports(w.buf[:w.n], r.block.ssrc); !ok || back.block != r.block {
			t.Fatalf("%+v was read as %+v", r.block, back.block)
		}
	})
}

func BenchmarkReport(b *testing.B) {
	c := &control{out: reportWriter{}}
	var buf [maxReport]byte
	for b.Loop() {
		c.out.reset()
		c.out.sender(1, 2, 3, 4, 5, &block{ssrc: 1})
		c.out.description(1, "0123456789abcdef")
		if _, ok := readReports(buf[:copy(buf[:], c.out.buf[:c.out.n])], 1); !ok {
			b.Fatal("not to be read")
		}
	}
}
