package crash

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"parley/call"
	"parley/test/harness"
)

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
	if err := syscall.Mount("tmpfs", recordings, "tmpfs", 0, "size=131072"); err != nil {
		t.Skipf("a disk that is full is made by mounting a small one, which takes root (package mount): %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(recordings, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
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
