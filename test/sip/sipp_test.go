package test

import (
	"testing"
	"time"

	"parley/call"
	"parley/test/harness"
)

// TestTransports: the same over UDP and TCP.
func TestTransports(t *testing.T) {
	h := build(t)
	for _, test := range []struct{ scenario, number string }{
		{"call.xml", "100"}, {"cancel.xml", "180"}, {"retransmit.xml", "100"}, {"hold.xml", "100"},
	} {
		for _, network := range []string{"udp", "tcp"} {
			if network == "tcp" && test.scenario == "retransmit.xml" {
				continue // over TCP nobody repeats a request
			}
			t.Run(test.scenario+" "+network, func(t *testing.T) {
				t.Parallel()
				h.sipp(t, network, test.scenario, test.number, "-m", "5", "-r", "5")
			})
		}
	}
}

// TestLostACKs looks at sipp's counts: the 200 must have come again.
func TestLostACKs(t *testing.T) {
	dir := build(t).sipp(t, "udp", "lost-ack.xml", "100", "-m", "5", "-r", "5", "-trace_counts")
	if n := harness.Retransmissions(t, dir, "_200_Retrans"); n < 10 {
		t.Errorf("%d retransmissions in 5 calls; want two each", n)
	}
}

func TestManyCalls(t *testing.T) {
	h := build(t)
	h.sipp(t, "udp", "call.xml", "100", "-m", "200", "-r", "200", "-l", "200")
	for i := range 200 {
		select {
		case <-h.heard:
		case <-time.After(patience):
			t.Fatalf("%d calls came to their end", i)
		}
	}
}

// TestManyVoices: two hundred calls at once, each of which speaks and is
// echoed.
func TestManyVoices(t *testing.T) {
	h := build(t)
	h.sipp(t, "udp", "voice.xml", "100", "-m", "200", "-r", "200", "-l", "200", "-mp", harness.MediaPort(t))
	for i := range 200 {
		select {
		case st := <-h.heard:
			if st.PacketsIn == 0 || st.PacketsOut == 0 || st.Malformed+st.Strangers > 0 {
				t.Errorf("call %d: %+v", i, st)
			}
		case <-time.After(patience):
			t.Fatalf("%d calls came to their end", i)
		}
	}
}

// TestCallingSipp calls sipp, which answers and echoes our RTP.
func TestCallingSipp(t *testing.T) {
	h := build(t)
	far := harness.Sipp{Scenario: "uas.xml", Args: []string{"-mp", harness.MediaPort(t), "-rtp_echo"}}.Start(t)
	c := h.dial(t, call.Target{URI: "sip:echo@" + far.Address})
	if err := c.Await(t.Context(), call.Answered); err != nil {
		t.Fatal(err)
	}
	h.wheel.Add(&echo{stream: c.Stream()})
	harness.Eventually(t, "sipp has echoed 25 packets", func() bool {
		return c.(interface{ MediaStats() call.MediaStats }).MediaStats().PacketsIn >= 25
	})
	c.Hangup(call.System, call.Normal)
	far.Wait()
}
