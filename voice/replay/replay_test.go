package replay

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"parley/speech"
	"parley/voice/turn"
)

// talk is a conversation with a machine, which is recorded.
type talk struct {
	t   interface{ Fatal(...any) }
	cfg turn.Config
	rec *Recorder
	s   turn.State
	now time.Duration
	n   int // decisions
}

func newTalk(t interface{ Fatal(...any) }) *talk {
	cfg := turn.Defaults()
	return &talk{t: t, cfg: cfg, rec: NewRecorder(cfg)}
}

func (k *talk) send(e turn.Event) {
	s, effects := k.cfg.Step(k.s, e, k.now)
	k.s = s
	if len(effects) > 0 {
		k.n++
	}
	if f, ok := e.(turn.Frame); ok {
		k.rec.Frame(f, k.now, s, effects)
		return
	}
	k.rec.Event(e, k.now, s, effects)
}

func (k *talk) frames(n int, f turn.Frame) {
	for range n {
		k.now += turn.FrameTime
		k.send(f)
	}
}

// attrs are the log as it comes back from a store.
func (k *talk) attrs() map[string]any {
	attrs, err := k.rec.Attrs()
	if err != nil {
		k.t.Fatal(err)
	}
	text, err := json.Marshal(attrs)
	if err != nil {
		k.t.Fatal(err)
	}
	stored := map[string]any{}
	if err := json.Unmarshal(text, &stored); err != nil {
		k.t.Fatal(err)
	}
	return stored
}

// conversation is one with everything in it that is hard to write.
func conversation(t interface{ Fatal(...any) }) *talk {
	k := newTalk(t)
	k.send(turn.Begin{})
	k.send(turn.Answer{Epoch: k.s.Epoch, Answer: speech.Answer{Line: &speech.Line{Text: `a "line" <of> 你好 & more`, Uninterruptible: true}}})
	k.send(turn.LineStarted{Epoch: k.s.Epoch, Line: 1})
	k.send(turn.Answer{Epoch: k.s.Epoch, Answer: speech.Answer{Listen: &speech.Hearing{Hints: speech.Hints{Phrases: []string{"yes", "no"}}, Digits: &speech.DigitCollect{}}}})
	k.send(turn.LineDone{Epoch: k.s.Epoch, Line: 1})
	k.frames(30, turn.Frame{})
	k.frames(40, turn.Frame{Voice: turn.Clear})
	k.send(turn.Heard{Utterance: 1, Text: "I would"})
	k.frames(20, turn.Frame{Voice: turn.Likely, Hum: true})
	k.frames(90, turn.Frame{})
	k.send(turn.Heard{Utterance: 1, Final: true, Err: errors.New("the recogniser \xff broke")})
	k.frames(10, turn.Frame{Gap: true})
	k.send(turn.AnswerFailed{Epoch: k.s.Epoch, Err: errors.New("boom")})
	k.send(turn.Digit{Tone: '5'})
	k.now += 20 * time.Second
	k.send(turn.Timer{})
	k.send(turn.Gone{})
	return k
}

func TestALogIsReplayed(t *testing.T) {
	k := conversation(t)
	l, err := Read(k.attrs())
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	if err := l.Run(func(d Decision) { n++ }); err != nil {
		t.Fatal(err)
	}
	if n != k.n || n < 8 || !l.Whole || !l.SameMachine {
		t.Errorf("%d decisions of %d; whole %v", n, k.n, l.Whole)
	}
}

// TestFramesAreOneEntry: a minute of silence is little.
func TestFramesAreOneEntry(t *testing.T) {
	k := newTalk(t)
	k.send(turn.Begin{})
	k.frames(400, turn.Frame{})
	if n := len(k.rec.log.Entries); n > 2 {
		t.Errorf("%d entries", n)
	}
	f, s := turn.Frame{}, k.s
	if n := testing.AllocsPerRun(200, func() {
		k.now += turn.FrameTime
		k.rec.Frame(f, k.now, s, nil)
	}); n != 0 {
		t.Errorf("%v allocations a frame", n)
	}
}

// tamper changes the log's text.
func tamper(t *testing.T, attrs map[string]any, change func(string) string) map[string]any {
	packed, _ := base64.StdEncoding.DecodeString(attrs["log"].(string))
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	text, _ := io.ReadAll(z)
	changed := change(string(text))
	if changed == string(text) {
		t.Fatal("nothing was changed")
	}
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(changed))
	_ = w.Close()
	attrs["log"] = base64.StdEncoding.EncodeToString(b.Bytes())
	return attrs
}

// pause is the silence that ends a turn.
var pause = regexp.MustCompile(`"frame":{},"count":\d+,"effects"`)

func TestALogThatWasChangedIsFound(t *testing.T) {
	for name, c := range map[string]struct {
		change func(string) string
		want   string
	}{
		"a decision": {func(s string) string { return strings.Replace(s, `"Kind":"turn.end"`, `"Kind":"turn.cut"`, 1) }, "the machine decides"},
		"an effect more": {func(s string) string {
			return strings.Replace(s, `"effects":[`, `"effects":[{"Commit":{"Epoch":9}},`, 1)
		}, "the machine decides"},
		"less silence":    {func(s string) string { return pause.ReplaceAllString(s, `"frame":{},"count":9,"effects"`) }, "the machine decides"},
		"frames for ever": {func(s string) string { return strings.Replace(s, `"count":30`, `"count":3000000000`, 1) }, "damaged"},
		"other words":     {func(s string) string { return strings.Replace(s, `a \"line\"`, `b \"line\"`, 1) }, "the machine decides"},
		"another state": {func(s string) string {
			return strings.Replace(s, `"state":"live/thinking`, `"state":"live/speaking`, 1)
		}, "the machine decides"},
		"a configuration": {func(s string) string {
			return strings.Replace(s, `"EndSilence":700000000`, `"EndSilence":800000000`, 1)
		}, "fingerprint"},
		"an unknown event": {func(s string) string { return strings.Replace(s, `"event":"Digit"`, `"event":"Shout"`, 1) }, `no event "Shout"`},
		"an unknown field": {func(s string) string { return strings.Replace(s, `"Tone":53`, `"Tune":53`, 1) }, "has no Tune"},
		"no JSON":          {func(s string) string { return s[1:] }, "damaged"},
	} {
		l, err := Read(tamper(t, conversation(t).attrs(), c.change))
		if err == nil {
			err = l.Run(func(Decision) {})
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestOtherVersionsAreRefused(t *testing.T) {
	attrs := conversation(t).attrs()
	attrs["version"] = 2.0
	if _, err := Read(attrs); !errors.Is(err, ErrVersion) || !strings.Contains(err.Error(), "2, and this parley reads 1") {
		t.Errorf("%v", err)
	}
	attrs = conversation(t).attrs()
	attrs["machine"] = "older"
	if l, err := Read(attrs); err != nil || l.SameMachine {
		t.Errorf("%+v, %v", l, err)
	}
	for _, bad := range []string{"", "!!", "QUJD"} {
		attrs["log"] = bad
		if _, err := Read(attrs); !errors.Is(err, ErrDamaged) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestALogIsBounded(t *testing.T) {
	k := newTalk(t)
	k.send(turn.Begin{})
	for i := range 20000 {
		k.frames(1, turn.Frame{Voice: turn.Voice(i % 2)})
	}
	attrs := k.attrs()
	l, err := Read(attrs)
	if err != nil {
		t.Fatal(err)
	}
	if l.Whole || len(attrs["log"].(string)) > maxSize/8 {
		t.Errorf("whole %v, %d bytes", l.Whole, len(attrs["log"].(string)))
	}
	if err := l.Run(func(Decision) {}); err != nil {
		t.Error("what there is of it is replayed:", err)
	}
}

// TestRandomTalks: whatever happens, the log tells it.
func TestRandomTalks(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		k := newTalk(rt)
		k.send(turn.Begin{})
		for range rapid.IntRange(1, 40).Draw(rt, "steps") {
			k.now += time.Duration(rapid.IntRange(0, 3000).Draw(rt, "ms")) * time.Millisecond
			switch rapid.IntRange(0, 5).Draw(rt, "event") {
			case 0:
				k.send(turn.Answer{Epoch: k.s.Epoch, Answer: speech.Answer{Line: &speech.Line{Text: rapid.String().Draw(rt, "text")}}})
			case 1:
				k.send(turn.Answer{Epoch: k.s.Epoch, Answer: speech.Answer{Listen: &speech.Hearing{}}})
			case 2:
				k.send(turn.LineStarted{Epoch: k.s.Epoch, Line: 1})
			case 3:
				k.send(turn.Heard{Utterance: k.s.Utterance, Text: rapid.String().Draw(rt, "heard"), Final: rapid.Bool().Draw(rt, "final")})
			default:
				k.frames(rapid.IntRange(1, 80).Draw(rt, "frames"), turn.Frame{Voice: turn.Voice(rapid.IntRange(0, 3).Draw(rt, "voice"))})
			}
		}
		l, err := Read(k.attrs())
		if err != nil {
			rt.Fatal(err)
		}
		if err := l.Run(func(Decision) {}); err != nil {
			rt.Fatal(err)
		}
	})
}

// FuzzRead: no log makes the machine panic or run for ever.
func FuzzRead(f *testing.F) {
	f.Add(`{"config":{},"entries":[{"event":"Begin","value":{}},{"frame":{},"count":3}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		_, _ = w.Write([]byte(text))
		_ = w.Close()
		var raw log
		_ = json.Unmarshal([]byte(text), &raw)
		l, err := Read(map[string]any{"version": Version, "config": fingerprint(raw.Config), "log": base64.StdEncoding.EncodeToString(b.Bytes())})
		if err == nil {
			_ = l.Run(func(Decision) {})
		}
	})
}

// TestEveryEventIsKnown: a log may hold whatever the machine can be given.
func TestEveryEventIsKnown(t *testing.T) {
	source, err := os.ReadFile("../turn/event.go")
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile(`(?m)^func \((\w+)\) event\(\)`).FindAllStringSubmatch(string(source), -1)
	if len(names) < 10 {
		t.Fatalf("only %d events", len(names))
	}
	for _, n := range names {
		if _, ok := events[n[1]]; !ok && n[1] != "Frame" {
			t.Errorf("a log cannot hold %s", n[1])
		}
	}
}
