// Command bench measures Parley: it prints one JSON line per figure on its
// standard output and a table for people on its standard error.
//
// What makes load or is measured beside Parley runs in processes of its own:
// this program again, with a role as its first argument. All traffic stays on
// loopback and all load is bounded in calls and time.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"

	"parley/speech/engine"
	"parley/speech/pocketsphinx"
)

// options are the flags.
type options struct {
	parley string
	only   *regexp.Regexp
	quick  bool
}

// pick chooses between the full measure and the quick one.
func (o options) pick(full, quick int) int {
	if o.quick {
		return quick
	}
	return full
}

// measurement takes one or more figures that are had in one run.
type measurement struct {
	names []string
	run   func(ctx context.Context, o options, print func(figure)) error
}

var measurements = []measurement{
	{[]string{"barge_in_onset_to_silence_ms", "barge_in_false_cuts_pct", "decision_to_silence_frames_rtp"}, measureBargeIn},
	{[]string{"decision_to_silence_frames", "end_of_speech_to_first_frame_ms"}, measureVoice},
	{[]string{"end_of_speech_to_first_frame_rtp_ms"}, measureAnswers},
	{[]string{"robot_frame_lateness_ms", "bare_sender_lateness_ms"}, measureLateness},
	{[]string{"cpu_per_call_pct", "memory_per_call_kb"}, measureCalls},
	{[]string{"cpu_per_call_both_ends_pct"}, measureBothEnds},
	{[]string{"calls_set_up_per_second_and_core", "call_set_up_ms", "cpu_per_call_of_baseline", "left_after_calls"}, measureSetups},
	{[]string{"memory_per_dialog_kb"}, measureDialogs},
	{[]string{"paraphrases_right_pct"}, measureParaphrases},
	{[]string{"turns"}, measureTurns},
	{[]string{"micro"}, measureMicro},
}

// roles are what this program does in processes of its own.
var roles = map[string]func(args []string) error{
	"callers":  callersRole,
	"dialers":  dialersRole,
	"baseline": baselineRole,
	"echo":     echoRole,
	"pacer":    pacerRole,
}

func main() {
	engine.ServeIfChild(map[string]engine.Kind{pocketsphinx.Name: pocketsphinx.Kind})
	if len(os.Args) > 1 {
		if role := roles[os.Args[1]]; role != nil {
			if err := role(os.Args[2:]); err != nil {
				fmt.Fprintln(os.Stderr, "bench", os.Args[1]+":", err)
				os.Exit(1)
			}
			return
		}
	}
	o := options{}
	only := flag.String("only", "", "measure only figures whose name matches this `regexp`")
	flag.StringVar(&o.parley, "parley", "bin/parley", "the `program` to measure")
	flag.BoolVar(&o.quick, "quick", false, "measure shorter: the figures are rougher")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := measureAll(ctx, o, *only); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func measureAll(ctx context.Context, o options, only string) (err error) {
	if o.only, err = regexp.Compile(only); err != nil {
		return fmt.Errorf("-only: %w", err)
	}
	if o.parley, err = filepath.Abs(o.parley); err != nil {
		return err
	}
	if _, err := os.Stat(o.parley); err != nil {
		return fmt.Errorf("there is nothing to measure (make build): %w", err)
	}
	var failed error
	for _, m := range measurements {
		wanted := false
		for _, name := range m.names {
			wanted = wanted || o.only.MatchString(name)
		}
		if !wanted {
			continue
		}
		before := machine()
		err := m.run(ctx, o, func(f figure) {
			if f.Figure == "micro" || strings.HasPrefix(f.Figure, "turns_") || o.only.MatchString(f.Figure) {
				f.Machine = before
				f.print()
			}
		})
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			failed = fmt.Errorf("%v: %w", m.names, err)
			fmt.Fprintln(os.Stderr, "bench:", failed)
		}
	}
	return failed
}
