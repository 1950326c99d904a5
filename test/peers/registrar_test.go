package peers

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
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
	program := harness.Need(t, "baresip", "baresip-core")
	if _, err := os.Stat(filepath.Join(modules, "aufile.so")); err != nil {
		t.Skip("baresip has no module aufile: apt-get install baresip-core")
	}
	dir := t.TempDir()
	secret := filepath.Join(dir, "secret")
	if err := os.WriteFile(secret, []byte("wonder"), 0o600); err != nil {
		t.Fatal(err)
	}
	in, out := filepath.Join(dir, "in.wav"), filepath.Join(dir, "out.wav")
	harness.Script(t, in, 8000, 10*time.Second)
	p := harness.Start(t, harness.Options{Config: harness.Map{
		"sip": harness.Map{
			"trunks": []harness.Map{{"name": "elsewhere", "addresses": []string{"192.0.2.1"}}},
			// This baresip gives up when it meets an algorithm that it does not know.
			"registrar": harness.Map{"algorithms": []string{"MD5"}, "users": []harness.Map{{"name": "anna", "password": "${file:" + secret + "}"}}, "keep_alive": "5s"},
		},
		"routes": []harness.Map{{"called": "echo", "trunk": "registrar", "echo": true}},
	}})
	for name, text := range map[string]string{
		"config":   fmt.Sprintf(configOfBaresip, in, out, out, modules),
		"accounts": "<sip:anna@" + p.SIP + ">;auth_user=anna;auth_pass=wonder;regint=60;audio_codecs=PCMU/8000/1\n",
		"contacts": "",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var said bytes.Buffer
	cmd := exec.Command(program, "-4", "-f", dir, "-t", "8", "-e", "/dial sip:echo@"+p.SIP)
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	defer func() {
		_ = cmd.Process.Kill()
		if t.Failed() {
			t.Logf("baresip said:\n%s", meters.ReplaceAllString(said.String(), ""))
		}
	}()
	contacts := func() (list []struct{ User, Source string }) {
		if err := json.Unmarshal(p.Get("/v1/contacts"), &list); err != nil {
			t.Fatal(err)
		}
		return list
	}
	harness.Eventually(t, "anna is registered", func() bool { l := contacts(); return len(l) == 1 && l[0].User == "anna" })
	p.LiveCall("comes from anna", func(r call.Record) bool { return r.Caller == "anna" && r.Trunk == "registrar" })
	<-ended
	harness.Eventually(t, "anna is gone", func() bool { return len(contacts()) == 0 })
	// It has signed off before it hung up, and its BYE is heard all the same.
	harness.Eventually(t, "the call is recorded", func() bool {
		return slices.ContainsFunc(p.Calls(), func(r call.Record) bool {
			return r.Caller == "anna" && r.Program == "echo" && r.HangupBy == "customer"
		})
	})
}
