package locate

import (
	"errors"
	"fmt"
	"strings"
)

// Step of a search that can fail.
type Step string

const (
	NAPTR   Step = "NAPTR"
	SRV     Step = "SRV"
	Address Step = "A/AAAA"
	Choice  Step = "transport"
)

// checks says what to look at when a step has failed.
var checks = map[Step]string{
	NAPTR:   "check the name and that the DNS servers (sip.dns.servers) answer NAPTR questions",
	SRV:     "check the name's SRV records and that the DNS servers (sip.dns.servers) answer",
	Address: "check the name, its A and AAAA records, and the DNS servers (sip.dns.servers)",
	Choice:  "check the transport of the trunk or URI, and that a listener of it stands in sip.listen for IPv4 or IPv6, as the peer needs",
}

// Problem is a search that has come to nothing. What was asked before and
// could not be answered is told too, since it may be the cause.
type Problem struct {
	Step   Step
	Name   string // what was asked for
	Err    error
	Before []Problem
}

// Check says what to look at.
func (p Problem) Check() string { return checks[p.Step] }

// Error makes a Problem an error.
func (p Problem) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s of %s: %v", p.Step, p.Name, p.Err)
	for _, before := range p.Before {
		fmt.Fprintf(&b, "; %s of %s before: %v", before.Step, before.Name, before.Err)
	}
	fmt.Fprintf(&b, "; %s", p.Check())
	return b.String()
}

// Unwrap returns the cause.
func (p Problem) Unwrap() error { return p.Err }

var (
	// ErrNoName is that the name does not exist.
	ErrNoName = errors.New("no such name")
	// ErrNoRecord is that the name exists and has none of the records.
	ErrNoRecord = errors.New("no such record")
	// ErrNotOffered is that the service says that it does not exist (RFC
	// 2782: a target of ".").
	ErrNotOffered = errors.New("the name says that it does not offer SIP")
	// ErrUnreachable is that none of our listeners can talk to what was found.
	ErrUnreachable = errors.New("none of our listeners reaches it")
)
