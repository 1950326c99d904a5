package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"parley/call"
	"parley/records"
)

func newCalls() *cobra.Command {
	api := &apiOptions{}
	c := &cobra.Command{Use: "calls", Short: "Look at calls: list, show, timeline"}
	api.flags(c.PersistentFlags())
	c.PersistentPreRunE = func(*cobra.Command, []string) error { return api.connect() }
	c.AddCommand(newCallsList(api), newCallsShow(api), newCallsTimeline(api))
	return c
}

func newCallsList(api *apiOptions) *cobra.Command {
	var asJSON, live bool
	var limit int
	var number string
	c := &cobra.Command{
		Use: "list", Short: "List calls, the newest first", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			q := url.Values{"limit": {strconv.Itoa(limit)}, "live": {strconv.FormatBool(live)}}
			if number != "" {
				q.Set("number", number)
			}
			list := []call.Record{}
			if err := api.get(cmd.Context(), "/v1/calls?"+q.Encode(), &list); err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), list)
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 4, 2, ' ', 0)
			fmt.Fprintln(w, "ID\tBEGAN\tFROM\tTO\tSERVED BY\tLASTED\tTURNS\tENDED BY")
			for _, r := range list {
				lasted := "going on"
				if !r.End.IsZero() {
					lasted = r.End.Sub(r.Start).Round(100 * time.Millisecond).String()
				}
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%d\t%s %s\n", r.ID, r.Start.Local().Format(time.DateTime),
					call.Printable(r.Caller), call.Printable(r.Called), call.Printable(r.Program), lasted, len(r.Turns), r.HangupBy,
					call.Printable(records.Why(r)))
			}
			return w.Flush()
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print a JSON array of records")
	c.Flags().BoolVar(&live, "live", false, "only the calls that are going on")
	c.Flags().IntVar(&limit, "limit", 20, "how many")
	c.Flags().StringVar(&number, "number", "", "only calls from or to this number")
	return c
}

func newCallsShow(api *apiOptions) *cobra.Command {
	c := &cobra.Command{
		Use: "show ID", Short: "Print the record of a call as JSON", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := call.ParseID(args[0])
			if err != nil {
				return err
			}
			var r call.Record
			if err := api.get(cmd.Context(), "/v1/calls/"+string(id), &r); err != nil {
				return err
			}
			return printJSON(cmd.OutOrStdout(), r)
		},
	}
	c.Flags().Bool("json", true, "print JSON, as it does anyway")
	return c
}

func newCallsTimeline(api *apiOptions) *cobra.Command {
	var svg bool
	c := &cobra.Command{
		Use: "timeline ID", Short: "Print who spoke when, what was decided and how long it took", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := call.ParseID(args[0])
			if err != nil {
				return err
			}
			if svg {
				body, err := api.open(cmd.Context(), "/v1/calls/"+string(id)+"/timeline.svg")
				if err != nil {
					return err
				}
				defer body.Close()
				_, err = io.Copy(cmd.OutOrStdout(), body)
				return err
			}
			r, events, err := fetch(cmd.Context(), api, string(id))
			if err != nil {
				return err
			}
			return records.WriteTimeline(cmd.OutOrStdout(), r, events)
		},
	}
	c.Flags().BoolVar(&svg, "svg", false, "print the picture instead")
	return c
}

func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
