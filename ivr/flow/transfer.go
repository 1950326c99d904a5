package flow

import (
	"slices"
	"strconv"
	"strings"

	"parley/speech"
)

// modes of a Transfer; the first is the default. They are those of
// call.TransferMode.
var modes = []string{"bridge", "attended", "refer"}

// What a flow knows of its last transfer.
const (
	transferResult  = "transfer_result"  // ended, busy, no-answer, failed
	transferCause   = "transfer_cause"   // as records name it
	transferSeconds = "transfer_seconds" // that the caller talked
)

// way is the way out of a Transfer for its end, as call.TransferEnd names it;
// empty: the call ends with it.
func (n *Node) way(end string) string {
	own := map[string]string{"busy": n.Busy, "no-answer": n.NoAnswer, "failed": n.Failed}
	switch {
	case end == "ended":
		return n.Next
	case own[end] != "":
		return own[end]
	}
	return n.Else
}

// transfer sends the caller away.
func (r *runner) transfer(n *Node) {
	if n.Say != "" || n.File != "" {
		r.say(n, n.Say)
	}
	t := speech.Transfer{
		Target: strings.TrimSpace(expand(n.Target, r.Vars)), Mode: n.Mode, Timeout: n.Timeout, Reason: r.Node,
	}
	if t.Mode == "" {
		t.Mode = modes[0]
	}
	t.AtOnce = t.Mode == "attended"
	for _, end := range []string{"ended", "busy", "no-answer", "failed"} {
		if n.way(end) != "" {
			t.Back = append(t.Back, end)
		}
	}
	r.do(Sent{t})
}

// back goes on with a caller whose transfer has ended; nil: nobody knows how.
func (r *runner) back(n *Node, t *speech.TransferResult) {
	if t == nil {
		t = &speech.TransferResult{End: "failed", Cause: "failed"}
	}
	r.Vars[transferResult], r.Vars[transferCause] = t.End, t.Cause
	r.Vars[transferSeconds] = strconv.Itoa(int(t.Talk.Seconds()))
	to := r.leave(n.way(t.End), t.End)
	if to != "" {
		r.enter(to)
		return
	}
	r.do(Ended{speech.End{Action: "hangup", Reason: r.Node}})
	r.Over = true
}

func (c *checker) checkTransfer(name string, n *Node) {
	c.need(name, n, "target", n.Target)
	if n.Say != "" && n.File != "" {
		c.add(name, n, "keep one of them", "both say and file are given")
	}
	if n.Mode != "" && !slices.Contains(modes, n.Mode) {
		c.addAt(n.Mode, name, n, "use "+strings.Join(modes[:len(modes)-1], ", ")+" or "+modes[len(modes)-1], "mode %q is unknown", n.Mode)
	}
	if n.Timeout < 0 {
		c.add(name, n, "use how long the other party may take to answer, such as 20s", "timeout is negative")
	}
	if n.Mode == "attended" && n.Say == "" && n.File == "" && !n.torn {
		c.add(name, n, "give say or file, or use mode: bridge", "an attended transfer has nothing for the caller to hear meanwhile")
	}
	if n.Mode == "refer" && n.Next != "" {
		c.addAt(n.Next, name, n, "remove it, or use mode: bridge", "next is never taken: a call that was sent away by REFER does not come back")
	}
}
