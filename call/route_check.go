package call

import (
	"fmt"
	"net"
	"path"
	"strconv"
	"strings"
)

// Names tell what routes can speak of.
type Names struct {
	// Program tells whether there is a flow, Trunk a trunk, Way a trunk or a
	// group, User somebody who may register.
	Program, Trunk, Way, User func(string) bool
}

// Validate reports routes that cannot work.
func (rs Routes) Validate(names Names, ps Periods, report func(key, problem, remedy string)) {
	for i, r := range rs {
		r.validate(names, ps, func(key, problem, remedy string) { report(fmt.Sprintf("[%d]%s", i, key), problem, remedy) })
	}
}

func (r Route) validate(names Names, ps Periods, report func(key, problem, remedy string)) {
	for key, pattern := range map[string]string{".called": r.Called, ".caller": r.Caller, ".trunk": r.Trunk} {
		if _, err := path.Match(pattern, ""); err != nil {
			report(key, fmt.Sprintf("%q is not a number or pattern", pattern), "use digits, a prefix such as 49*, or *")
		} else if key == ".trunk" && pattern != "" && !strings.ContainsAny(pattern, `*?[\`) && !names.Trunk(pattern) {
			report(key, fmt.Sprintf("there is no trunk %q", pattern), "name one of sip.trunks, or registrar for telephones")
		}
	}
	if r.Called == "" && r.Caller == "" && r.Trunk == "" && r.Period == "" && r.Verstat == "" && len(r.Headers) == 0 {
		report(".called", `"" is not a number or pattern`, "use digits, a prefix such as 49*, or * for every number")
	}
	for _, name := range sortedNames(r.Headers) {
		if _, err := path.Match(r.Headers[name], ""); err != nil || name == "" {
			report(".headers", fmt.Sprintf("%s: %q is not a pattern", name, r.Headers[name]), "use a value, or a pattern with *")
		}
	}
	if name := strings.TrimPrefix(r.Period, "!"); r.Period != "" && ps.Find(name) == nil {
		report(".period", fmt.Sprintf("there is no period %q", name), "name one of periods")
	}
	r.validateTarget(names, report)
}

func (r Route) validateTarget(names Names, report func(key, problem, remedy string)) {
	ways := 0
	way := func(key, value string, ok bool, problem, remedy string) {
		if value == "" {
			return
		}
		ways++
		if !ok {
			report(key, problem, remedy)
		}
	}
	way(".flow", r.Program, r.Program == "" || names.Program(r.Program),
		fmt.Sprintf("there is no flow %q", r.Program), "name a flow that a file under ivr.flows declares")
	way(".audiosocket", r.AudioSocket, hostPort(r.AudioSocket),
		fmt.Sprintf("%q is not a host with a port", r.AudioSocket), "write it like 192.0.2.1:9092 or voice.example:9092")
	way(".dial", r.Dial, r.Dial == "" || names.Way(r.Dial),
		fmt.Sprintf("there is no trunk or group %q", r.Dial), "name one of sip.trunks or sip.groups")
	way(".user", r.User, r.User == "" || names.User(r.User),
		fmt.Sprintf("there is no user %q", r.User), "name one of sip.registrar.users")
	cause, err := ParseCause(r.Reject)
	way(".reject", r.Reject, err == nil && cause != Normal,
		fmt.Sprintf("%q is not a cause", r.Reject), "use busy, not-found, rejected, restricted or unavailable")
	if r.Echo {
		ways++
	}
	if ways != 1 {
		report("", fmt.Sprintf("says %d ways to serve the call", ways), "give exactly one of flow, audiosocket, echo, dial, user and reject")
	}
	if r.Number != (Rewrite{}) && r.Dial == "" {
		report(".number", "belongs to dial", "give the trunk or group to dial, or leave it out")
	}
	r.Number.validate(func(key, problem, remedy string) { report(".number"+key, problem, remedy) })
}

// hostPort tells whether s is a host, or an address, with a port to dial.
func hostPort(s string) bool {
	host, port, err := net.SplitHostPort(s)
	n, numErr := strconv.ParseUint(port, 10, 16)
	return err == nil && numErr == nil && host != "" && n > 0
}
