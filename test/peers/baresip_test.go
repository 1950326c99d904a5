package peers

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/call"
	"parley/test/harness"
)

// configOfBaresip plays a sound file into the call and keeps what it hears.
const configOfBaresip = `poll_method epoll
sip_listen 127.0.0.1:0
audio_source aufile,%s
audio_player aufile,%s
audio_alert aufile,%s
ausrc_srate 8000
auplay_srate 8000
module_path %s
module stdio.so
module g711.so
module aufile.so
module_tmp account.so
module_app menu.so
`

// modules is where Debian's baresip-core has its modules.
const modules = "/usr/lib/baresip/modules"

// meters are what baresip shows several times a second.
var meters = regexp.MustCompile(`\[\d+:\d\d:\d\d\] audio=\S+ \(bit/s\)\s*`)

// TestBaresip: somebody else's softphone plays the voices of flite that the
// robot does not have, and the robot understands them.
func TestBaresip(t *testing.T) {
	t.Parallel()
	program := harness.Need(t, "baresip", "baresip-core")
	if _, err := os.Stat(filepath.Join(modules, "aufile.so")); err != nil {
		t.Skip("baresip has no module aufile: apt-get install baresip-core")
	}
	harness.Need(t, "flite", "flite")
	p := harness.Start(t, harness.Options{})
	for _, voice := range []string{"awb", "kal16"} {
		t.Run(voice, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			in, out := filepath.Join(dir, "in.wav"), filepath.Join(dir, "out.wav")
			// The first words fall into the welcome, the others into silence.
			harness.Script(t, in, 8000,
				3*time.Second, harness.Speak(t, voice, "when are you open"),
				8*time.Second, harness.Speak(t, voice, "no thank you"),
				7*time.Second, harness.Speak(t, voice, "yes thank you"),
				30*time.Second)
			for name, text := range map[string]string{
				"config":   fmt.Sprintf(configOfBaresip, in, out, out, modules),
				"accounts": "<sip:" + voice + "@127.0.0.1>;regint=0;audio_codecs=PCMU/8000/1\n",
				"contacts": "",
			} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			var said bytes.Buffer
			cmd := exec.Command(program, "-4", "-f", dir, "-t", "60", "-e", "/dial sip:demo@"+p.SIP)
			cmd.Stdout, cmd.Stderr = &said, &said
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { ended <- cmd.Wait() }()
			defer func() {
				_ = cmd.Process.Kill()
				<-ended
				if t.Failed() {
					t.Logf("baresip said:\n%s", meters.ReplaceAllString(said.String(), ""))
				}
			}()
			var r call.Record
			harness.EventuallyWithin(t, time.Minute, "the call of "+voice+" is recorded", func() bool {
				i := slices.IndexFunc(p.Calls(), func(r call.Record) bool { return r.Caller == voice })
				if i >= 0 {
					r = p.Calls()[i]
				}
				return i >= 0
			})
			if got := harness.Said(r, call.SpeakerCaller); !slices.Equal(got, []string{"when are you open", "no thank you", "yes thank you"}) {
				t.Errorf("understood %q", got)
			}
			robot := strings.Join(harness.Said(r, call.SpeakerRobot), " ")
			for _, line := range []string{"We are open from nine to six", "Were you happy", "Thank you for calling the corner shop. Goodbye."} {
				if !strings.Contains(robot, line) {
					t.Errorf("the robot did not say %q but %q", line, robot)
				}
			}
			if r.Tags["survey"] != "yes" || r.HangupBy != "system" || r.Cause != "normal" {
				t.Errorf("tags %v, ended by %s: %s", r.Tags, r.HangupBy, r.Cause)
			}
			s := p.Recording(r.ID)
			if s.Loud(s.Left, 0, 60000) < time.Second || s.Loud(s.Right, 0, 60000) < 5*time.Second {
				t.Errorf("the recording has %v of the caller and %v of the robot", s.Loud(s.Left, 0, 60000), s.Loud(s.Right, 0, 60000))
			}
			t.Logf("%s: understood %q, %d lost, jitter %.1f ms", voice, harness.Said(r, call.SpeakerCaller), r.Media.Lost, r.Media.JitterMS)
		})
	}
}
