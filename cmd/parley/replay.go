package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"parley/call"
	"parley/voice/replay"
)

func newReplay() *cobra.Command {
	api := &apiOptions{}
	quiet := false
	c := &cobra.Command{
		Use: "replay ID", Short: "Prove that the turn machine decides again what it decided in a call", Args: cobra.ExactArgs(1),
		Long: "Replay takes the log that each conversation of a call leaves in its journal: everything that the turn machine was\n" +
			"given, with its time, and everything that it decided. It steps a machine with the same configuration through the\n" +
			"same events, prints its decisions, and ends with status 1 at the first that is not the one in the log.",
		PersistentPreRunE: func(*cobra.Command, []string) error { return api.connect() },
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := call.ParseID(args[0])
			if err != nil {
				return err
			}
			var events []call.Event
			if err := api.get(cmd.Context(), "/v1/calls/"+string(id)+"/events", &events); err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			decisions := out
			if quiet {
				decisions = io.Discard
			}
			return replayCall(events, out, decisions)
		},
	}
	api.flags(c.Flags())
	c.Flags().BoolVar(&quiet, "quiet", false, "print only whether they are the same")
	return c
}

var errNoTurnLog = errors.New("the call has no log of a conversation: no flow has served it, it goes on, or it is of an older parley")

// replayCall replays every conversation of a journal.
func replayCall(events []call.Event, out, decisions io.Writer) error {
	conversations := 0
	for _, e := range events {
		if e.Kind != call.KindTurnLog {
			continue
		}
		conversations++
		l, err := replay.Read(e.Attrs)
		if err != nil {
			return fmt.Errorf("conversation %d: %w", conversations, err)
		}
		n := 0
		err = l.Run(func(d replay.Decision) {
			n++
			writeDecision(decisions, d)
		})
		if err != nil {
			if !l.SameMachine {
				err = fmt.Errorf("%w; the machine has been changed since the call, which may be why", err)
			}
			return fmt.Errorf("conversation %d: %w", conversations, err)
		}
		rest := ""
		if !l.Whole {
			rest = "; it went on after the end of the log"
		}
		fmt.Fprintf(out, "conversation %d: %d decisions, all as in the log%s\n", conversations, n, rest)
	}
	if conversations == 0 {
		return errNoTurnLog
	}
	return nil
}

// writeDecision writes what was decided in one step, a line for each effect.
func writeDecision(w io.Writer, d replay.Decision) {
	for i, f := range d.Effects {
		at, state := strings.Repeat(" ", 8), ""
		if i == 0 {
			at, state = fmt.Sprintf("%8.2f", d.At.Seconds()), "  ["+d.State+"]"
		}
		fmt.Fprintln(w, at, "", call.Printable(effectText(f))+state)
	}
}

// effectText is an effect as people read it.
func effectText(text string) string {
	var named map[string]json.RawMessage
	if json.Unmarshal([]byte(text), &named) != nil {
		return text
	}
	for name, value := range named {
		if name == "Note" {
			var note struct{ Kind, Reason string }
			if json.Unmarshal(value, &note) == nil {
				return "· " + note.Kind + ": " + note.Reason
			}
		}
		return name + " " + string(value)
	}
	return text
}
