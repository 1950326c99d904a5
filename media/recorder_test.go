package media_test

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"parley/media"
)

// wav is what a player makes of a recording: the sizes of its header count.
type wav struct {
	rate        int
	left, right []int16
}

func readWAV(t *testing.T, path string) wav {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	le := binary.LittleEndian
	if len(b) < 44 || string(b[:4]) != "RIFF" || string(b[8:16]) != "WAVEfmt " || string(b[36:40]) != "data" {
		t.Fatalf("%s is no WAV file", path)
	}
	if le.Uint16(b[20:]) != 1 || le.Uint16(b[22:]) != 2 || le.Uint16(b[34:]) != 16 {
		t.Fatalf("%s is not stereo PCM of 16 bits", path)
	}
	size := int(le.Uint32(b[40:]))
	if riff := int(le.Uint32(b[4:])); riff != size+36 || size > len(b)-44 {
		t.Fatalf("sizes in the header: %d and %d; the file has %d bytes", riff, size, len(b))
	}
	w := wav{rate: int(le.Uint32(b[24:]))}
	for at := 44; at < 44+size; at += 4 {
		w.left = append(w.left, int16(le.Uint16(b[at:])))
		w.right = append(w.right, int16(le.Uint16(b[at+2:])))
	}
	return w
}

// levels returns the first sample of each frame of 8 kHz; it wants the rest
// equal.
func levels(t *testing.T, pcm []int16) (got []int) {
	t.Helper()
	const n = 160
	for at := 0; at+n <= len(pcm); at += n {
		for i := range n {
			if pcm[at+i] != pcm[at] {
				t.Fatalf("frame %d holds %d and %d", at/n, pcm[at], pcm[at+i])
			}
		}
		got = append(got, int(pcm[at]))
	}
	return got
}

func equal(t *testing.T, what string, got, want []int) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %v, want %v", what, got, want)
	}
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("%s: %v, want %v", what, got, want)
		}
	}
}

func TestTapRecordsBothSidesInStep(t *testing.T) {
	defer goleak.VerifyNone(t)
	for name, order := range map[string]func(tap *media.Tap, pcm []int16, say []int16){
		"read first":  func(tap *media.Tap, pcm, say []int16) { tap.ReadFrame(pcm); tap.WriteFrame(say) },
		"write first": func(tap *media.Tap, pcm, say []int16) { tap.WriteFrame(say); tap.ReadFrame(pcm) },
	} {
		scribe := media.NewScribe()
		path := filepath.Join(t.TempDir(), "call.wav")
		r, err := scribe.Start(path, 8000)
		if err != nil {
			t.Fatal(err)
		}
		tap := media.NewTap((&fake{rate: 8000}).say(100, 20))
		pcm := make([]int16, 160)
		order(tap, pcm, flat(8000, 500)) // not recorded
		tap.Record(r)
		order(tap, pcm, flat(8000, 501))
		order(tap, pcm, nil)
		r.Pause(true)
		order(tap, pcm, flat(8000, 503))
		r.Pause(false)
		order(tap, pcm, flat(8000, 504))
		tap.Record(nil)
		order(tap, pcm, flat(8000, 505)) // not recorded
		if got := r.Given(); got != 4*160 {
			t.Errorf("%s: %d samples given, want 640", name, got)
		}
		samples, err := r.Close()
		if err != nil || samples != 4*160 {
			t.Errorf("%s: Close returned %d, %v", name, samples, err)
		}
		w := readWAV(t, path)
		if w.rate != 8000 {
			t.Errorf("rate %d", w.rate)
		}
		equal(t, name+": left", levels(t, w.left), []int{101, 102, 0, 104})
		equal(t, name+": right", levels(t, w.right), []int{501, 0, 0, 504})
		scribe.Close()
	}
}

func TestTapKeepsStepWhenOneSideRests(t *testing.T) {
	scribe := media.NewScribe()
	defer scribe.Close()
	path := filepath.Join(t.TempDir(), "call.wav")
	r, _ := scribe.Start(path, 8000)
	tap := media.NewTap((&fake{rate: 8000}).say(1, 5))
	tap.Record(r)
	pcm := make([]int16, 160)
	tap.ReadFrame(pcm)
	tap.ReadFrame(pcm)
	tap.WriteFrame(flat(8000, 9))
	tap.WriteFrame(flat(8000, 8))
	tap.WriteFrame(flat(8000, 7))
	if _, err := r.Close(); err != nil {
		t.Error(err)
	}
	w := readWAV(t, path)
	equal(t, "left", levels(t, w.left), []int{1, 2, 0})
	equal(t, "right", levels(t, w.right), []int{0, 9, 8})
}

// A file is playable at every moment, up to half a second ago, without Close.
func TestRecordingSurvivesACrash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		scribe := media.NewScribe()
		defer scribe.Close()
		path := filepath.Join(t.TempDir(), "call.wav")
		r, err := scribe.Start(path, 16000)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 150 {
			r.Frame(flat(16000, i), flat(16000, -i))
			time.Sleep(media.FrameTime)
			if played := len(readWAV(t, path).left) / 320; played < i+1-26 {
				t.Fatalf("after %d frames a crash would leave %d", i+1, played)
			}
		}
	})
}

func TestSlowDiskLeavesSilenceOfTheSameLength(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		scribe := media.NewScribe()
		defer scribe.Close()
		path := filepath.Join(t.TempDir(), "call.wav")
		r, _ := scribe.Start(path, 8000)
		for i := range 60 { // before the Scribe wakes: its ring holds 50
			r.Frame(flat(8000, 1+i), nil)
		}
		time.Sleep(time.Second)
		r.Frame(flat(8000, 61), nil)
		samples, err := r.Close()
		if err == nil || !strings.Contains(err.Error(), "200ms became silence") || samples != 61*160 {
			t.Errorf("Close returned %d, %v", samples, err)
		}
		got := levels(t, readWAV(t, path).left)
		if len(got) != 61 || got[49] != 50 || got[50] != 0 || got[59] != 0 || got[60] != 61 {
			t.Errorf("levels %v", got)
		}
	})
}

func TestFullDiskAtStart(t *testing.T) {
	scribe := media.NewScribe()
	defer scribe.Close()
	if _, err := scribe.Start("/dev/full", 8000); err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("starting on a full disk: %v", err)
	}
	if _, err := scribe.Start(filepath.Join(t.TempDir(), "none", "call.wav"), 8000); err == nil {
		t.Error("starting in a folder that is not there: no error")
	}
}

func TestScribeEndsWhatIsOpen(t *testing.T) {
	scribe := media.NewScribe()
	path := filepath.Join(t.TempDir(), "call.wav")
	r, _ := scribe.Start(path, 8000)
	r.Frame(flat(8000, 5), flat(8000, 6))
	scribe.Close()
	if samples, err := r.Close(); samples != 160 || err == nil {
		t.Errorf("Close returned %d, %v; want 160 and the reason", samples, err)
	}
	if got := len(readWAV(t, path).left); got != 160 {
		t.Errorf("%d samples in the file", got)
	}
	if _, err := scribe.Start(path, 8000); err == nil {
		t.Error("a closed Scribe starts a recording")
	}
}

func TestRecordingDoesNotAllocateInTheTick(t *testing.T) {
	scribe := media.NewScribe()
	defer scribe.Close()
	r, _ := scribe.Start(filepath.Join(t.TempDir(), "call.wav"), 8000)
	defer func() { _, _ = r.Close() }() // the ring may have run over
	tap := media.NewTap(&silence{})
	tap.Record(r)
	pcm := make([]int16, 160)
	if n := testing.AllocsPerRun(40, func() { tap.ReadFrame(pcm); tap.WriteFrame(pcm) }); n != 0 {
		t.Errorf("%v allocations per tick", n)
	}
}

// silence is the least Stream there is.
type silence struct{ fake }

func (*silence) Rate() int                        { return 8000 }
func (*silence) ReadFrame(pcm []int16) media.Mark { clear(pcm); return media.Gap }
func (*silence) WriteFrame([]int16)               {}
