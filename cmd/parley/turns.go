package main

import (
	"fmt"
	"log/slog"

	"github.com/spf13/cobra"

	"parley/speech/pocketsphinx"
	"parley/voice"
	"parley/voice/corpus"
	"parley/voice/rehearsal"
)

// turnsOptions are the flags that the commands on the corpus share.
type turnsOptions struct {
	run        rehearsal.Run
	recognizer string
}

func newTurns() *cobra.Command {
	o := &turnsOptions{}
	c := &cobra.Command{Use: "turns", Short: "Measure how the robot listens: run, play"}
	c.PersistentFlags().StringVar(&o.run.Corpus, "corpus", "testdata/turns", "`folder` of the corpus")
	c.PersistentFlags().StringVar(&o.run.Cache, "cache", "", "`folder` for the speech that was made (default: in the user's folder for caches)")
	c.PersistentFlags().StringVar(&o.recognizer, "recognizer", "none", "none: decisions go by sound alone; embedded: PocketSphinx listens too")
	c.AddCommand(newTurnsRun(o), newTurnsPlay(o))
	return c
}

func newTurnsRun(o *turnsOptions) *cobra.Command {
	c := &cobra.Command{
		Use: "run", Short: "Score the voice loop on the corpus", Args: cobra.NoArgs,
		Long: "Run plays every scene of the corpus to the voice loop, faster than life, and prints how it listened: when it fell\n" +
			"silent for those who interrupt, how often it lost the floor to a noise, how long it took to see that a turn was\n" +
			"over, and how often it was too early. A plain loop stands beside it. The speech is made by flite and espeak-ng.\n" +
			"With --config the configuration's voice section is measured, else the defaults.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			loop, done, err := o.loop(cmd)
			if err != nil {
				return err
			}
			defer done()
			return o.run.Write(cmd.Context(), cmd.OutOrStdout(), loop)
		},
	}
	c.Flags().StringVar((*string)(&o.run.Part), "part", string(corpus.HeldOut), "`part` of the corpus: held_out to report, tune to tune with")
	c.Flags().StringVar(&o.run.Only, "only", "", "only items whose name matches this `regexp`")
	c.Flags().IntVar(&o.run.Items, "items", 0, "only so many of them, of each class its share")
	c.Flags().BoolVar(&o.run.Every, "every", false, "print the figures of every noise condition")
	c.Flags().BoolVar(&o.run.JSON, "json", false, "print one JSON line a figure")
	c.Flags().BoolVar(&o.run.Each, "each", false, "print one JSON line an item first")
	return c
}

// loop is the voice loop as it is configured. done ends what it needs.
func (o *turnsOptions) loop(cmd *cobra.Command) (loop rehearsal.Loop, done func(), err error) {
	cfg, sphinx := voice.Defaults(), pocketsphinx.Defaults()
	if cmd.Flags().Changed("config") {
		l, err := configOf(cmd)
		if err != nil {
			return nil, nil, err
		}
		cfg, sphinx = l.Voice, l.Speech.PocketSphinx
	}
	switch o.recognizer {
	case "none":
		return rehearsal.Parley(cfg, nil), func() {}, nil
	case "embedded":
		r, err := pocketsphinx.New(sphinx, slog.Default())
		if err != nil {
			return nil, nil, err
		}
		return rehearsal.Parley(cfg, rehearsal.Recognised(r)), r.Close, nil
	}
	return nil, nil, fmt.Errorf("there is no recogniser %q; use none or embedded", o.recognizer)
}
