package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"parley/speech"
	"parley/speech/fallback"
)

func newProviders() *cobra.Command {
	c := &cobra.Command{Use: "providers", Short: "Speech providers and language models", Args: cobra.NoArgs}
	c.AddCommand(newProvidersVerify())
	return c
}

func newProvidersVerify() *cobra.Command {
	var limit time.Duration
	c := &cobra.Command{
		Use: "verify [name...]", Short: "Try each configured provider and say which step failed",
		Long: `Verify asks each provider of speech.recognizers, speech.synthesizers and speech.models, or those named, for
real: a recogniser hears a second of silence, a voice speaks a few words, a model answers and calls a function. It
uses the configured keys and may cost what such a request costs. It exits with 1 if a step failed.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			l, err := configOf(cmd)
			if err != nil {
				return err
			}
			s, err := newSpeech(l.Speech, slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: slog.LevelError})))
			if err != nil {
				return err
			}
			defer s.close()
			v := &verification{out: cmd.OutOrStdout(), limit: limit, names: args, language: l.Voice.Language}
			v.all(cmd.Context(), s)
			return v.result()
		},
	}
	c.Flags().DurationVar(&limit, "limit", 30*time.Second, "give a step up after this time")
	return c
}

// verification tries providers and prints what became of each step.
type verification struct {
	out      io.Writer
	limit    time.Duration
	names    []string // empty: all
	language string
	tried    []string
	failed   bool
}

// modelVerifier is a model that can try itself.
type modelVerifier interface {
	Verify(ctx context.Context, step func(name string, err error)) error
}

func (v *verification) all(ctx context.Context, s *speechParts) {
	for _, p := range s.recognizers {
		v.try(ctx, "recognizer", p.Name, func(ctx context.Context, step func(string, error)) {
			step("silence", hearSilence(ctx, p.Provider, v.languageOf(p.Languages)))
		})
	}
	for _, p := range s.synthesizers {
		v.try(ctx, "synthesizer", p.Name, func(ctx context.Context, step func(string, error)) {
			step("speech", sayWords(ctx, p.Provider, v.languageOf(p.Languages)))
		})
	}
	for _, p := range s.models {
		v.try(ctx, "model", p.Name, func(ctx context.Context, step func(string, error)) {
			_ = p.Provider.(modelVerifier).Verify(ctx, step) // its steps tell
		})
	}
}

// languageOf is the configuration's language, or the provider's own if it is
// for others.
func (v *verification) languageOf(languages []string) string {
	if (fallback.Provider[any]{Languages: languages}).Serves(v.language) {
		return v.language
	}
	return languages[0]
}

func (v *verification) try(ctx context.Context, kind, name string, do func(context.Context, func(string, error))) {
	if len(v.names) > 0 && !slices.Contains(v.names, name) {
		return
	}
	v.tried = append(v.tried, name)
	ctx, cancel := context.WithTimeout(ctx, v.limit)
	defer cancel()
	begin := time.Now()
	do(ctx, func(step string, err error) {
		took := time.Since(begin).Round(time.Millisecond)
		begin = time.Now()
		if err == nil {
			fmt.Fprintf(v.out, "%s %s: %s: ok, %s\n", kind, name, step, took)
			return
		}
		v.failed = true
		fmt.Fprintf(v.out, "%s %s: %s: FAILED after %s: %v; %s\n", kind, name, step, took, err, remedyFor(err))
	})
}

func (v *verification) result() error {
	for _, n := range v.names {
		if !slices.Contains(v.tried, n) {
			return fmt.Errorf("no provider is called %q in speech.recognizers, speech.synthesizers and speech.models", n)
		}
	}
	if v.failed {
		return errReported
	}
	return nil
}

// remedyFor says what to do about a fault.
func remedyFor(err error) string {
	switch speech.FaultOf(err) {
	case "refused":
		return "check key, URL and model"
	case "busy":
		return "ask for a higher limit, or wait"
	case "no-voice":
		return "check language and voice"
	case "timeout", "unavailable":
		return "check URL, network and firewall"
	case "cancelled":
		return "nothing came within --limit"
	case "broken":
		return "try again; if it stays so, the address is not that of such a service"
	}
	return "see above"
}

// hearSilence lets a recogniser listen to a second of silence.
func hearSilence(ctx context.Context, r speech.Recognizer, language string) error {
	const rate = 8000
	results := make(chan speech.Result, 16)
	rec, err := r.Open(ctx, speech.Format{Rate: rate, Language: language}, func(res speech.Result) {
		if res.Final || res.Err != nil {
			results <- res // one utterance gives one
		}
	})
	if err != nil {
		return err
	}
	defer rec.Close()
	rec.Start(1, speech.Hints{FinalTimeout: 5 * time.Second})
	rec.Write(make([]int16, rate))
	rec.Stop()
	select {
	case res := <-results:
		return res.Err
	case <-ctx.Done():
		return ctx.Err()
	}
}

var sampleWords = map[string]string{"en": "One, two, three.", "zh": "一，二，三。", "es": "Uno, dos, tres.", "de": "Eins, zwei, drei.", "fr": "Un, deux, trois."}

// sayWords has a voice speak.
func sayWords(ctx context.Context, y speech.Synthesizer, language string) error {
	samples := 0
	err := y.Speak(ctx, speech.Utterance{Text: cmp.Or(sampleWords[baseOf(language)], "1, 2, 3."), Language: language, Rate: 8000}, func(c speech.Chunk) error {
		samples += len(c.PCM)
		return nil
	})
	if err == nil && samples == 0 {
		err = errors.New("it gives no sound")
	}
	return err
}

// baseOf is the language of a tag: en of en-US.
func baseOf(tag string) string {
	return tag[:min(2, len(tag))]
}
