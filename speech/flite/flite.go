// Package flite is the embedded synthesizer: English, offline, by the library
// flite (Debian: flite1-dev) in engine children. A build without that package
// stops with an #error that names it.
package flite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"

	"parley/speech"
	"parley/speech/engine"
	"parley/speech/shape"
)

// Voices are the names that speech.Utterance.Voice may have: a woman (slt) and
// men from America (rms), Scotland (awb) and an old machine (kal16).
var Voices = []string{"slt", "rms", "awb", "kal16"}

// maxText bounds one utterance, in bytes: about six minutes of speech.
const maxText = 5000

// Config of the synthesizer.
type Config struct {
	// Voice speaks where an utterance names none.
	Voice string `yaml:"voice"`
	// Engine bounds the child processes.
	Engine engine.Config `yaml:"engine"`
}

// Defaults speak to 64 callers at once: one core speaks fifty times as fast
// as they listen.
func Defaults() Config {
	c := Config{Voice: "slt", Engine: engine.Defaults()}
	c.Engine.Works = 32
	return c
}

// Validate reports settings that cannot work.
func (c Config) Validate(report func(key, problem, remedy string)) {
	if !slices.Contains(Voices, c.Voice) {
		report("voice", fmt.Sprintf("%q is no voice of flite", c.Voice), "use one of "+strings.Join(Voices, ", "))
	}
	c.Engine.Validate(func(key, problem, remedy string) { report("engine."+key, problem, remedy) })
}

// Synthesizer implements speech.Synthesizer.
type Synthesizer struct {
	c    Config
	pool *engine.Pool
}

// New starts the children. Close ends them.
func New(c Config, log *slog.Logger) (*Synthesizer, error) {
	var problem error
	c.Validate(func(key, what, remedy string) {
		if problem == nil {
			problem = fmt.Errorf("flite: %s: %s; %s", key, what, remedy)
		}
	})
	if problem != nil {
		return nil, problem
	}
	pool, err := engine.NewPool(c.Engine, Name, nil, log)
	if err != nil {
		return nil, fmt.Errorf("flite: %w", err)
	}
	return &Synthesizer{c: c, pool: pool}, nil
}

// Speak implements speech.Synthesizer.
func (s *Synthesizer) Speak(ctx context.Context, u speech.Utterance, out func(speech.Chunk) error) error {
	if err := s.complete(&u); err != nil {
		return err
	}
	if len(shape.Pieces(u.Text)) == 0 {
		return ctx.Err()
	}
	w, err := s.pool.Open(ctx, encodeJSON(u))
	if err != nil {
		return fmt.Errorf("speak by flite: %w", err)
	}
	defer w.Close()
	for {
		b, err := w.Recv(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("speak by flite: %w", err)
		}
		c, err := decodeChunk(b)
		if err != nil {
			return fmt.Errorf("speak by flite: %w", err)
		}
		if err := out(c); err != nil {
			return err
		}
	}
}

// Speaks says why flite has no voice of that name for a language
// (speech.ErrNoVoice); no name is its default voice.
func Speaks(language, voice string) error {
	if lang, _, _ := strings.Cut(strings.ToLower(language), "-"); lang != "en" && lang != "" {
		return fmt.Errorf("flite does not speak %q: %w", language, speech.ErrNoVoice)
	}
	if voice != "" && !slices.Contains(Voices, voice) {
		return fmt.Errorf("flite has no voice %q: %w", voice, speech.ErrNoVoice)
	}
	return nil
}

// complete fills in what u leaves open, and refuses what cannot be spoken.
func (s *Synthesizer) complete(u *speech.Utterance) error {
	if err := Speaks(u.Language, u.Voice); err != nil {
		return err
	}
	if u.Voice == "" {
		u.Voice = s.c.Voice
	}
	if len(u.Text) > maxText {
		return fmt.Errorf("flite speaks %d bytes at once, not %d", maxText, len(u.Text))
	}
	if u.Speed == 0 {
		u.Speed = 1
	}
	u.Speed = min(max(u.Speed, 0.5), 2)
	return nil
}

// Health tells how the children are doing.
func (s *Synthesizer) Health() engine.Health { return s.pool.Health() }

// Close ends the children; what is being spoken ends with ErrUnavailable.
func (s *Synthesizer) Close() { s.pool.Close() }
