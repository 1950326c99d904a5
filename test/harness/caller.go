package harness

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"testing"
	"time"

	"parley/call"
)

// Report is what parley call --json prints.
type Report struct {
	WireID   string `json:"wire_id"`
	Answered bool   `json:"answered"`
	EndedBy  string `json:"ended_by"`
	Cause    string `json:"cause"`
	Code     int    `json:"code"`
	Seconds  float64
	HeardMS  int64 `json:"heard_ms"`
	Steps    []struct {
		Step, Arg, Note string
		Start           int64 `json:"start_ms"`
		End             int64 `json:"end_ms"`
	}
}

// callTime bounds a call of a test.
const callTime = 2 * time.Minute

// Caller is a parley call under way.
type Caller struct {
	cmd      *exec.Cmd
	out, err bytes.Buffer
	t        testing.TB
}

// Dial begins a parley call to user with these steps.
func (p *Parley) Dial(t testing.TB, user string, steps ...string) *Caller {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), callTime)
	t.Cleanup(cancel)
	args := append([]string{"call", "sip:" + user + "@" + p.SIP, "--json", "--limit", "100s", "--linger", "20s"}, steps...)
	c := &Caller{cmd: exec.CommandContext(ctx, program, args...), t: t}
	c.cmd.Stdout, c.cmd.Stderr = &c.out, &c.err
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return c
}

// Wait waits for the end of the call.
func (c *Caller) Wait() (r Report) {
	c.t.Helper()
	if err := c.cmd.Wait(); err != nil {
		c.t.Fatalf("parley call: %v\n%s%s", err, c.err.String(), c.out.String())
	}
	if err := json.Unmarshal(c.out.Bytes(), &r); err != nil {
		c.t.Fatalf("parley call printed %q: %v", c.out.String(), err)
	}
	return r
}

// Hangup interrupts the caller, who hangs up.
func (c *Caller) Hangup() {
	_ = c.cmd.Process.Signal(os.Interrupt)
	_ = c.cmd.Wait()
}

// Kill ends the caller without a word.
func (c *Caller) Kill() {
	_ = c.cmd.Process.Kill()
	_ = c.cmd.Wait()
}

// Call makes a whole call and returns what both sides say of it.
func (p *Parley) Call(t testing.TB, user string, steps ...string) (Report, call.Record) {
	t.Helper()
	report := p.Dial(t, user, steps...).Wait()
	if !report.Answered {
		t.Fatalf("the call was not answered: %+v", report)
	}
	return report, p.Kept(report.WireID)
}

// Said returns the texts of a speaker's lines, digits included.
func Said(r call.Record, who call.Speaker) (texts []string) {
	for _, l := range r.Transcript {
		if l.Speaker == who {
			texts = append(texts, l.Text+l.Digits)
		}
	}
	return texts
}

// Kinds returns the events of a kind.
func Kinds(events []call.Event, kind string) (found []call.Event) {
	for _, e := range events {
		if e.Kind == kind {
			found = append(found, e)
		}
	}
	return found
}

// Command runs one of the program's other commands against this Parley and
// returns what it prints.
func (p *Parley) Command(args ...string) string {
	p.t.Helper()
	cmd := exec.Command(program, append(args, "--api", p.HTTP, "--data", p.Data)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		p.t.Fatalf("parley %q: %v\n%s", args, err, stderr.String())
	}
	return string(out)
}
