package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"parley/call"
	"parley/sip"
	"parley/sip/trunk"
)

// routeOptions are the flags of parley route.
type routeOptions struct {
	to, from, trunk, at string
	verstat             string
	headers             []string
	json                bool
}

// routeReport is what parley route --json prints.
type routeReport struct {
	Called  string            `json:"called" doc:"as the trunk rewrites it"`
	Caller  string            `json:"caller" doc:"as the trunk rewrites it"`
	Trunk   string            `json:"trunk"`
	Headers map[string]string `json:"headers,omitempty" doc:"those that the trunk lets through"`
	At      time.Time         `json:"at"`
	Target  string            `json:"target" doc:"where the call goes; empty: it gets 404"`
	Routes  []call.Verdict    `json:"routes"`
}

func newRoute() *cobra.Command {
	o := &routeOptions{}
	c := &cobra.Command{
		Use: "route --to NUMBER", Short: "Explain which route a call would take, and why", Args: cobra.NoArgs,
		Long: "Route reads the configuration and carries out what a call would meet: its trunk's rewriting of numbers and\n" +
			"choice of headers, then the routes, one after the other, until one wins. It exits with 1 if none does.",
		Example: `  parley route --to 100 --from +49301234 --trunk carrier --at 2026-11-21T10:00`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			l, err := configOf(cmd)
			if err != nil {
				return err
			}
			return o.run(l, cmd.OutOrStdout())
		},
	}
	f := c.Flags()
	f.StringVar(&o.to, "to", "", "called `number`, as the wire gives it")
	f.StringVar(&o.from, "from", "", "calling `number`")
	f.StringVar(&o.trunk, "trunk", "", "`name` of the trunk that it comes over (default the first)")
	f.StringVar(&o.verstat, "verstat", "", "what verification found: TN-Validation-Passed, TN-Validation-Failed or No-TN-Validation")
	f.StringArrayVar(&o.headers, "header", nil, "a header, `NAME=VALUE`; may be repeated")
	f.StringVar(&o.at, "at", "", "`time` of the call, 2026-11-21T10:00 here or with a zone as in RFC 3339 (default now)")
	f.BoolVar(&o.json, "json", false, "print JSON")
	cobra.CheckErr(c.MarkFlagRequired("to"))
	return c
}

func (o *routeOptions) run(l *loaded, out io.Writer) error {
	r, err := o.explain(l)
	if err != nil {
		return err
	}
	if o.json {
		err = printJSON(out, r)
	} else {
		r.print(out)
	}
	if err == nil && r.Target == "" {
		err = errReported
	}
	return err
}

func (o *routeOptions) explain(l *loaded) (routeReport, error) {
	at, err := moment(o.at)
	if err != nil {
		return routeReport{}, err
	}
	c := trunk.Call{Called: o.to, Caller: o.from}
	for _, h := range o.headers {
		name, value, ok := strings.Cut(h, "=")
		if !ok {
			return routeReport{}, fmt.Errorf("--header %q: write NAME=VALUE", h)
		}
		c.Headers = append(c.Headers, trunk.Header{Name: name, Value: value})
	}
	via, err := incoming(l.SIP, o.trunk)
	if err != nil {
		return routeReport{}, err
	}
	c = via.Incoming(c)
	r := routeReport{Called: c.Called, Caller: c.Caller, Trunk: via.Name, At: at, Headers: make(map[string]string)}
	for _, h := range c.Headers {
		r.Headers[h.Name] = h.Value
	}
	r.Routes = l.Routes.Explain(call.Query{Called: c.Called, Caller: c.Caller, Trunk: via.Name, Verstat: o.verstat, Headers: r.Headers, At: at}, l.Periods)
	if n := len(r.Routes); n > 0 && r.Routes[n-1].Wins {
		r.Target = r.Routes[n-1].Why
	}
	return r, nil
}

// moment reads --at.
func moment(s string) (time.Time, error) {
	if s == "" {
		return time.Now(), nil
	}
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02 15:04"} {
		if t, err := time.ParseInLocation(layout, s, time.Local); err == nil {
			return t, nil
		}
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return t, fmt.Errorf("--at %q: write it like 2026-11-21T10:00", s)
	}
	return t, nil
}

var errNoTrunk = errors.New("there is no such trunk")

// incoming returns a trunk by its name, the first of the configuration if the
// name is empty.
func incoming(cfg sip.Config, name string) (*trunk.Trunk, error) {
	if name == "" && len(cfg.Trunks) > 0 {
		name = cfg.Trunks[0].Name
	}
	settings := cfg.TrunkSettings()
	if name == trunk.Registrar {
		settings.Trunks = append(settings.Trunks, trunk.Default(name))
	}
	set, err := trunk.New(settings, nil)
	if err != nil {
		return nil, err
	}
	if t := set.Trunk(name); t != nil {
		return t, nil
	}
	return nil, fmt.Errorf("--trunk %q: %w", name, errNoTrunk)
}

func (r routeReport) print(out io.Writer) {
	fmt.Fprintf(out, "called %s, caller %s, over %s, %s\n", r.Called, r.Caller, r.Trunk, r.At.Format("Mon 2006-01-02 15:04 MST"))
	for _, v := range r.Routes {
		verdict := "no"
		if v.Wins {
			verdict = "wins"
		}
		fmt.Fprintf(out, "routes[%d]: %s: %s\n", v.Route, verdict, v.Why)
	}
	if r.Target == "" {
		fmt.Fprintln(out, "no route: the call gets 404 Not Found")
	}
}
