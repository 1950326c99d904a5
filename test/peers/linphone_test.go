package peers

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"parley/call"
	"parley/test/harness"
)

// linphone is one that speaks over TLS and SRTP only, and wants the far end's
// certificate vouched for by authority.
func linphone(t *testing.T, authority, voice string) *harness.Linphone {
	t.Helper()
	return harness.NewLinphone(t, fmt.Sprintf(`[sip]
sip_port=-2
sip_tcp_port=-2
sip_tls_port=-1
media_encryption=srtp
media_encryption_mandatory=1
use_ipv6=0
contact="ann" <sip:ann@127.0.0.1>
root_ca=%s
[rtp]
audio_rtp_port=%s
[sound]
echocancellation=0
[video]
display=0
capture=0
automatically_initiate=0
`, authority, harness.MediaPort(t)), voice)
}

// TestLinphone: somebody else's softphone, over TLS with SRTP, whose
// certificates it checks; the shop understands it.
func TestLinphone(t *testing.T) {
	t.Parallel()
	p, authority := secure(t)
	l := linphone(t, authority, asking(t, "awb"))
	l.Do("call sip:shop@" + p.SIPTLS + ";transport=tls")
	r := recorded(t, p, "ann", "shop")
	if got := harness.Said(r, call.SpeakerCaller); !slices.Contains(got, "when are you open") {
		t.Errorf("understood %q", got)
	}
	if r.Media.SRTP == "" || r.Cause != "normal" {
		t.Errorf("SRTP %q, ended by %s: %s", r.Media.SRTP, r.HangupBy, r.Cause)
	}
	t.Logf("understood %q, %s", harness.Said(r, call.SpeakerCaller), r.Media.SRTP)
}

// TestLinphoneHolds: it puts the echo on hold and comes back.
func TestLinphoneHolds(t *testing.T) {
	t.Parallel()
	p, authority := secure(t)
	l := linphone(t, authority, counting(t))
	l.Do("call sip:echo@" + p.SIPTLS + ";transport=tls")
	l.Await("Media streams established")
	time.Sleep(talk) // what a person does; everything is measured by the call's own clock
	l.Do("pause")
	time.Sleep(hold)
	l.Do("resume")
	time.Sleep(talk)
	l.Do("terminate")
	r := recorded(t, p, "ann", "echo")
	held(t, p, r)
	if r.Media.SRTP == "" {
		t.Error("its audio was not encrypted")
	}
}

// TestLinphoneTransfers: it sends the other end of its call to a robot.
func TestLinphoneTransfers(t *testing.T) {
	t.Parallel()
	listen, authority := byTLS(t)
	p := transferring(t, harness.Map{"listen": listen})
	l := linphone(t, authority, counting(t))
	l.Do("call sip:echo@" + p.SIPTLS + ";transport=tls")
	l.Await("Media streams established")
	l.Do("transfer 1 sip:brief@" + p.SIP)
	transferred(t, p)
}

// TestLinphoneTransfersWithConsultation: it talks with the robot first, and
// then joins the two (RFC 5589 §7): both its calls end, and theirs goes on.
func TestLinphoneTransfersWithConsultation(t *testing.T) {
	t.Parallel()
	listen, authority := byTLS(t)
	p := transferring(t, harness.Map{"listen": listen})
	l := linphone(t, authority, counting(t))
	l.Do("call sip:echo@" + p.SIPTLS + ";transport=tls")
	l.Await("Media streams established")
	l.Do("pause")
	l.Await("is now paused")
	l.Do("call sip:lengthy@" + p.SIPTLS + ";transport=tls")
	l.Await("Call 2 with <sip:lengthy@" + p.SIPTLS + ";transport=tls> connected")
	l.Do("transfer 1 --to-call 2")
	l.Await("Call 1 with <sip:echo@" + p.SIPTLS + ";transport=tls> ended")
	l.Await("Call 2 with <sip:lengthy@" + p.SIPTLS + ";transport=tls> ended")
	live := p.Live()
	if len(live) != 2 {
		t.Errorf("when the phone has gone %d calls go on: %+v", len(live), live)
	}
	first, second := recorded(t, p, "ann", "echo"), recorded(t, p, "ann", "lengthy")
	if said := harness.Said(second, call.SpeakerRobot); !slices.Equal(said, []string{lengthy}) {
		t.Errorf("the robot said %q", said)
	}
	if first.Cause != "normal" || second.Cause != "normal" || second.HangupBy != "system" || len(p.Calls()) != 2 {
		t.Errorf("the first call ended with %s, the second with %s by %s; %d records", first.Cause, second.Cause, second.HangupBy, len(p.Calls()))
	}
}
