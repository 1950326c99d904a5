package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"parley/call"
	"parley/media"
	"parley/records"
	"parley/voice/corpus"
	"parley/voice/rehearsal"
	"parley/voice/score"
)

func newTurnsPlay(o *turnsOptions) *cobra.Command {
	var svg, wav, robot string
	c := &cobra.Command{
		Use: "play ITEM|FILE.wav", Short: "Show the timeline of one scene, or of a recording of a caller", Args: cobra.ExactArgs(1),
		Long: "Play runs the voice loop on one scene of the corpus, for example tune/backchannel/0003, or on the first channel of\n" +
			"a WAV file, and shows what is true, what was decided and why. A caller from a file talks to a robot that listens,\n" +
			"or with --robot to one that plays that file first.",
		RunE: func(cmd *cobra.Command, args []string) error {
			loop, done, err := o.loop(cmd)
			if err != nil {
				return err
			}
			defer done()
			t, err := o.take(cmd.Context(), args[0], robot)
			if err != nil {
				return err
			}
			p, err := loop(cmd.Context(), t)
			if err != nil {
				return err
			}
			return show(cmd.OutOrStdout(), t, p, svg, wav)
		},
	}
	c.Flags().StringVar(&robot, "robot", "", "a WAV `file` that the robot plays first")
	c.Flags().StringVar(&svg, "svg", "", "draw the timeline into this `file`")
	c.Flags().StringVar(&wav, "wav", "", "write what both sides said to this `file`: the caller left, the robot right")
	return c
}

// take is a scene of the corpus, or one from files.
func (o *turnsOptions) take(ctx context.Context, name, robot string) (*corpus.Take, error) {
	if !strings.HasSuffix(name, ".wav") {
		return o.run.Take(ctx, name)
	}
	channels, rate, err := media.ReadWAV(name)
	if err != nil {
		return nil, err
	}
	resampler, err := media.NewResampler(rate, score.Rate)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	caller := make([]int16, resampler.OutLen(len(channels[0])))
	t := corpus.FromAudio(name, caller[:resampler.Process(caller, channels[0])])
	if robot != "" {
		pcm, err := media.LoadSound(robot, score.Rate)
		if err != nil {
			return nil, err
		}
		t.Speak(pcm)
	}
	return t, nil
}

// show writes a performance for people.
func show(w io.Writer, t *corpus.Take, p rehearsal.Performance, svg, wav string) error {
	end := rehearsal.Began.Add(time.Duration(len(p.Caller)) * time.Second / score.Rate)
	r := records.Build(call.Info{ID: "0", Start: rehearsal.Began, Caller: t.Truth.ID, Called: "robot"}, p.Events)
	r.End, r.Program = end, t.Truth.Class
	if t.Truth.Class != "" {
		fmt.Fprintf(w, "%s: %s, %s %s%s\n", t.ID, t.Voice.Name, t.Condition.Name, t.Noise, t.Burst)
	}
	for _, s := range t.Truth.Spans {
		fmt.Fprintf(w, "truth %8.2f–%.2f  %s %s\n", seconds(s.From), seconds(s.To), s.Kind, s.Text)
	}
	for _, u := range p.Log.Utterances {
		fmt.Fprintf(w, "heard %8.2f–%.2f\n", seconds(u.From), seconds(u.To))
	}
	if err := records.WriteTimeline(w, r, p.Events); err != nil {
		return err
	}
	robot := append(make([]int16, p.Log.From), p.Log.Robot...)
	if svg != "" {
		f, err := os.Create(svg)
		if err != nil {
			return fmt.Errorf("draw the timeline: %w", err)
		}
		defer f.Close()
		if err := records.WritePicture(f, r, p.Events, &records.Sound{Rate: score.Rate, Caller: p.Caller, Robot: robot}); err != nil {
			return fmt.Errorf("draw the timeline: %w", err)
		}
	}
	if wav != "" {
		return media.WriteWAV(wav, score.Rate, p.Caller, robot[:min(len(robot), len(p.Caller))])
	}
	return nil
}

func seconds(samples int64) float64 { return float64(samples) / score.Rate }
