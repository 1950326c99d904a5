package test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"parley/call"
	"parley/sip"
	"parley/sip/registrar"
	"parley/sip/trunk"
	"parley/test/harness"
)

// Peers that want or are granted something have an address and trunk of their
// own.
const (
	wantsPRACK   = "127.0.1.1"
	demands      = "127.0.1.2"
	encrypted    = "127.0.1.3"
	transferring = "127.0.1.4"
	narrow       = "127.0.1.5"
	slow         = "127.0.1.6"
)

// peers adds the trunks of those addresses.
func peers(t *testing.T) func(*sip.Config) {
	return func(cfg *sip.Config) {
		for address, tune := range map[string]func(*trunk.Config){
			wantsPRACK: func(c *trunk.Config) { c.PRACK = trunk.Required },
			demands: func(c *trunk.Config) {
				c.Demand = trunk.Demand{Username: "bob", Password: "wonder", Algorithms: []string{"MD5"}}
			},
			encrypted:    func(c *trunk.Config) { c.SRTP = trunk.Required },
			transferring: func(c *trunk.Config) { c.Refer = trunk.Accept },
			narrow:       func(c *trunk.Config) { c.MaxChannels = 1 },
			slow:         func(c *trunk.Config) { c.MaxCPS = 0.1 },
		} {
			cfg.Trunks = append(cfg.Trunks, trunkAt(t, address, tune))
		}
		cfg.Registrar.Algorithms = []string{"MD5"}
		cfg.Registrar.Users = []registrar.User{{Name: "anna", Password: "wonder"}}
	}
}

// trunkAt is a trunk to and from an address.
func trunkAt(t *testing.T, address string, tune func(*trunk.Config)) trunk.Config {
	t.Helper()
	c := trunk.Default("at-" + address)
	var prefix trunk.CIDR
	if err := prefix.UnmarshalText([]byte(address)); err != nil {
		t.Fatal(err)
	}
	c.Addresses, c.Allow = []trunk.CIDR{prefix}, []string{"*"}
	tune(&c)
	return c
}

// TestCalled: sipp calls; the number says what the house does.
func TestCalled(t *testing.T) {
	h := build(t, peers(t))
	for _, test := range []struct {
		scenario, number, from string
		edit                   []string
		long                   bool
	}{
		{scenario: "prack.xml", number: "183"},
		{scenario: "prack-late-offer.xml", number: "183"},
		{scenario: "prack-missing.xml", number: "183"},
		{scenario: "prack-demanded.xml", from: wantsPRACK},
		{scenario: "prack.xml", number: "183", from: wantsPRACK, edit: []string{"Supported:", "Require:"}},
		{scenario: "update-early.xml", number: "digit"},
		{scenario: "update.xml"},
		{scenario: "timer.xml"},
		{scenario: "timer-missed.xml", number: "wait", long: true},
		{scenario: "timer-ours.xml", number: "wait", long: true},
		{scenario: "hold-inactive.xml"},
		{scenario: "late-offer.xml"},
		{scenario: "late-offer-refused.xml"},
		{scenario: "glare.xml", number: "hold"},
		{scenario: "cancel-late.xml"},
		{scenario: "cancel-early.xml", number: "180"},
		{scenario: "bye-then-reinvite.xml"},
		{scenario: "bye-crosses-reinvite.xml", number: "hold"},
		{scenario: "demand.xml", from: demands},
		{scenario: "demand-wrong.xml", from: demands},
		{scenario: "register.xml", number: "anna"},
		{scenario: "register-wrong.xml", number: "anna"},
		{scenario: "register-wrong.xml", number: "nobody"},
		{scenario: "refer-refused.xml"},
		{scenario: "loose-route.xml", number: "bye"},
		{scenario: "strict-route.xml", number: "bye"},
		{scenario: "max-forwards.xml"},
		{scenario: "circle.xml", number: "circle"},
		{scenario: "srtp-offered.xml", from: encrypted},
		{scenario: "refused.xml", from: encrypted},
		{scenario: "refused-savp.xml"},
		{scenario: "webrtc-offered.xml"},
		{scenario: "webrtc-offered.xml", from: encrypted},
		{scenario: "dtmf-info.xml"},
	} {
		t.Run(strings.TrimSuffix(test.scenario, ".xml")+" from "+test.from, func(t *testing.T) {
			t.Parallel()
			if test.long && !harness.Long() {
				t.Skip("takes a minute: PARLEY_E2E=long")
			}
			harness.Sipp{
				Scenario: test.scenario, To: h.port("udp"), From: test.from, Number: test.number, Edit: test.edit,
				Args: []string{"-key", "target", "127.0.0.1:9", "-key", "replaces", ""},
			}.Run(t)
		})
	}
}

// TestTrunkIsFull: a trunk with one channel, and one with a call in ten
// seconds, refuse the second call and say when to come again.
func TestTrunkIsFull(t *testing.T) {
	h := build(t, peers(t))
	for _, from := range []string{narrow, slow} {
		first := harness.Sipp{Scenario: "until-bye.xml", To: h.port("udp"), From: from, Number: "wait"}.Start(t)
		c := h.answered(t)
		harness.Sipp{Scenario: "full.xml", To: h.port("udp"), From: from}.Run(t)
		c.Hangup(call.System, call.Normal)
		first.Wait()
	}
	harness.Sipp{Scenario: "call.xml", To: h.port("udp"), From: narrow}.Run(t)
}

// TestReplaces: another telephone takes the place of a party; the call stays.
func TestReplaces(t *testing.T) {
	h := build(t)
	first := harness.Sipp{Scenario: "replaced.xml", To: h.port("udp"), Number: "wait", Args: []string{"-trace_logs", "-log_file", "names"}}.Start(t)
	c := h.answered(t)
	var names string
	harness.Eventually(t, "sipp has told the names of its call", func() bool {
		data, err := os.ReadFile(filepath.Join(first.Dir, "names"))
		names, _, _ = strings.Cut(string(data), "\n")
		return err == nil && names != ""
	})
	harness.Sipp{Scenario: "replaces.xml", To: h.port("udp"), Number: "wait", Args: []string{"-key", "replaces", names}}.Run(t)
	first.Wait()
	<-c.Context().Done() // with the BYE of the second
	if len(h.calls) > 0 {
		t.Error("the second INVITE has made a second call")
	}
}

func (h *house) answered(t *testing.T) call.Call {
	t.Helper()
	select {
	case c := <-h.calls:
		return c
	case <-t.Context().Done():
		return nil
	}
}
