package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"parley/call"
	"parley/ivr"
	"parley/speech"
)

func newText() *cobra.Command {
	vars := map[string]string{}
	c := &cobra.Command{
		Use: "text FLOW", Short: "Talk to a flow by keyboard", Args: cobra.ExactArgs(1),
		Long: "Text runs a flow without sound: what the robot says is printed, what you type is what it hears. A line that\n" +
			"begins with # is keyed: #1234. After a transfer, type what becomes of it. The path through the flow is shown in brackets.",
		RunE: func(cmd *cobra.Command, args []string) error {
			l, err := configOf(cmd)
			if err != nil {
				return err
			}
			f := l.library.Flow(args[0])
			if f == nil {
				return fmt.Errorf("there is no flow %q; there are %s", args[0], strings.Join(l.library.Names(), ", "))
			}
			if err := l.needsModel(f); err != nil {
				return err
			}
			s := &speechParts{}
			defer s.close()
			if err := s.makeModels(l.Speech, newLog(l.Log)); err != nil {
				return err
			}
			j := call.NewJournal(time.Now())
			conv := ivr.NewConversation(f, call.Info{ID: call.NewID(), Caller: "keyboard", Called: args[0], Variables: vars}, j, l.agents(s.modelOf))
			return talkByKeyboard(cmd.Context(), conv, j, cmd.InOrStdin(), cmd.OutOrStdout())
		},
	}
	c.Flags().StringToStringVar(&vars, "var", nil, "a variable of the call: `name=value`")
	return c
}

// talkByKeyboard carries on a conversation line by line, until the flow or the
// input ends.
func talkByKeyboard(ctx context.Context, conv *ivr.Conversation, j *call.Journal, in io.Reader, out io.Writer) error {
	lines := bufio.NewScanner(in)
	input := speech.Input{Begin: true}
	shown := 0
	for epoch := 1; ; epoch++ {
		ended, away := false, false
		err := conv.Reply(ctx, epoch, input, func(a speech.Answer) error {
			switch {
			case a.Line != nil && a.Line.File != "":
				fmt.Fprintf(out, "robot: [plays %s]\n", a.Line.File)
				conv.Commit(epoch)
			case a.Line != nil:
				fmt.Fprintf(out, "robot: %s\n", a.Line.Text)
				conv.Commit(epoch)
				conv.Heard(epoch, a.Line.Text)
			case a.Transfer != nil:
				away = true
				fmt.Fprintf(out, "[transfer to %s, %s; it may be ended, busy, no-answer or failed]\n", a.Transfer.Target, a.Transfer.Mode)
			case a.End != nil:
				ended = true
				fmt.Fprintf(out, "[ends at %s: %s %s]\n", a.End.Reason, a.End.Action, a.End.Target)
			}
			return nil
		})
		if err != nil {
			return err
		}
		conv.Commit(epoch)
		events := j.Events()
		for _, e := range events[shown:] {
			attrs := ""
			for _, k := range slices.Sorted(maps.Keys(e.Attrs)) {
				attrs += fmt.Sprintf(" %s %v", k, e.Attrs[k])
			}
			fmt.Fprintf(out, "[%s %s%s]\n", e.Kind, e.Text, attrs)
		}
		shown = len(events)
		if ended {
			return nil
		}
		fmt.Fprint(out, map[bool]string{false: "you: ", true: "it is: "}[away])
		if !lines.Scan() {
			fmt.Fprintln(out)
			return lines.Err()
		}
		text := strings.TrimSpace(lines.Text())
		input = speech.Input{Text: text}
		if digits, ok := strings.CutPrefix(text, "#"); ok {
			input = speech.Input{Digits: digits}
		}
		if away {
			input = speech.Input{Transfer: &speech.TransferResult{End: text, Cause: text}}
		}
	}
}
