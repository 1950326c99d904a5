package voices

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"

	"parley/speech"
)

// actor says its name and voice by writing it down.
type actor struct {
	name  string
	err   error
	after bool // it fails after the first chunk
	calls *[]string
}

func (a actor) Speak(ctx context.Context, u speech.Utterance, out func(speech.Chunk) error) error {
	*a.calls = append(*a.calls, fmt.Sprintf("%s/%s/%s", a.name, u.Language, u.Voice))
	if a.err != nil && !a.after {
		return a.err
	}
	if err := out(speech.Chunk{PCM: []int16{1}}); err != nil {
		return err
	}
	return a.err
}

func TestWhoSpeaks(t *testing.T) {
	broken := fmt.Errorf("gone: %w", speech.ErrUnavailable)
	other := errors.New("the text is too long")
	for _, c := range []struct {
		name    string
		u       speech.Utterance
		a, b    error
		after   bool
		want    string
		wantErr error
	}{
		{"by language", speech.Utterance{Language: "en-US"}, nil, nil, false, "[a/en-US/]", nil},
		{"another language", speech.Utterance{Language: "de"}, nil, nil, false, "[b/de/]", nil},
		{"no language", speech.Utterance{}, nil, nil, false, "[a//]", nil},
		{"by name", speech.Utterance{Language: "en", Voice: "b:bass"}, nil, nil, false, "[b/en/bass]", nil},
		{"fall back", speech.Utterance{Language: "en", Voice: "slt"}, broken, nil, false, "[a/en/slt b/en/slt]", nil},
		{"busy", speech.Utterance{Language: "en"}, speech.ErrBusy, nil, false, "[a/en/ b/en/]", nil},
		{"named falls back to a default voice", speech.Utterance{Language: "en", Voice: "a:slt"}, broken, nil, false, "[a/en/slt b/en/]", nil},
		{"all fail", speech.Utterance{Language: "en"}, broken, speech.ErrNoVoice, false, "[a/en/ b/en/]", speech.ErrUnavailable},
		{"heard already", speech.Utterance{Language: "en"}, broken, nil, true, "[a/en/]", speech.ErrUnavailable},
		{"a fault of the text", speech.Utterance{Language: "en"}, other, nil, false, "[a/en/]", other},
		{"unknown name", speech.Utterance{Voice: "c:x"}, nil, nil, false, "[]", speech.ErrNoVoice},
	} {
		t.Run(c.name, func(t *testing.T) {
			calls := []string{}
			v, err := New(slog.New(slog.DiscardHandler),
				Provider{"a", []string{"en"}, actor{"a", c.a, c.after, &calls}},
				Provider{"b", nil, actor{"b", c.b, false, &calls}})
			if err != nil {
				t.Fatal(err)
			}
			err = v.Speak(t.Context(), c.u, func(speech.Chunk) error { return nil })
			if fmt.Sprint(calls) != c.want || !errors.Is(err, c.wantErr) {
				t.Errorf("asked %v and got %v, want %s and %v", calls, err, c.want, c.wantErr)
			}
		})
	}
}

func TestNamesMustDiffer(t *testing.T) {
	if _, err := New(nil, Provider{Name: "a"}, Provider{Name: "a"}); err == nil {
		t.Error("two providers of one name are accepted")
	}
}
