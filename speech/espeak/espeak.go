// Package espeak speaks the languages that no other voice has, by running the
// program espeak-ng (Debian: espeak-ng). The program is never linked: its
// licence is the GPL.
package espeak

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"parley/speech"
	"parley/speech/engine"
	"parley/speech/shape"
)

const (
	wordsPerMinute = 175  // the program's own
	maxText        = 5000 // bytes of one utterance
	listTimeout    = 10 * time.Second
)

// Synthesizer implements speech.Synthesizer.
type Synthesizer struct {
	c      Config
	path   string
	voices []Voice
	works  chan struct{}
}

// New asks the program for its voices. When it is missing the error is
// speech.ErrUnavailable and names its package.
func New(c Config) (*Synthesizer, error) {
	var problem error
	c.Validate(func(key, what, remedy string) {
		if problem == nil {
			problem = fmt.Errorf("espeak: %s %s; %s", key, what, remedy)
		}
	})
	if problem != nil {
		return nil, problem
	}
	path, voices, err := list(c)
	if err != nil {
		return nil, err
	}
	return &Synthesizer{c: c, path: path, voices: voices, works: make(chan struct{}, c.Works)}, nil
}

// list asks the program for its voices.
func list(c Config) (path string, voices []Voice, err error) {
	if path, err = exec.LookPath(c.Program); err != nil {
		return "", nil, fmt.Errorf("espeak: %w: %w (apt-get install espeak-ng)", speech.ErrUnavailable, err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), listTimeout)
	defer cancel()
	table, err := exec.CommandContext(ctx, path, "--voices").Output()
	if err != nil {
		return "", nil, fmt.Errorf("espeak: %w: list voices: %w", speech.ErrUnavailable, err)
	}
	if voices = parseVoices(table); len(voices) == 0 {
		return "", nil, fmt.Errorf("espeak: %w: %s lists no voices (apt-get install espeak-ng-data)", speech.ErrUnavailable, path)
	}
	return path, voices, nil
}

// Speaks says why the program has no voice of that name (empty: any) for a
// language: speech.ErrNoVoice, or speech.ErrUnavailable if it cannot be asked.
func Speaks(c Config, language, voice string) error {
	_, voices, err := list(c)
	if err != nil {
		return err
	}
	if _, ok := find(voices, language, voice); !ok {
		return fmt.Errorf("espeak has no voice %q for %q: %w", voice, language, speech.ErrNoVoice)
	}
	return nil
}

// Voices returns all voices that there are.
func (s *Synthesizer) Voices() []Voice { return slices.Clone(s.voices) }

// Speak implements speech.Synthesizer. Marks are estimates.
func (s *Synthesizer) Speak(ctx context.Context, u speech.Utterance, out func(speech.Chunk) error) error {
	voice, ok := find(s.voices, u.Language, u.Voice)
	if !ok {
		return fmt.Errorf("espeak has no voice %q for %q: %w", u.Voice, u.Language, speech.ErrNoVoice)
	}
	if len(u.Text) > maxText {
		return fmt.Errorf("espeak speaks %d bytes at once, not %d", maxText, len(u.Text))
	}
	select {
	case s.works <- struct{}{}:
		defer func() { <-s.works }()
	default:
		return fmt.Errorf("espeak speaks %d utterances: %w", s.c.Works, speech.ErrBusy)
	}
	if u.Speed == 0 {
		u.Speed = 1
	}
	var sh *shape.Shaper
	var spoken int64
	for _, p := range shape.Pieces(u.Text) {
		pcm, rate, err := s.sentence(ctx, voice, p.Text, u.Speed)
		if err != nil {
			return err
		}
		if sh == nil {
			if sh, err = shape.New(u.Text, rate, u.Rate, out); err != nil {
				return err
			}
		}
		first, last := sounds(pcm)
		for _, m := range shape.Estimate(p.Text, spoken+first, spoken+last) {
			sh.Mark(m.Sample, p.At+m.Byte)
		}
		spoken += int64(len(pcm))
		if err := give(ctx, sh, pcm, rate/5); err != nil {
			return err
		}
	}
	if sh == nil {
		return ctx.Err()
	}
	return sh.Close()
}

// give hands audio on in chunks of n samples while the caller wants it.
func give(ctx context.Context, sh *shape.Shaper, pcm []int16, n int) error {
	for chunk := range slices.Chunk(pcm, n) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := sh.Write(chunk); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// sentence runs the program once.
func (s *Synthesizer) sentence(ctx context.Context, v Voice, text string, speed float64) ([]int16, int, error) {
	ctx, cancel := context.WithTimeout(ctx, s.c.SentenceTimeout)
	defer cancel()
	rate := int(wordsPerMinute * min(max(speed, 0.5), 2))
	cmd := exec.CommandContext(ctx, s.path, "--stdout", "--stdin", "-b", "1", "-v", v.File, "-s", strconv.Itoa(rate))
	cmd.Stdin = strings.NewReader(strings.ReplaceAll(text, "[[", "[ [")) // [[ begins phonemes
	cmd.WaitDelay = time.Second
	var wav, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &wav, &complaint
	if err := cmd.Start(); err != nil {
		return nil, 0, fmt.Errorf("run %s: %w: %w", s.path, speech.ErrUnavailable, err)
	}
	_ = syscall.Setpriority(syscall.PRIO_PROCESS, cmd.Process.Pid, engine.Nicer(s.c.Nice)) // a courtesy; it may be done already
	err := cmd.Wait()
	if ctx.Err() != nil {
		return nil, 0, fmt.Errorf("speak by espeak: %w", ctx.Err())
	}
	if err != nil {
		return nil, 0, fmt.Errorf("run %s: %w: %w", s.path, speech.ErrUnavailable, errors.Join(err, errors.New(strings.TrimSpace(complaint.String()))))
	}
	pcm, hz, err := parseWAV(wav.Bytes())
	if err != nil {
		return nil, 0, fmt.Errorf("read what %s says: %w: %w", s.path, speech.ErrUnavailable, err)
	}
	return pcm, hz, nil
}
