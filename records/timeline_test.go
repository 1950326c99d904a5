package records

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"parley/call"
)

func sampleCall() (call.Record, []call.Event) {
	start := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	events := []call.Event{
		{At: 5, Kind: call.KindAnswered},
		{At: 10, Kind: call.KindState, Text: "live/speaking/quiet"},
		{At: 1800, Kind: call.KindState, Text: "live/speaking/talking"},
		{At: 2000, Kind: "turn.cut", Text: "clear speech for 120ms"},
		{At: 2000, Kind: call.KindSaid, Line: &call.Line{Speaker: call.SpeakerRobot, Text: "Welcome to", Meant: "Welcome to <the> shop", From: 10, To: 2000}},
		{At: 2000, Kind: call.KindState, Text: "live/listening/talking"},
		{At: 4000, Kind: call.KindSaid, Line: &call.Line{Speaker: call.SpeakerCaller, Text: "when are you open", From: 1750, To: 3300, Turn: 1}},
		{At: 5000, Kind: call.KindTurn, Stages: &call.Turn{Number: 1, SpeechEnd: 3300, Decided: 4000, Text: 4010, Reply: 4011, Voice: 4060, Audible: 4080, Cut: -1}},
		{At: 6000, Kind: call.KindEnded, Text: "normal", Attrs: map[string]any{"by": "customer"}},
	}
	return Build(call.Info{ID: "1234567890123456789", Caller: "100", Called: "shop", Start: start}, events), events
}

func TestTheReasonIsShownWithTheCause(t *testing.T) {
	_, events := sampleCall()
	events = append(events[:len(events)-1], call.Event{At: 5900, Kind: call.KindFinished, Text: "no-response"}, events[len(events)-1])
	r := Build(call.Info{}, events)
	var text, picture bytes.Buffer
	if err := errors.Join(WriteTimeline(&text, r, events), WritePicture(&picture, r, events, nil)); err != nil {
		t.Fatal(err)
	}
	for _, shown := range []string{text.String(), picture.String()} {
		if !strings.Contains(shown, "normal (no-response)") || !strings.Contains(shown, "program.end: no-response") {
			t.Errorf("why the robot hung up is not in\n%s", shown)
		}
	}
}

func TestWhatTheWireSaysCannotBreakAView(t *testing.T) {
	r, events := sampleCall()
	const evil = "\x1b[2J\x00\xff\u202e"
	r.Caller, r.Called, r.Program, r.Reason = evil, evil, evil, evil
	r.Transcript[0].Text, r.Transcript[0].Meant = evil, evil+"x"
	events = append(events, call.Event{At: 3000, Kind: "turn." + evil, Text: evil}, call.Event{At: 3100, Kind: call.KindState, Text: evil + "/" + evil + "/" + evil})
	var text, picture bytes.Buffer
	if err := errors.Join(WriteTimeline(&text, r, events), WritePicture(&picture, r, events, nil)); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(text.String(), "\x1b\x00\u202e") || strings.ContainsAny(picture.String(), "\x1b\x00\u202e") {
		t.Error("control characters are passed on")
	}
	for d := xml.NewDecoder(&picture); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

func TestTimelineForATerminal(t *testing.T) {
	r, events := sampleCall()
	var b bytes.Buffer
	if err := WriteTimeline(&b, r, events); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"6.0 s, ended by customer: normal",
		"0.01  robot   ▏Welcome to ✂ <the> shop  (2.0 s)",
		"1.75  caller  ▏when are you open  (1.6 s)",
		"2.00          · turn.cut: clear speech for 120ms",
		"   1      700          10       1     49    20  = 780",
		"median 780, 90 % within 780",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("want %q in:\n%s", want, b.String())
		}
	}
}

func TestThePictureIsWellFormed(t *testing.T) {
	r, events := sampleCall()
	pcm := make([]int16, 6*8000)
	for i := range pcm {
		pcm[i] = int16(i)
	}
	for _, sound := range []*Sound{nil, {Rate: 8000, Caller: pcm, Robot: pcm}} {
		var b bytes.Buffer
		if err := WritePicture(&b, r, events, sound); err != nil {
			t.Fatal(err)
		}
		d := xml.NewDecoder(bytes.NewReader(b.Bytes()))
		texts := ""
		for {
			tok, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if c, ok := tok.(xml.CharData); ok {
				texts += string(c) + "|"
			}
		}
		for _, want := range []string{"Welcome to", "<the> shop", "turn.cut: clear speech for 120ms", "speaking", "last word to first sound 780 ms"} {
			if !strings.Contains(texts, want) {
				t.Errorf("want %q in the picture", want)
			}
		}
	}
}
