package voice

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"log/slog"
	"os/exec"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"parley/call"
	"parley/media"
	"parley/speech"
)

const (
	rate  = 8000
	frame = rate / 50
)

// line is a caller on a wire without sockets: what is said to it is kept, and
// it says what the test gives it.
type wire struct {
	mu     sync.Mutex
	say    []int16
	digits []byte
	heard  [][]int16 // nil: nothing to say
	over   bool
}

func (w *wire) Rate() int { return rate }

func (w *wire) ReadFrame(pcm []int16) media.Mark {
	w.mu.Lock()
	defer w.mu.Unlock()
	clear(pcm)
	w.say = w.say[copy(pcm, w.say):]
	if w.over {
		return media.End
	}
	return media.Heard
}

func (w *wire) WriteFrame(pcm []int16) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if pcm != nil {
		pcm = append([]int16(nil), pcm...)
	}
	w.heard = append(w.heard, pcm)
}

func (w *wire) ReadDigit() (media.Digit, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.digits) == 0 {
		return media.Digit{}, false
	}
	d := w.digits[0]
	w.digits = w.digits[1:]
	return media.Digit{Tone: d}, true
}

func (w *wire) WriteDigit(media.Digit) bool { return false }

// robotFrames counts the frames with audio since frame n.
func (w *wire) robotFrames(n int) (count int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range w.heard[n:] {
		if f != nil {
			count++
		}
	}
	return count
}

// parrot is a recogniser that understands what the test wants.
type parrot struct {
	mu      sync.Mutex
	texts   []string
	partial string // understood while an utterance is open
	err     error
	samples []int // of each utterance
	opened  int
}

func (p *parrot) Open(_ context.Context, _ speech.Format, deliver func(speech.Result)) (speech.Recognition, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.opened++
	return &parrotEar{parrot: p, deliver: deliver}, nil
}

type parrotEar struct {
	parrot  *parrot
	deliver func(speech.Result)
	id, n   int
}

func (e *parrotEar) Start(id int, _ speech.Hints) { e.id, e.n = id, 0 }
func (e *parrotEar) Write(pcm []int16) {
	e.n += len(pcm)
	if e.n >= rate && e.parrot.partial != "" {
		e.deliver(speech.Result{Utterance: e.id, Text: e.parrot.partial})
	}
}
func (e *parrotEar) Abandon() {}
func (e *parrotEar) Close()   {}
func (e *parrotEar) Stop() {
	e.parrot.mu.Lock()
	defer e.parrot.mu.Unlock()
	e.parrot.samples = append(e.parrot.samples, e.n)
	text := ""
	if len(e.parrot.texts) > 0 {
		text, e.parrot.texts = e.parrot.texts[0], e.parrot.texts[1:]
	}
	e.deliver(speech.Result{Utterance: e.id, Text: text, Final: true, Err: e.parrot.err})
}

// hum speaks 250 ms a word, in frames.
type hum struct{ err error }

func (h hum) Speak(ctx context.Context, u speech.Utterance, out func(speech.Chunk) error) error {
	if h.err != nil {
		return h.err
	}
	at := int64(0)
	for i, end := range wordEnds(u.Text) {
		pcm := make([]int16, u.Rate/4)
		for j := range pcm {
			pcm[j] = int16(1000 + i)
		}
		at += int64(len(pcm))
		if err := out(speech.Chunk{PCM: pcm, Marks: []speech.Mark{{Sample: at, Byte: end}}}); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func wordEnds(text string) (ends []int) {
	for i := range text {
		if text[i] == ' ' {
			ends = append(ends, i)
		}
	}
	return append(ends, len(text))
}

// script is a program that says its lines one after the other.
type script struct {
	mu        sync.Mutex
	lines     []string
	deaf      bool   // it takes no digits
	end       string // the last line ends the conversation if this is set
	asked     []speech.Input
	committed []int
	heard     []string
}

func (s *script) Reply(_ context.Context, _ int, in speech.Input, deliver func(speech.Answer) error) error {
	s.mu.Lock()
	s.asked = append(s.asked, in)
	if len(s.lines) == 0 {
		s.mu.Unlock()
		return errors.New("the script is over")
	}
	text := s.lines[0]
	s.lines = s.lines[1:]
	last := len(s.lines) == 0 && s.end != ""
	s.mu.Unlock()
	if err := deliver(speech.Answer{Line: &speech.Line{Text: text}}); err != nil {
		return err
	}
	if last {
		return deliver(speech.Answer{End: &speech.End{Action: "hangup", Reason: s.end}})
	}
	if s.deaf {
		return deliver(speech.Answer{Listen: &speech.Hearing{}})
	}
	return deliver(speech.Answer{Listen: &speech.Hearing{Digits: &speech.DigitCollect{Max: 2}}})
}

func (s *script) Commit(epoch int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.committed = append(s.committed, epoch)
}

func (s *script) Heard(_ int, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.heard = append(s.heard, text)
}

// bench runs one conversation in virtual time.
type bench struct {
	t       *testing.T
	clock   *media.Manual
	wire    *wire
	program *script
	parrot  *parrot
	voice   speech.Synthesizer
	cfg     Config
	journal *call.Journal
	done    chan struct{}
	end     *speech.End
	err     error
	cancel  context.CancelFunc
	control call.Control
	other   Program // in place of program
	// Of a call that we make.
	direction call.Direction
	answered  chan struct{}
}

func newBench(t *testing.T, lines ...string) *bench {
	return &bench{
		t: t, clock: &media.Manual{}, wire: &wire{}, program: &script{lines: lines}, parrot: &parrot{},
		voice: hum{}, cfg: Defaults(), done: make(chan struct{}),
	}
}

func (b *bench) start() {
	ctx, cancel := context.WithCancel(b.t.Context())
	b.cancel = cancel
	b.journal = call.NewJournal(time.Now())
	s := &call.Session{
		Announcement: call.Announcement{Call: call.Info{ID: "1234567890123456789", Direction: b.direction}, Journal: b.journal, Control: b.control, Answered: b.answered},
		Stream:       b.wire,
	}
	deps := Deps{
		Clock: b.clock, Recognizer: b.parrot, Synthesizer: b.voice,
		Files: func(string, int) ([]int16, error) { return nil, errors.New("no such file") },
		Log:   slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
	var program Program = b.program
	if b.other != nil {
		program = b.other
	}
	go func() {
		defer close(b.done)
		b.end, b.err = Run(ctx, b.cfg, deps, s, program)
	}()
	synctest.Wait()
}

// frames lets n frames pass; after each, everybody has finished their work.
func (b *bench) frames(n int) {
	for range n {
		time.Sleep(media.FrameTime)
		b.clock.Step()
		synctest.Wait()
	}
}

func (b *bench) pass(d time.Duration) { b.frames(int(d / media.FrameTime)) }

func (b *bench) speak(pcm []int16) {
	b.wire.mu.Lock()
	b.wire.say = append([]int16(nil), pcm...)
	b.wire.mu.Unlock()
	b.frames((len(pcm) + frame - 1) / frame)
}

func (b *bench) hangUp() {
	b.wire.mu.Lock()
	b.wire.over = true
	b.wire.mu.Unlock()
	b.frames(1)
	<-b.done
}

func (b *bench) said() (lines []call.Line) {
	for _, e := range b.journal.Events() {
		if e.Line != nil {
			lines = append(lines, *e.Line)
		}
	}
	return lines
}

// phrase is one of flite's, without the silence around it.
func phrase(t *testing.T, text string) []int16 {
	t.Helper()
	wav := t.TempDir() + "/phrase.wav"
	if out, err := exec.Command("flite", "-voice", "rms", "-t", text, "-o", wav).CombinedOutput(); err != nil {
		t.Fatalf("flite (apt-get install flite): %v %s", err, out)
	}
	raw, err := exec.Command("sox", wav, "-r", "8000", "-c", "1", "-b", "16", "-e", "signed", "-t", "raw", "-",
		"norm", "-6", "silence", "1", "0.01", "1%", "reverse", "silence", "1", "0.01", "1%", "reverse").Output()
	if err != nil {
		t.Fatalf("sox (apt-get install sox): %v", err)
	}
	pcm := make([]int16, len(raw)/2)
	if err := binary.Read(bytes.NewReader(raw), binary.LittleEndian, pcm); err != nil {
		t.Fatal(err)
	}
	return pcm
}
