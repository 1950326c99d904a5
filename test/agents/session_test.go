package agents

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"parley/call"
	"parley/ivr"
	"parley/ivr/agent"
	"parley/ivr/flow"
	"parley/media"
	"parley/speech"
	"parley/voice"
)

// wire is a silent caller who keys digits. How many frames had sound is
// counted.
type wire struct {
	mu     sync.Mutex
	digits string
	loud   int
}

func (w *wire) Rate() int { return 8000 }

func (w *wire) ReadFrame(pcm []int16) media.Mark {
	clear(pcm)
	return media.Heard
}

func (w *wire) WriteFrame(pcm []int16) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range pcm {
		if s != 0 {
			w.loud++
			return
		}
	}
}

func (w *wire) ReadDigit() (d media.Digit, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.digits == "" {
		return d, false
	}
	d.Tone, w.digits = w.digits[0], w.digits[1:]
	return d, true
}

func (w *wire) WriteDigit(media.Digit) bool { return false }

func (w *wire) frames() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.loud
}

// deaf is a recogniser that nobody says anything to.
type deaf struct{}

func (deaf) Open(context.Context, speech.Format, func(speech.Result)) (speech.Recognition, error) {
	return deaf{}, nil
}
func (deaf) Start(int, speech.Hints) {}
func (deaf) Write([]int16)           {}
func (deaf) Stop()                   {}
func (deaf) Abandon()                {}
func (deaf) Close()                  {}

// hum speaks 10 ms a character.
type hum struct{}

func (hum) Speak(_ context.Context, u speech.Utterance, out func(speech.Chunk) error) error {
	pcm := make([]int16, len(u.Text)*u.Rate/100)
	for i := range pcm {
		pcm[i] = 1000
	}
	return out(speech.Chunk{PCM: pcm, Marks: []speech.Mark{{Sample: int64(len(pcm)), Byte: len(u.Text)}}})
}

// slow is a model that takes its time between the pieces of its answers. It
// runs the tools, too.
type slow struct {
	wire    *wire
	acts    [][]string
	chats   []speech.Chat
	changed int // loud frames when the tool ran
	over    int // loud frames when the last answer was complete
}

func (m *slow) Chat(ctx context.Context, c speech.Chat, out func(speech.Delta) error) error {
	m.chats = append(m.chats, c)
	act := m.acts[0]
	m.acts = m.acts[1:]
	for _, text := range act {
		if err := wait(ctx, 500*time.Millisecond); err != nil {
			return err
		}
		d := speech.Delta{Text: text}
		if name, ok := strings.CutPrefix(text, "call "); ok {
			d = speech.Delta{Call: &speech.ToolCall{ID: name, Name: name, Arguments: "{}"}}
		}
		if err := out(d); err != nil {
			return err
		}
	}
	m.over = m.wire.frames()
	return nil
}

func (m *slow) Do(context.Context, flow.Tool, flow.State, map[string]any) (string, map[string]string, error) {
	m.changed = m.wire.frames()
	return "booked", nil, nil
}

// TestAnAgentInASession: the first clause is heard while the model still
// writes, a tool that changes something runs only then, digits are an answer,
// and the end comes after the last sample.
func TestAnAgentInASession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, problems := flow.Parse([]byte(script), flow.World{Templates: agent.Templates()})
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		w := &wire{}
		m := &slow{wire: w, acts: [][]string{
			{"Good day. ", "Please key your num", "ber. "},
			{"call change"},
			{"It is booked. ", "Goodbye, and have a nice ", "day. ", "call call_end"},
		}}
		j := call.NewJournal(time.Now())
		conv := ivr.NewConversation(f, call.Info{Caller: "100"}, j, ivr.Agents{
			Agent: agent.New(agent.Defaults(), m), Model: func(string) speech.Model { return m },
		})
		clock := &media.Manual{}
		cfg := voice.Defaults()
		var end *speech.End
		var err error
		done := make(chan struct{})
		go func() {
			defer close(done)
			end, err = voice.Run(t.Context(), cfg, voice.Deps{
				Clock: clock, Recognizer: deaf{}, Synthesizer: hum{}, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
			}, &call.Session{Announcement: call.Announcement{Call: call.Info{ID: "1"}, Journal: j}, Stream: w}, conv)
		}()
		firstHeard := -1
		for i := 0; ; i++ {
			synctest.Wait()
			select {
			case <-done:
			default:
				if i > 1500 {
					t.Fatal("the session does not end")
				}
				if firstHeard < 0 && w.frames() > 0 {
					firstHeard = i
				}
				if i == 150 {
					w.digits = "12#"
				}
				time.Sleep(media.FrameTime)
				clock.Step()
				continue
			}
			break
		}
		if err != nil || end == nil || end.Reason != "first" || end.Action != "hangup" {
			t.Fatalf("end %+v, %v", end, err)
		}
		// "Good day." is known with the second piece, after a second.
		if firstHeard < 50 || firstHeard > 55 {
			t.Errorf("the first line is heard after %d frames", firstHeard)
		}
		if m.changed == 0 {
			t.Error("the tool ran before anything was heard")
		}
		var said []string
		all := 0
		for _, e := range j.Events() {
			if e.Line != nil && e.Line.Speaker == call.SpeakerRobot {
				said = append(said, e.Line.Text)
				all += (len(e.Line.Text) + 1) / 2 // frames
			}
		}
		if got, want := strings.Join(said, "|"), "Good day.|Please key your number.|One moment, please.|It is booked.|Goodbye, and have a nice day."; got != want {
			t.Errorf("said %q, want %q", got, want)
		}
		if w.frames() != all || m.over >= all {
			t.Errorf("%d frames were heard of %d, %d of them when the model was done", w.frames(), all, m.over)
		}
		var told []string
		for _, x := range m.chats[2].Messages {
			told = append(told, string(x.Role)+": "+x.Text)
		}
		if got, want := strings.Join(told, "|"), "assistant: Good day. Please key your number.|user: (The caller keys 12.)|assistant: One moment, please.|tool: booked"; got != want {
			t.Errorf("told %q, want %q", got, want)
		}
	})
}
