package call

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"
)

var (
	errDraining = errors.New("no new calls: the program is being stopped")
	errFull     = errors.New("the limit of simultaneous calls is reached")
	errNoRoute  = errors.New("no route for the called number")
)

// Route sends calls to a program. All of its conditions must hold; one that
// is empty always does. Exactly one of Program, AudioSocket, Echo, Dial, User
// and Reject is set.
type Route struct {
	// Called and Caller are numbers or user names: exact ("100"), a prefix
	// ("+49*"), or any pattern with *, ? and [0-9]; "*" is every number.
	Called string `yaml:"called"`
	Caller string `yaml:"caller"`
	// Trunk is the one that the call came over.
	Trunk string `yaml:"trunk"`
	// Headers are patterns by header name, of headers that the trunk lets
	// through. All must be there and fit.
	Headers map[string]string `yaml:"headers"`
	// Verstat is what verification has found of the caller, as in Identity.
	Verstat string `yaml:"verstat"`
	// Period names a time in which the route counts; with ! before it, the
	// time outside.
	Period string `yaml:"period"`

	// Program names a flow.
	Program string `yaml:"flow"`
	// AudioSocket is the host:port of somebody else's AudioSocket server,
	// which gets the call's audio under a random UUID.
	AudioSocket string `yaml:"audiosocket"`
	// Echo plays the caller back to himself.
	Echo bool `yaml:"echo"`
	// Dial names a trunk or a group that the call goes out over, to the called
	// number as Number rewrites it.
	Dial   string  `yaml:"dial"`
	Number Rewrite `yaml:"number"`
	// User names a registered telephone's.
	User string `yaml:"user"`
	// Reject refuses with a cause such as busy or not-found.
	Reject string `yaml:"reject"`
}

// Routes are tried in order; the first that matches wins.
type Routes []Route

// Query is a call that looks for its route.
type Query struct {
	Called, Caller, Trunk string
	Verstat               string
	Headers               map[string]string
	At                    time.Time
}

// QueryOf is the query of a call that has come in now.
func QueryOf(info Info, now time.Time) Query {
	return Query{Called: info.Called, Caller: info.Caller, Trunk: info.Trunk, Verstat: info.Identity.Verstat, Headers: info.Headers, At: now}
}

// Find returns the route of a call. Its error carries the cause NotFound.
func (rs Routes) Find(q Query, ps Periods) (Route, error) {
	for _, r := range rs {
		if r.obstacle(q, ps) == nil {
			return r, nil
		}
	}
	return Route{}, WithCause(NotFound, fmt.Errorf("%w %q", errNoRoute, q.Called))
}

// Verdict says why a route is taken, or is not.
type Verdict struct {
	Route int    `json:"route" doc:"its place in the list, from 0"`
	Wins  bool   `json:"wins"`
	Why   string `json:"why" doc:"where the call goes, or the first condition that does not hold"`
}

// Explain returns the verdict on every route up to the one that wins.
func (rs Routes) Explain(q Query, ps Periods) (vs []Verdict) {
	for i, r := range rs {
		o := r.obstacle(q, ps)
		if o == nil {
			return append(vs, Verdict{i, true, r.Target()})
		}
		vs = append(vs, Verdict{i, false, o()})
	}
	return vs
}

// obstacle tells of the first condition that does not hold, nil if all do.
func (r Route) obstacle(q Query, ps Periods) (why func() string) {
	switch {
	case !fits(r.Trunk, q.Trunk):
		return misfit("trunk", q.Trunk, r.Trunk)
	case !fits(r.Called, q.Called):
		return misfit("called", q.Called, r.Called)
	case !fits(r.Caller, q.Caller):
		return misfit("caller", q.Caller, r.Caller)
	case !fits(r.Verstat, q.Verstat):
		return misfit("verstat", q.Verstat, r.Verstat)
	}
	for _, name := range sortedNames(r.Headers) {
		pattern := r.Headers[name]
		value, there := header(q.Headers, name)
		if !there {
			return func() string { return fmt.Sprintf("there is no header %s", name) }
		}
		if !fits(pattern, value) {
			return misfit("header "+name, value, pattern)
		}
	}
	if r.Period == "" {
		return nil
	}
	name, outside := strings.CutPrefix(r.Period, "!")
	p := ps.Find(name)
	if p == nil {
		return func() string { return fmt.Sprintf("there is no period %q", name) }
	}
	if p.Holds(q.At) != outside {
		return nil
	}
	return func() string {
		where := map[bool]string{false: "outside", true: "within"}[outside]
		return fmt.Sprintf("%s is %s period %s", q.At.In(p.Zone.location()).Format("Mon 2006-01-02 15:04 MST"), where, name)
	}
}

func misfit(what, value, pattern string) func() string {
	return func() string { return fmt.Sprintf("%s %q does not fit %q", what, value, pattern) }
}

// Target says where the route's calls go.
func (r Route) Target() string {
	switch {
	case r.Program != "":
		return "flow " + r.Program
	case r.AudioSocket != "":
		return "audiosocket " + r.AudioSocket
	case r.Dial != "":
		return "dial " + r.Dial
	case r.User != "":
		return "user " + r.User
	case r.Reject != "":
		return "reject " + r.Reject
	}
	return "echo"
}

// fits matches a value with a pattern; an empty pattern fits everything.
func fits(pattern, value string) bool {
	if pattern == "" {
		return true
	}
	plain := func(s string) string { return strings.ReplaceAll(s, "/", "\x00") } // no path, so / is nothing special
	ok, err := path.Match(plain(pattern), plain(value))
	return ok && err == nil
}

// header finds a header by its name, in whatever case.
func header(hs map[string]string, name string) (value string, ok bool) {
	if value, ok = hs[name]; ok {
		return value, true
	}
	for n, v := range hs {
		if strings.EqualFold(n, name) {
			return v, true
		}
	}
	return "", false
}

func sortedNames(m map[string]string) []string {
	names := make([]string, 0, len(m))
	for n := range m {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}
