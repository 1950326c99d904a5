package audiosocket

import (
	"strings"
	"testing"
)

func TestConfigMistakesAreNamed(t *testing.T) {
	var got []string
	report := func(key, problem, remedy string) {
		if problem == "" || remedy == "" {
			t.Errorf("%s: problem %q, remedy %q", key, problem, remedy)
		}
		got = append(got, key)
	}
	if Defaults().Validate(report); len(got) != 0 {
		t.Errorf("the defaults have mistakes: %v", got)
	}
	Config{Listen: "here", Allow: []string{"127.0.0.1/8", "all"}}.Validate(report)
	if want := "listen allow[1] max_sessions handshake_timeout announce_timeout"; strings.Join(got, " ") != want {
		t.Errorf("mistakes in %v, want %s", got, want)
	}
}
