package test

import (
	"context"
	"testing"

	"parley/call"
	"parley/sip"
	"parley/sip/trunk"
	"parley/test/harness"
)

// Peers that we call over trunks of their own.
const (
	asking    = "127.0.2.1"
	redirects = "127.0.2.2"
	stubborn  = "127.0.2.3" // no redirection is followed there
	first     = "127.0.2.4"
	second    = "127.0.2.5"
)

func (h *house) dial(t *testing.T, to call.Target) call.Call {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	to.Caller = "100"
	c, err := h.server.Originate(ctx, to) // the INVITE is repeated until sipp is up
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// talks wants c answered, and hangs up.
func talks(t *testing.T, c call.Call) {
	t.Helper()
	if err := c.Await(t.Context(), call.Answered); err != nil {
		t.Fatal(err)
	}
	c.Hangup(call.System, call.Normal)
}

// fails wants c to end with a cause before it is answered.
func fails(t *testing.T, c call.Call, want call.Cause) {
	t.Helper()
	if err := c.Await(t.Context(), call.Answered); call.CauseOf(err) != want {
		t.Errorf("the call ended with %v, want %v", err, want)
	}
}

// TestCalling: we call sipp.
func TestCalling(t *testing.T) {
	var group trunk.Group
	group.SetDefaults()
	group.Name = "carriers"
	ports := map[string]string{first: harness.FreePort(t, first), second: harness.FreePort(t, second)}
	h := build(t, func(cfg *sip.Config) {
		cfg.Trunks = append(cfg.Trunks,
			trunkAt(t, asking, func(c *trunk.Config) { c.Auth = trunk.Auth{Username: "bob", Password: "wonder"} }),
			trunkAt(t, redirects, func(*trunk.Config) {}),
			trunkAt(t, stubborn, func(c *trunk.Config) { c.Redirects = 0 }))
		for i, address := range []string{first, second} {
			cfg.Trunks = append(cfg.Trunks, trunkAt(t, address, func(c *trunk.Config) { c.Host = address + ":" + ports[address] }))
			group.Members = append(group.Members, trunk.Member{Trunk: "at-" + address, Priority: i + 1, Weight: 1})
		}
		cfg.Groups = []trunk.Group{group}
	})
	run := func(name string, f func(t *testing.T)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f(t)
		})
	}
	called := func(t *testing.T, from, scenario string, args ...string) *harness.SippRun {
		t.Helper()
		return harness.Sipp{Scenario: scenario, From: from, Port: ports[from], Args: args}.Start(t)
	}
	uri := func(far *harness.SippRun) call.Target { return call.Target{URI: "sip:bob@" + far.Address} }
	for _, scenario := range []string{"uas-challenge-401.xml", "uas-challenge-407.xml"} {
		run(scenario, func(t *testing.T) {
			far := called(t, asking, scenario)
			talks(t, h.dial(t, uri(far)))
			far.Wait()
		})
	}
	run("uas-reliable.xml", func(t *testing.T) {
		far := called(t, "", "uas-reliable.xml")
		talks(t, h.dial(t, uri(far)))
		far.Wait()
	})
	run("uas-forks.xml", func(t *testing.T) {
		far := called(t, "", "uas-forks.xml")
		c := h.dial(t, uri(far))
		far.Wait()
		<-c.Context().Done()
		if e := call.CauseOf(context.Cause(c.Context())); e != call.Normal {
			t.Errorf("the call ended with %v", e)
		}
	})
	for _, scenario := range []string{"uas-cancelled.xml", "uas-cancel-late.xml"} {
		run(scenario, func(t *testing.T) {
			far := called(t, "", scenario)
			c := h.dial(t, uri(far))
			if err := c.Await(t.Context(), call.Ringing); err != nil {
				t.Fatal(err)
			}
			c.Hangup(call.System, call.Normal)
			far.Wait()
		})
	}
	run("a redirection followed", func(t *testing.T) {
		there := called(t, "", "uas.xml")
		from := called(t, redirects, "uas-redirects.xml", "-key", "target", there.Address)
		talks(t, h.dial(t, uri(from)))
		from.Wait()
		there.Wait()
	})
	run("a redirection refused", func(t *testing.T) {
		from := called(t, stubborn, "uas-redirects.xml", "-key", "target", "127.0.0.1:9")
		fails(t, h.dial(t, uri(from)), call.Unavailable)
		from.Wait()
	})
	run("hunting over a group", func(t *testing.T) {
		one, two := called(t, first, "uas-refuses.xml"), called(t, second, "uas.xml")
		talks(t, h.dial(t, call.Target{Trunk: "carriers", Number: "200"}))
		one.Wait()
		two.Wait()
		one = called(t, first, "uas-busy.xml") // which nobody else can mend
		fails(t, h.dial(t, call.Target{Trunk: "carriers", Number: "200"}), call.Busy)
		one.Wait()
	})
}

// TestTransferred: the peer sends us on, and hears how it goes.
func TestTransferred(t *testing.T) {
	h := build(t, peers(t))
	refer := func(t *testing.T, scenario, far, replaces string) {
		t.Helper()
		harness.Sipp{Scenario: scenario, To: h.port("udp"), From: transferring, Number: "wait",
			Args: []string{"-key", "target", far, "-key", "replaces", replaces}}.Run(t)
	}
	there := harness.Sipp{Scenario: "uas-transferred.xml"}.Start(t)
	refer(t, "refer.xml", there.Address, "?Replaces=there%40example.com%3Bto-tag%3D1%3Bfrom-tag%3D2")
	c := h.answered(t)
	if c.State() != call.Answered {
		t.Errorf("after its transfer the call is %v", c.State())
	}
	c.Hangup(call.System, call.Normal)
	there.Wait()

	busy := harness.Sipp{Scenario: "uas-busy.xml"}.Start(t)
	refer(t, "refer-busy.xml", busy.Address, "")
	busy.Wait()
}
