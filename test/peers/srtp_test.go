package peers

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley/call"
	"parley/test/harness"
)

// TestBaresipOverSRTP: somebody else's keys, ciphers and reports.
func TestBaresipOverSRTP(t *testing.T) {
	t.Parallel()
	harness.Need(t, "flite", "flite")
	for _, c := range []struct{ policy, theirs, suite string }{
		{"required", "srtp-mand", "AES-128 with HMAC-SHA1-80"},
		{"optional", "srtp", "AES-128 with HMAC-SHA1-80"}, // RTP/AVP with keys
		{"optional", "", ""},
		{"off", "srtp", ""}, // it falls back
	} {
		t.Run(c.policy+" here, "+c.theirs+" there", func(t *testing.T) {
			t.Parallel()
			p := harness.Start(t, harness.Options{Config: harness.Map{"sip": harness.Map{"trunks": []harness.Map{
				{"name": "baresip", "addresses": []string{"127.0.0.0/8"}, "srtp": c.policy},
			}}}})
			in := filepath.Join(t.TempDir(), "in.wav")
			harness.Script(t, in, 8000, harness.Speak(t, "awb", "one two three four five six seven eight nine ten"), 20*time.Second)
			account := "<sip:ann@127.0.0.1>;regint=0;audio_codecs=PCMU/8000/1"
			if c.theirs != "" {
				account += ";mediaenc=" + c.theirs
			}
			b := harness.NewBaresip(t, account, in)
			b.Do("dial", "sip:echo@"+p.SIP)
			harness.EventuallyWithin(t, time.Minute, "the call has lasted for two reports", func() bool { return p.Recorded() > 11*time.Second })
			b.Do("hangup", "")
			var r call.Record
			harness.EventuallyWithin(t, time.Minute, "the call is recorded", func() bool {
				for _, r = range p.Calls() {
					if r.Caller == "ann" {
						return true
					}
				}
				return false
			})
			m := r.Media
			// baresip opens each way with a packet in clear, "PINGPONG".
			if m.SRTP != c.suite || m.PacketsIn < 200 || m.PacketsOut < 200 || m.Unauthentic > 2 || m.Strangers+m.Malformed > 0 {
				t.Errorf("%+v", m)
			}
			if m.MOS < 1 || m.FarMOS < 1 {
				t.Errorf("no reports were understood: %+v", m)
			}
			if s := p.Recording(r.ID); s.Loud(s.Left, 0, 10000) < time.Second || s.Loud(s.Right, 0, 10000) < time.Second {
				t.Errorf("the recording has %v of the caller and %v of the echo", s.Loud(s.Left, 0, 10000), s.Loud(s.Right, 0, 10000))
			}
			if log := p.Log.Raw(); strings.Contains(log, "inline:") {
				t.Error("the log holds keys")
			}
			t.Logf("%+v", m)
		})
	}
}
