package peers

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/call"
	"parley/test/harness"
)

// TestBaresip: somebody else's softphone plays the voices of flite that the
// robot does not have, and the robot understands them.
func TestBaresip(t *testing.T) {
	t.Parallel()
	harness.Need(t, "flite", "flite")
	p := harness.Start(t, harness.Options{})
	for _, voice := range []string{"awb", "kal16"} {
		t.Run(voice, func(t *testing.T) {
			t.Parallel()
			in := filepath.Join(t.TempDir(), "in.wav")
			// The first words fall into the welcome, the others into silence.
			harness.Script(t, in, 8000,
				3*time.Second, harness.Speak(t, voice, "when are you open"),
				8*time.Second, harness.Speak(t, voice, "no thank you"),
				7*time.Second, harness.Speak(t, voice, "yes thank you"),
				30*time.Second)
			b := harness.NewBaresip(t, "<sip:"+voice+"@127.0.0.1>;regint=0;audio_codecs=PCMU/8000/1", in)
			b.Do("dial", "sip:demo@"+p.SIP)
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
