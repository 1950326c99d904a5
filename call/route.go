package call

import (
	"errors"
	"fmt"
	"net"
	"path"
	"strconv"
	"strings"
)

var (
	errDraining = errors.New("no new calls: the program is being stopped")
	errFull     = errors.New("the limit of simultaneous calls is reached")
	errNoRoute  = errors.New("no route for the called number")
)

// Route sends calls for a called number to a program. Exactly one of
// Program, AudioSocket, Echo and Reject is set.
type Route struct {
	// Called is a number or user name: exact ("100"), a prefix ("+49*"), or
	// any pattern with *, ? and [0-9]; "*" is every number.
	Called string `yaml:"called"`
	// Program names a flow.
	Program string `yaml:"flow"`
	// AudioSocket is the host:port of somebody else's AudioSocket server,
	// which gets the call's audio under a random UUID.
	AudioSocket string `yaml:"audiosocket"`
	// Echo plays the caller back to himself.
	Echo bool `yaml:"echo"`
	// Reject refuses with a cause such as busy or not-found.
	Reject string `yaml:"reject"`
}

// Routes are tried in order; the first that matches wins.
type Routes []Route

// Find returns the route for a called number. Its error carries the cause
// NotFound.
func (rs Routes) Find(called string) (Route, error) {
	for _, r := range rs {
		if ok, _ := path.Match(r.Called, strings.ReplaceAll(called, "/", "_")); ok {
			return r, nil
		}
	}
	return Route{}, WithCause(NotFound, fmt.Errorf("%w %q", errNoRoute, called))
}

// Validate reports routes that cannot work. program tells whether a flow
// exists.
func (rs Routes) Validate(program func(string) bool, report func(key, problem, remedy string)) {
	for i, r := range rs {
		key := fmt.Sprintf("[%d]", i)
		if _, err := path.Match(r.Called, ""); err != nil || r.Called == "" {
			report(key+".called", fmt.Sprintf("%q is not a number or pattern", r.Called), "use digits, a prefix such as 49*, or *")
		}
		ways := 0
		if r.Program != "" {
			ways++
			if !program(r.Program) {
				report(key+".flow", fmt.Sprintf("there is no flow %q", r.Program), "name a flow that a file under ivr.flows declares")
			}
		}
		if r.AudioSocket != "" {
			ways++
			if !hostPort(r.AudioSocket) {
				report(key+".audiosocket", fmt.Sprintf("%q is not a host with a port", r.AudioSocket), "write it like 192.0.2.1:9092 or voice.example:9092")
			}
		}
		if r.Echo {
			ways++
		}
		if r.Reject != "" {
			ways++
			if c, err := ParseCause(r.Reject); err != nil || c == Normal {
				report(key+".reject", fmt.Sprintf("%q is not a cause", r.Reject), "use busy, not-found, rejected, restricted or unavailable")
			}
		}
		if ways != 1 {
			report(key, fmt.Sprintf("says %d ways to serve the call", ways), "give exactly one of flow, audiosocket, echo and reject")
		}
	}
}

// hostPort tells whether s is a host, or an address, with a port to dial.
func hostPort(s string) bool {
	host, port, err := net.SplitHostPort(s)
	n, numErr := strconv.ParseUint(port, 10, 16)
	return err == nil && numErr == nil && host != "" && n > 0
}
