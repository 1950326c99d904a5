package peers

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"parley/call"
	"parley/test/harness"
)

// TestTelephoneRegisters: somebody else's softphone, whose address belongs to
// no trunk, registers, is listed, calls with digest, and signs off.
func TestTelephoneRegisters(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	secret := filepath.Join(dir, "secret")
	if err := os.WriteFile(secret, []byte("wonder"), 0o600); err != nil {
		t.Fatal(err)
	}
	in := filepath.Join(dir, "in.wav")
	harness.Script(t, in, 8000, 10*time.Second)
	p := harness.Start(t, harness.Options{Config: harness.Map{
		"sip": harness.Map{
			"trunks": []harness.Map{{"name": "elsewhere", "addresses": []string{"192.0.2.1"}}},
			// This baresip gives up when it meets an algorithm that it does not know.
			"registrar": harness.Map{"algorithms": []string{"MD5"}, "users": []harness.Map{{"name": "anna", "password": "${file:" + secret + "}"}}, "keep_alive": "5s"},
		},
		"routes": []harness.Map{{"called": "echo", "trunk": "registrar", "echo": true}},
	}})
	b := harness.NewBaresip(t, "<sip:anna@"+p.SIP+">;auth_user=anna;auth_pass=wonder;regint=60;audio_codecs=PCMU/8000/1", in)
	contacts := func() (list []struct{ User, Source string }) {
		if err := json.Unmarshal(p.Get("/v1/contacts"), &list); err != nil {
			t.Fatal(err)
		}
		return list
	}
	harness.Eventually(t, "anna is registered", func() bool { l := contacts(); return len(l) == 1 && l[0].User == "anna" })
	b.Do("dial", "sip:echo@"+p.SIP)
	p.LiveCall("comes from anna", func(r call.Record) bool { return r.Caller == "anna" && r.Trunk == "registrar" })
	b.Do("quit", "")
	harness.Eventually(t, "anna is gone", func() bool { return len(contacts()) == 0 })
	// It has signed off before it hung up, and its BYE is heard all the same.
	harness.Eventually(t, "the call is recorded", func() bool {
		return slices.ContainsFunc(p.Calls(), func(r call.Record) bool {
			return r.Caller == "anna" && r.Program == "echo" && r.HangupBy == "customer"
		})
	})
}
