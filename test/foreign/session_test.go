package foreign

import (
	"encoding/json"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"parley/call"
	"parley/test/harness"
)

const hello = "Hello friend. How can I help you?"

// TestUnannounced: a UUID that nobody announced gets the listener's flow.
func TestUnannounced(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	id := uuid.New()
	began := time.Now()
	a := dial(t, p, id, 0x10, 8000)
	live := p.LiveCall("is the client's, and served", func(r call.Record) bool { return r.WireID == id.String() && r.Program != "" })
	if live.Door != "audiosocket" || live.Program != "front" {
		t.Errorf("the live call came by %s and is served by %s", live.Door, live.Program)
	}
	for range 25 { // before a word is said there is silence, and not faster than life
		a.turn(nil)
	}
	if took := time.Since(began); took < 400*time.Millisecond {
		t.Errorf("25 frames of 20 ms came in %v", took)
	}
	if a.firstLoud == 1 {
		t.Error("the first frame is not silence")
	}
	a.untilQuiet()
	a.speak("where is my order")
	a.untilQuiet()
	for _, digit := range "4711" {
		a.Press(byte(digit))
	}
	if code := p.Status("/v1/audiosocket/sessions/" + id.String() + "/outcome"); code != http.StatusNotFound {
		t.Errorf("the outcome of a session that goes on: %d", code)
	}
	a.untilHangup()
	if got := string(p.Get("/v1/audiosocket/sessions/" + id.String() + "/outcome")); got != "hangup" {
		t.Errorf("the outcome is %q", got)
	}

	r := p.Kept(id.String())
	checkRecord(t, p, r, live.ID)
	if got := harness.Said(r, call.SpeakerCaller); !slices.Equal(got, []string{"where is my order", "4711"}) {
		t.Errorf("understood %q", got)
	}
	if got := harness.Said(r, call.SpeakerRobot); !slices.Equal(got, []string{hello, "Key in your number.", "Goodbye."}) {
		t.Errorf("the robot said %q", got)
	}
	if r.Tags["order"] != "4711" {
		t.Errorf("tags %v", r.Tags)
	}
	p.Idle(t)
	t.Logf("%d frames heard, %d with sound, the first of them number %d; understood %q", a.frames, a.loud, a.firstLoud, harness.Said(r, call.SpeakerCaller))
}

// checkRecord: the call is kept like one of our own.
func checkRecord(t *testing.T, p *harness.Parley, r call.Record, id call.ID) {
	t.Helper()
	if r.ID != id || r.Door != "audiosocket" || r.Program != "front" || r.HangupBy != "system" || r.Cause != "normal" || r.Recording.Problem != "" {
		t.Errorf("the record says %+v", r)
	}
	s := p.Recording(r.ID)
	for _, l := range r.Transcript {
		channel := s.Left
		if l.Speaker == call.SpeakerRobot {
			channel = s.Right
		}
		if l.Digits == "" && s.Loud(channel, l.From, l.To) < 100*time.Millisecond {
			t.Errorf("%s said %q, but the recording has %v of it", l.Speaker, l.Text, s.Loud(channel, l.From, l.To))
		}
	}
}

// TestAnnounced: what POST says of a UUID happens; the UUID is good once; a
// transfer is told to the dialplan. Once at the rate of a telephone, once in
// wide band.
func TestAnnounced(t *testing.T) {
	t.Parallel()
	p := start(t, harness.Map{"program": ""})
	for name, c := range map[string]struct {
		kind byte
		rate int
	}{"8 kHz": {0x10, 8000}, "16 kHz": {0x12, 16000}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, body := p.Post("/v1/audiosocket/sessions", map[string]any{
				"program": "front", "caller": "+4930123456", "called": "77", "rate": c.rate, "variables": map[string]string{"who": "Ann"},
			})
			var made struct{ UUID uuid.UUID }
			if err := json.Unmarshal(body, &made); status != http.StatusCreated || err != nil {
				t.Fatalf("POST: %d %s, %v", status, body, err)
			}
			a := dial(t, p, made.UUID, c.kind, c.rate)
			live := p.LiveCall("is the client's", func(r call.Record) bool { return r.WireID == made.UUID.String() })
			a.untilQuiet()
			a.speak("operator please")
			a.untilHangup()
			if got := string(p.Get("/v1/audiosocket/sessions/" + made.UUID.String() + "/outcome")); got != "transfer 200" {
				t.Errorf("the outcome is %q", got)
			}
			r := p.Kept(made.UUID.String())
			checkRecord(t, p, r, live.ID)
			if r.Caller != "+4930123456" || r.Called != "77" || r.Recording.Rate != c.rate {
				t.Errorf("%s called %s, recorded at %d Hz", r.Caller, r.Called, r.Recording.Rate)
			}
			if got := harness.Said(r, call.SpeakerRobot); !slices.Equal(got, []string{"Hello Ann. How can I help you?", "One moment please."}) {
				t.Errorf("the robot said %q", got)
			}
			if got := harness.Said(r, call.SpeakerCaller); !slices.Equal(got, []string{"operator please"}) {
				t.Errorf("understood %q", got)
			}
			again := dial(t, p, made.UUID, c.kind, c.rate)
			if m, err := again.Next(); err == nil {
				t.Errorf("a UUID that is used up gets kind %#02x", byte(m.Kind()))
			}
			t.Logf("%s: understood %q, outcome transfer 200", name, harness.Said(r, call.SpeakerCaller))
		})
	}
	t.Run("nobody announced", func(t *testing.T) {
		t.Parallel()
		if m, err := dial(t, p, uuid.New(), 0x10, 8000).Next(); err == nil {
			t.Errorf("a UUID that nobody announced gets kind %#02x", byte(m.Kind()))
		}
		if status, body := p.Post("/v1/audiosocket/sessions", map[string]any{"program": "no such flow"}); status != http.StatusUnprocessableEntity {
			t.Errorf("a flow that does not exist can be announced: %d %s", status, body)
		}
	})
}

// TestCallerIsGone: a caller who hangs up, in the middle of a line.
func TestCallerIsGone(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	for name, hangup := range map[string]func(a *asterisk){
		"FIN": func(a *asterisk) { a.Hangup(); gone(t, a.Client) },
		"RST": func(a *asterisk) { a.Reset() },
	} {
		id := uuid.New()
		a := dial(t, p, id, 0x10, 8000)
		for a.loud < 20 {
			a.turn(nil)
		}
		hangup(a)
		r := p.Kept(id.String())
		if r.HangupBy != "customer" || r.Cause != "normal" {
			t.Errorf("%s: ended by %s: %s", name, r.HangupBy, r.Cause)
		}
		if len(r.Transcript) != 1 || len(r.Transcript[0].Text) >= len(hello) {
			t.Errorf("%s: of the greeting was heard %+v", name, r.Transcript)
		}
	}
	p.Idle(t)
}
