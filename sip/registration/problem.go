package registration

import "fmt"

// Step of a registration that can fail.
type Step string

const (
	StepResolve      Step = "resolve"
	StepConnect      Step = "connect"
	StepAnswer       Step = "answer"
	StepAuthenticate Step = "authenticate"
	StepAccept       Step = "accept"
)

// checks says what to look at when a step has failed.
var checks = map[Step]string{
	StepResolve:      "check the registrar's name and this machine's DNS",
	StepConnect:      "check the registrar's address and port, the trunk's transport, and that a listener of that transport reaches it",
	StepAnswer:       "check that the registrar's address, port and transport are right and that no firewall stands between",
	StepAuthenticate: "check auth.username, auth.auth_name, auth.password and auth.realm of the trunk",
	StepAccept:       "ask the provider whether the account may register from here; check auth.username and register.contact_user",
}

// Problem says which step failed, how, and what to check.
type Problem struct {
	Step Step   `json:"step" enum:"resolve,connect,answer,authenticate,accept"`
	Text string `json:"text" doc:"what happened"`
}

// Check says what to look at.
func (p Problem) Check() string { return checks[p.Step] }

// Error makes a Problem an error.
func (p Problem) Error() string { return fmt.Sprintf("%s: %s; %s", p.Step, p.Text, p.Check()) }
