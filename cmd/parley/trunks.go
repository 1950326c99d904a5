package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"parley/sip"
)

func newTrunks() *cobra.Command {
	api := &apiOptions{}
	var asJSON bool
	c := &cobra.Command{
		Use: "trunks", Short: "Show whether trunks are there and registered", Args: cobra.NoArgs,
		PreRunE: func(*cobra.Command, []string) error { return api.connect() },
		RunE: func(cmd *cobra.Command, _ []string) error {
			list := []sip.TrunkStatus{}
			if err := api.get(cmd.Context(), "/v1/trunks", &list); err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), list)
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 4, 2, ' ', 0)
			fmt.Fprintln(w, "TRUNK\tHOST\tHEALTH\tROUND TRIP\tIN\tOUT\tREGISTRAR\tSTATE\tPROBLEM")
			for _, t := range list {
				line := fmt.Sprintf("%s\t%s\t%s\t%.1f ms\t%d\t%d", t.Name, t.Host, t.Health, t.RoundTripMS, t.Calls.Inbound, t.Calls.Outbound)
				if len(t.Registrations) == 0 {
					fmt.Fprintln(w, line+"\t\t\t")
				}
				for _, r := range t.Registrations {
					problem := ""
					if r.Step != "" {
						problem = r.Step + ": " + r.Problem + "; " + r.Check
					}
					fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", line, r.Registrar, r.State, problem)
				}
			}
			return w.Flush()
		},
	}
	api.flags(c.Flags())
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}
