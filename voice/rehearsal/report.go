package rehearsal

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"regexp"

	"parley/voice/corpus"
	"parley/voice/score"
)

// Run is one run of the loop over a part of a corpus, beside the plain one.
type Run struct {
	Corpus string // the folder of its plan
	Cache  string // where speech is kept; empty: the user's own folder
	Part   corpus.Part
	Only   string // regular expression on the items' names; empty: all
	Items  int    // so many of them; 0: all
	Every  bool   // figures of every condition, not only of each class
	JSON   bool   // one line a figure
	Each   bool   // before that, one line an item
}

// results runs loop, and the plain one beside it.
func (r Run) results(ctx context.Context, loop Loop) (parley, plain []score.Result, err error) {
	m, items, err := r.open()
	if err != nil {
		return nil, nil, err
	}
	results, err := All(ctx, m, items, loop, Plain)
	if err != nil {
		return nil, nil, err
	}
	return results[0], results[1], nil
}

// Figures runs loop and returns its figures, and those of the plain one.
func (r Run) Figures(ctx context.Context, loop Loop) (figures, plain []score.Figure, err error) {
	a, b, err := r.results(ctx, loop)
	if err != nil {
		return nil, nil, err
	}
	return score.Report(a), score.Report(b), nil
}

// Write runs loop, and writes the figures to w.
func (r Run) Write(ctx context.Context, w io.Writer, loop Loop) error {
	results, plain, err := r.results(ctx, loop)
	if err != nil {
		return err
	}
	lines := json.NewEncoder(w)
	lines.SetEscapeHTML(false)
	if r.Each {
		for _, x := range results {
			if err := lines.Encode(x); err != nil {
				return err
			}
		}
	}
	figures, reference := score.Report(results), score.Report(plain)
	if !r.JSON {
		return score.Table(w, figures, reference, r.Every)
	}
	for _, f := range figures {
		if err := lines.Encode(line{"parley", f}); err != nil {
			return err
		}
	}
	for _, f := range reference {
		if err := lines.Encode(line{"plain", f}); err != nil {
			return err
		}
	}
	return nil
}

// line is a figure and whose it is.
type line struct {
	Loop string `json:"loop"`
	score.Figure
}

// open reads the corpus and chooses the items.
func (r Run) open() (*corpus.Maker, []corpus.Item, error) {
	plan, err := corpus.Load(r.Corpus)
	if err != nil {
		return nil, nil, err
	}
	name, err := regexp.Compile(r.Only)
	if err != nil {
		return nil, nil, fmt.Errorf("choose items: %w", err)
	}
	speakers, err := corpus.NewSpeakers(r.Cache)
	if err != nil {
		return nil, nil, err
	}
	items := corpus.Choose(plan.Items(r.Part), name, r.Items)
	if len(items) == 0 {
		return nil, nil, fmt.Errorf("no item of the part %q fits %q; parts are %v", r.Part, r.Only, corpus.Parts)
	}
	return corpus.NewMaker(plan, speakers), items, nil
}

// Take makes one item by its name.
func (r Run) Take(ctx context.Context, id string) (*corpus.Take, error) {
	r.Part = corpus.HeldOut
	for _, part := range corpus.Parts {
		if len(id) > len(part) && id[:len(part)] == string(part) {
			r.Part = part
		}
	}
	r.Only = "^" + regexp.QuoteMeta(id) + "$"
	m, items, err := r.open()
	if err != nil {
		return nil, err
	}
	return m.Make(ctx, items[0])
}
