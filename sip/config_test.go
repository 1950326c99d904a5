package sip

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"parley/call"
)

func TestDefaultsAreValid(t *testing.T) {
	Defaults().Validate(func(key, problem, remedy string) { t.Errorf("%s %s: %s", key, problem, remedy) })
}

// TestConfigProblems: every mistake is reported, under its own key.
func TestConfigProblems(t *testing.T) {
	tests := []struct {
		spoil func(*Config)
		key   string
	}{
		{func(c *Config) { c.Listen = nil }, "listen"},
		{func(c *Config) { c.Listen[0].Network = "sctp" }, "listen[0].network"},
		{func(c *Config) { c.Listen[1].Address = "localhost:5060" }, "listen[1].address"},
		{func(c *Config) { c.Listen[1].External = "example.com" }, "listen[1].external"},
		{func(c *Config) { c.Trunks[0].Name = "" }, "trunks[0].name"},
		{func(c *Config) { c.Trunks = append(c.Trunks, c.Trunks[0]) }, "trunks[1].name"},
		{func(c *Config) { c.Trunks[0].Addresses = nil }, "trunks[0].addresses"},
		{func(c *Config) { c.Trunks[0].Codecs = []string{"G729"} }, "trunks[0].codecs[0]"},
		{func(c *Config) { c.Unknown = "ask" }, "unknown"},
		{func(c *Config) { c.Codecs = nil }, "codecs"},
		{func(c *Config) { c.Codecs = []string{"PCMA", "G729"} }, "codecs[1]"},
		{func(c *Config) { c.RingTimeout = 0 }, "ring_timeout"},
		{func(c *Config) { c.RTPTimeout = time.Millisecond }, "rtp_timeout"},
		{func(c *Config) { c.Limits.MaxCalls = 0 }, "limits.max_calls"},
		{func(c *Config) { c.Timers.T1 = 0 }, "timers.t1"},
		{func(c *Config) { c.Timers.T2 = time.Millisecond }, "timers.t2"},
		{func(c *Config) { c.Timers.T4 = time.Millisecond }, "timers.t4"},
	}
	for _, test := range tests {
		cfg := Defaults()
		test.spoil(&cfg)
		var keys []string
		cfg.Validate(func(key, problem, remedy string) {
			keys = append(keys, key)
			if problem == "" || remedy == "" {
				t.Errorf("%s: %q, %q", key, problem, remedy)
			}
		})
		if !slices.Contains(keys, test.key) {
			t.Errorf("%s: reported %v", test.key, keys)
		}
	}
}

func TestConfigAsYAML(t *testing.T) {
	text, err := yaml.Marshal(Defaults())
	if err != nil {
		t.Fatal(err)
	}
	var back Config
	if err := yaml.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(back) != fmt.Sprint(Defaults()) {
		t.Errorf("%+v comes back as %+v", Defaults(), back)
	}
}

func TestReload(t *testing.T) {
	s := start(t, testConfig(), answering)
	p := newPeer(t, s)
	tag := established(p)
	for _, d := range s.calls.all() { // the re-INVITE below must not overtake the ACK
		eventually(t, "ACK", func() bool {
			done := make(chan bool, 1)
			return d.post(func() { done <- d.unacked == nil }) && <-done
		})
	}
	cfg := *s.config()
	cfg.Timers.T1 *= 2
	if err := s.Reload(cfg); err == nil {
		t.Error("timers changed under the transactions")
	}
	cfg = *s.config()
	cfg.Codecs = []string{"PCMA"}
	if err := s.Reload(cfg); err != nil {
		t.Fatal(err)
	}
	// The call that is up keeps PCMU, the next one gets PCMA.
	p.send(req{method: "INVITE", seq: 2, toTag: tag, body: sdpOf(4000)})
	ok := p.response(200, "INVITE")
	p.send(req{method: "ACK", seq: 2, toTag: tag})
	if got, err := agreed(string(ok.Body()), us("127.0.0.1:1")); err != nil || got[:4] != "PCMU" {
		t.Errorf("%q, %v", got, err)
	}
	q := newPeer(t, s)
	q.send(req{method: "INVITE", seq: 1, body: sdpOf(4000)})
	ok = q.response(200, "INVITE")
	q.send(req{method: "ACK", seq: 1, toTag: toTag(ok)})
	if got, err := agreed(string(ok.Body()), us("127.0.0.1:1")); err != nil || got[:4] != "PCMA" {
		t.Errorf("%q, %v", got, err)
	}
	p.send(req{method: "BYE", seq: 3, toTag: tag})
	p.response(200, "BYE")
	q.send(req{method: "BYE", seq: 2, toTag: toTag(ok)})
	q.response(200, "BYE")
}

func TestEveryCauseRefuses(t *testing.T) {
	for c := call.Normal; c <= call.Draining; c++ {
		if code := rejectCode(c); code < 400 || phrase(code) == "Error" {
			t.Errorf("%v is refused with %d %s", c, code, phrase(code))
		}
	}
}
