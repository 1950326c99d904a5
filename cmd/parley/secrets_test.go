package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestASecretIsNeverShown: a secret in the wrong place, or of the wrong kind,
// is a problem that names where it stands and not what it is.
func TestASecretIsNeverShown(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte("hunter2 \"quoted\" hunter2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SHOP_SECRET", "hunter2")
	t.Setenv("PARLEY_SIP_LIMITS_MAX_CALLS_FILE", file)
	t.Setenv("PARLEY_HTTP_LISTEN_FILE", file)
	for _, ref := range []string{"${env:SHOP_SECRET}", "${file:" + file + "}"} {
		for _, text := range []string{
			"sip: %s", "sip: {listen: %s}", "sip: {trunks: [{name: a, addresses: [%s], host: %s}]}", "rtp: {min_port: %s, address: %s}",
			"drain: %s", "log: {level: %s, format: %s}", "records: {recording: %s}", "voice: {voice: %s, language: %s}",
			"speech: {espeak: {program: %s}, flite: {voice: %s}, pocketsphinx: {model: %s}}", "audiosocket: {listen: %s, allow: [%s], program: %s}",
			"%s: 1", "{%s: 1}", "ivr: {flows: [%s], knowledge: [%s]}", "routes: [{called: a, flow: %s}, {called: b, audiosocket: %s}, {called: c, reject: %s}]",
		} {
			conf := filepath.Join(t.TempDir(), "parley.yaml")
			text = strings.ReplaceAll(text, "%s", "'"+ref+"'")
			if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, problems := load(conf)
			all := fmt.Sprint(problems)
			if strings.Contains(all, "hunter2") || !strings.Contains(all, ref) || !strings.Contains(all, "$PARLEY_HTTP_LISTEN_FILE") {
				t.Errorf("%s: %s", text, all)
			}
		}
	}
}

func TestSecretsStandElsewhere(t *testing.T) {
	t.Setenv("SHOP_TOKEN", "0123456789abcdef")
	l, problems := load(minimal(t, "http: {token: \"${env:SHOP_TOKEN}\"}"))
	if len(problems) > 0 || l.HTTP.Token != "0123456789abcdef" {
		t.Errorf("problems %v", problems)
	}
}
