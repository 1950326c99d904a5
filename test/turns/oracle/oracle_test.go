package oracle

import (
	"slices"
	"testing"

	"parley/speech"
	"parley/voice"
	"parley/voice/corpus"
	"parley/voice/rehearsal"
	"parley/voice/score"
)

func TestWordsComeLateAndInOrder(t *testing.T) {
	at := int64(0)
	take := &corpus.Take{Truth: score.Truth{Spans: []score.Span{{Words: []score.Word{
		{Text: "when", From: 8000, To: 10000}, {Text: "is", From: 10000, To: 11000}, {Text: "it", From: 20000, To: 21000},
	}}}}}
	take.Language = "en"
	var got []speech.Result
	r, err := Ears(take, func() int64 { return at }).Open(t.Context(), speech.Format{}, func(r speech.Result) { got = append(got, r) })
	if err != nil {
		t.Fatal(err)
	}
	frame := make([]int16, 160)
	at = 9600
	r.Start(7, speech.Hints{})
	for range 15 { // the look-back: 300 ms
		r.Write(frame)
	}
	for at < 20800 {
		at += 160
		r.Write(frame)
		if at < 10000+Delay && len(got) > 0 {
			t.Fatalf("%+v at %d, before it can be known", got, at)
		}
	}
	r.Stop()
	r.Stop() // nothing is open
	want := []speech.Result{{Utterance: 7, Text: "when"}, {Utterance: 7, Text: "when is"}, {Utterance: 7, Text: "when is", Final: true}}
	if !slices.Equal(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	got, at = nil, 20000
	r.Start(8, speech.Hints{}) // the words before are another utterance's
	at = 24000
	r.Write(frame)
	r.Stop()
	if last := got[len(got)-1]; last != (speech.Result{Utterance: 8, Text: "it", Final: true}) {
		t.Errorf("%+v", last)
	}
	r.Start(9, speech.Hints{})
	r.Abandon()
	n := len(got)
	if r.Stop(); len(got) != n {
		t.Errorf("an abandoned utterance has a text: %+v", got)
	}
}

// TestTheLoopHearsInAQuietPlace: whatever is tuned, this must not be lost.
func TestTheLoopHearsInAQuietPlace(t *testing.T) {
	run := rehearsal.Run{Corpus: "../../../testdata/turns", Part: corpus.Tune, Only: "/(single|short|interruption)/", Items: 130}
	figures, _, err := run.Figures(t.Context(), rehearsal.Parley(voice.Defaults(), Ears))
	if err != nil {
		t.Fatalf("(apt-get install flite espeak-ng) %v", err)
	}
	seen := 0
	for _, f := range figures {
		if f.Condition != "clean" || f.N < 5 {
			continue
		}
		switch f.Name {
		case "reached":
			if f.Class == "short" && f.Value < 99 {
				t.Errorf("%s: %g %% reach the flow", f.Class, f.Value)
			}
			seen++
		case "first phoneme clipped":
			if f.Value != 0 {
				t.Errorf("%s: %g %% are clipped", f.Class, f.Value)
			}
			seen++
		case "taken":
			if f.Value < 80 {
				t.Errorf("%s: %g %% are taken", f.Class, f.Value)
			}
			seen++
		}
	}
	if seen != 6 {
		t.Errorf("%d figures of a quiet place, want 6", seen)
	}
}
