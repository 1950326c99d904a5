package crash

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"parley/call"
	"parley/test/harness"
)

// small mounts a small disk.
func small(t *testing.T, folder string, size int) {
	t.Helper()
	if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, "size="+strconv.Itoa(size)); err != nil {
		t.Skipf("a disk that is full is made by mounting a small one, which takes root (package mount): %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(folder, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
}

// TestDiskFull: when the disk is full the call goes on, what is recorded so
// far is playable, and the record says why there is no more.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	recordings := filepath.Join(data, "recordings")
	if err := os.Mkdir(recordings, 0o700); err != nil {
		t.Fatal(err)
	}
	const size = 128 << 10 // four seconds
	small(t, recordings, size)
	p := harness.Start(t, harness.Options{Data: data})
	report, r := p.Call(t, "demo", "--wait-quiet", "--say", "no thank you", "--wait-quiet", "--say", "yes")
	if report.EndedBy != "them" || r.Cause != "normal" || r.Tags["survey"] != "yes" {
		t.Errorf("the call ended by %s: %s, tags %v", report.EndedBy, r.Cause, r.Tags)
	}
	if got := harness.Said(r, call.SpeakerCaller); len(got) != 2 {
		t.Errorf("understood %q", got)
	}
	if !strings.Contains(r.Recording.Problem, "no space left on device") {
		t.Errorf("the record says %q of the recording", r.Recording.Problem)
	}
	if n := len(p.Log.All("a recording is not whole")); n != 1 {
		t.Errorf("the log says it %d times", n)
	}
	s := p.Recording(r.ID)
	if s.Length() < 3*time.Second || 4*len(s.Left) > size || s.Loud(s.Right, 0, 3000) < time.Second {
		t.Errorf("of a disk of %d bytes the recording has %v with %v of the robot", size, s.Length(), s.Loud(s.Right, 0, 3000))
	}
	if status := p.Status("/v1/calls/" + string(r.ID) + "/timeline.svg"); status != 200 {
		t.Errorf("the picture of a call with half a recording: %d", status)
	}
	t.Logf("the call lasted %v, the recording %v: %s", r.End.Sub(r.Start).Round(time.Second), s.Length(), r.Recording.Problem)

	// The next call finds the disk full from its beginning.
	_, r = p.Call(t, "demo", "--interrupt-after", "500ms", "--limit", "3s", "--wait", "60s")
	if r.Recording.Problem == "" || r.Cause != "normal" {
		t.Errorf("a call on a full disk: %+v, %s", r.Recording, r.Cause)
	}
}

// TestEverythingFull: recordings and database are on one disk, and that is
// full. The call goes on; when there is room its record is stored.
func TestEverythingFull(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	small(t, data, 2<<20)
	p := harness.Start(t, harness.Options{Data: data})
	filler := filepath.Join(data, "filler")
	f, err := os.Create(filler)
	if err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
	if f.Close(); !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	report := p.Dial(t, "demo", "--wait-quiet", "--say", "no thank you", "--wait-quiet", "--say", "yes").Wait()
	if report.EndedBy != "them" || report.Cause != "normal" {
		t.Errorf("a call on a full disk: %+v", report)
	}
	harness.Eventually(t, "the record is held", func() bool { return p.Log.First("held in memory") != nil })
	if p.Status("/readyz") != 200 {
		t.Error("no calls are taken any more")
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	r := p.Kept(report.WireID)
	if r.Tags["survey"] != "yes" || r.Cause != "normal" || !strings.Contains(r.Recording.Problem, "no space left") {
		t.Errorf("the record that was held: %+v", r)
	}
	t.Logf("stored after there was room: tags %v, recording: %s", r.Tags, r.Recording.Problem)
}
