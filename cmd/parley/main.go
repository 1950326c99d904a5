// Command parley is a media server that sits beside a PBX. See README.md.
package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"parley/speech/engine"
	"parley/speech/flite"
	"parley/speech/pocketsphinx"
)

// version is set when the program is built.
var version = "0.1.0-dev"

// engines are the C libraries that run in child processes of this program.
var engines = map[string]engine.Kind{
	pocketsphinx.Name: pocketsphinx.Kind,
	flite.Name:        flite.Kind,
}

// errReported ends the program with exit code 1 when what is wrong has been
// said already.
var errReported = errors.New("")

func main() {
	engine.ServeIfChild(engines)
	if err := newRoot().Execute(); err != nil {
		if !errors.Is(err, errReported) {
			fmt.Fprintln(os.Stderr, "parley:", err)
		}
		os.Exit(1)
	}
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "parley",
		Short:         "A media server beside a PBX: it answers calls and lets a robot talk",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.PersistentFlags().StringP("config", "c", "", "configuration file (default etc/parley.yaml, then /etc/parley/parley.yaml)")
	root.AddCommand(newServe(), newCheck(), newCall(), newCalls(), newText(), newRoute(), newTrunks(), newTurns(), newReplay(), newProviders(), newVersion())
	return root
}

// configOf loads the configuration that a command was given, and prints what
// is wrong with it.
func configOf(cmd *cobra.Command) (*loaded, error) {
	file, err := cmd.Flags().GetString("config")
	if err != nil {
		return nil, err
	}
	l, problems := load(file)
	if l != nil {
		for _, w := range l.warnings {
			fmt.Fprintln(cmd.ErrOrStderr(), "warning:", w)
		}
	}
	for _, p := range problems {
		fmt.Fprintln(cmd.ErrOrStderr(), p)
	}
	if len(problems) > 0 {
		return nil, errReported
	}
	return l, nil
}

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: cobra.NoArgs,
		Run: func(cmd *cobra.Command, _ []string) { fmt.Fprintln(cmd.OutOrStdout(), version) },
	}
}

func newCheck() *cobra.Command {
	return &cobra.Command{
		Use: "check [file]", Short: "Check a configuration and the flows it names", Args: cobra.MaximumNArgs(1),
		Long: "Check reads a configuration file, the environment and every flow and knowledge base, and prints each\n" +
			"problem on a line of its own: file, line, key, what is wrong and what to do. It exits with 1 if there is one.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				if err := cmd.Flags().Set("config", args[0]); err != nil {
					return err
				}
			}
			l, err := configOf(cmd)
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s is sound: %d routes, flows %v\n", l.file, len(l.Routes), l.library.Names())
			return nil
		},
	}
}
