package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"parley/ivr"
	"parley/ivr/flow"
	"parley/media"
	"parley/speech"
	"parley/speech/pocketsphinx"
)

// paraphrases are what callers of the sample shop may say and no file of it
// does, and which way the flow is to take.
var paraphrases = []struct{ text, way string }{
	{"could you tell me your opening hours please", "reply hours"},
	{"at what time do you close", "reply hours"},
	{"when does the shop open", "reply hours"},
	{"are you open now", "reply hours"},
	{"I would like to ask about my order", "reply order"},
	{"has my order been sent yet", "reply order"},
	{"what is the status of my order", "reply order"},
	{"where is the order that I placed", "reply order"},
	{"do you accept visa cards", "knowledge can i pay by card"},
	{"can I pay with my credit card", "knowledge can i pay by card"},
	{"where can I find your shop", "knowledge where are you"},
	{"what is the address of the shop", "knowledge where are you"},
	{"when will my package arrive", "knowledge how long does delivery take"},
	{"how long will the delivery take", "knowledge how long does delivery take"},
	{"is there a delivery on saturday", "knowledge do you deliver on saturday"},
	{"no thanks that was all", "reply nothing"},
	{"good bye", "reply nothing"},
	{"can I speak to a human being", "other"},
	{"I want to return a broken toaster", "other"},
	{"what is the weather like in paris", "other"},
	{"do you sell garden furniture", "other"},
	{"my neighbour has bought a new car", "other"},
}

// paraphraseVoices are those of the program flite.
var paraphraseVoices = []string{"slt", "rms", "awb", "kal16"}

// measureParaphrases asks the sample flow in other words than its own, each
// phrase by each voice over a telephone line of its own, and counts which way
// the flow takes: the right one, the one for what was not understood, or a
// wrong one, which is worst.
func measureParaphrases(ctx context.Context, o options, print func(figure)) error {
	shop, err := theShop()
	if err != nil {
		return err
	}
	c := pocketsphinx.Defaults()
	c.Engine.Children, c.Engine.Works = 1, 1
	c.Engine.OpenTimeout = time.Minute
	asr, err := pocketsphinx.New(c, slog.New(slog.NewTextHandler(os.Stderr, nil)))
	if err != nil {
		return err
	}
	defer asr.Close()
	dir, err := os.MkdirTemp("", "parley-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	count := map[string]int{}
	all := 0
	for i, p := range paraphrases {
		if o.quick && i%3 > 0 {
			continue
		}
		for _, voice := range paraphraseVoices {
			said, err := say(ctx, dir, voice, p.text)
			if err != nil {
				return err
			}
			state, effects := shop.Step(shop.New(nil), speech.Input{Begin: true})
			text, err := understand(ctx, asr, hints(effects), overTheTelephone(said.pcm))
			if err != nil {
				return fmt.Errorf("%s says %q: %w", voice, p.text, err)
			}
			_, effects = shop.Step(state, speech.Input{Text: text})
			verdict := verdictOn(way(effects), p.way)
			count[verdict]++
			all++
			if verdict != "right" {
				fmt.Fprintf(os.Stderr, "     %-5s %-5s says %q, understood %q, taken: %s\n", verdict, voice, p.text, text, way(effects))
			}
		}
	}
	share := func(n int) float64 { return round(100 * float64(n) / float64(all)) }
	print(figure{
		Figure: "paraphrases_right_pct", Unit: "% of utterances", Value: share(count["right"]), N: all,
		More: map[string]float64{
			"right": float64(count["right"]), "other": float64(count["other"]), "wrong": float64(count["wrong"]),
			"wrong_pct": share(count["wrong"]),
		},
		Note: "phrases that are in no file of the sample flow, by flite's slt, rms, awb and kal16, 8 kHz µ-law; other: the flow says that it did not understand; wrong: it takes another way than the caller meant",
	})
	return nil
}

// theShop is the sample flow.
func theShop() (*flow.Flow, error) {
	library, problems := ivr.Load("etc", ivr.Defaults(), flow.World{})
	if len(problems) > 0 {
		return nil, fmt.Errorf("load the sample flow (run it in the source's folder): %v", problems)
	}
	return library.Flow("shop"), nil
}

// hints are those of the hearing that a step ends with.
func hints(effects []flow.Effect) speech.Hints {
	l, _ := effects[len(effects)-1].(flow.Listen)
	return l.Hearing.Hints
}

// way tells how a step left the node that it began at.
func way(effects []flow.Effect) string {
	i := slices.IndexFunc(effects, func(e flow.Effect) bool { _, ok := e.(flow.Visited); return ok })
	if i < 0 {
		return ""
	}
	return effects[i].(flow.Visited).By
}

func verdictOn(taken, meant string) string {
	switch {
	case taken == meant:
		return "right"
	case strings.HasPrefix(taken, "other"):
		return "other"
	}
	return "wrong"
}

// overTheTelephone is what G.711 leaves of a sound, with silence around it.
func overTheTelephone(pcm []int16) []int16 {
	line := make([]int16, rate*3/10, len(pcm)+rate)
	line = append(append(line, pcm...), make([]int16, rate/2)...)
	coded := make([]byte, len(line))
	media.PCMU.Encode(coded, line)
	media.PCMU.Decode(line, coded)
	return line
}

var errNotInTime = errors.New("no final text")

// understand has a recogniser listen to one utterance.
func understand(ctx context.Context, asr speech.Recognizer, h speech.Hints, pcm []int16) (string, error) {
	final := make(chan speech.Result, 1)
	r, err := asr.Open(ctx, speech.Format{Rate: rate, Language: "en-US"}, func(r speech.Result) {
		if r.Final || r.Err != nil {
			final <- r
		}
	})
	if err != nil {
		return "", err
	}
	defer r.Close()
	h.FinalTimeout = time.Minute
	r.Start(1, h)
	for piece := range slices.Chunk(pcm, rate/50) {
		r.Write(piece)
	}
	r.Stop()
	select {
	case got := <-final:
		return got.Text, got.Err
	case <-time.After(2 * time.Minute):
		return "", errNotInTime
	case <-ctx.Done():
		return "", ctx.Err()
	}
}
