package flow

import (
	"fmt"
	"strings"
)

// keys lists the keys that each type of node may have, besides type.
var keys = map[Type]string{
	Play:         "say file interruptible next",
	Conversation: "say file interruptible listen replies other closed into next",
	Collect:      "say file interruptible digits into attempts retry failed next",
	Branch:       "cases else",
	Assign:       "set next",
	Tag:          "name value next",
	Knowledge:    "say file interruptible next other",
	Agent:        "say file interruptible template prompt model commands functions tools retry attempts failed",
	Transfer:     "say file target mode timeout next busy no_answer failed else",
	End:          "say file action target",
}

// checkKeys reports keys that are set and mean nothing for the node's type.
func (c *checker) checkKeys(name string, n *Node) {
	allowed, known := keys[n.Type]
	if !known {
		return
	}
	has := map[string]bool{
		"say": n.Say != "", "file": n.File != "", "interruptible": n.Interruptible != nil,
		"next": n.Next != "", "listen": n.Listen != nil, "replies": len(n.Replies) > 0,
		"other": n.Other != "", "closed": n.Closed, "into": n.Into != "", "digits": n.Digits != nil,
		"attempts": n.Attempts != 0, "retry": n.Retry != "", "failed": n.Failed != "",
		"cases": len(n.Cases) > 0, "else": n.Else != "", "set": len(n.Set) > 0,
		"name": n.Name != "", "value": n.Value != "", "action": n.Action != "", "target": n.Target != "",
		"mode": n.Mode != "", "timeout": n.Timeout != 0, "busy": n.Busy != "", "no_answer": n.NoAnswer != "",
		"template": n.Template != "", "prompt": n.Prompt != "", "model": n.Model != "",
		"commands": len(n.Commands) > 0, "functions": len(n.Functions) > 0, "tools": len(n.Tools) > 0,
	}
	for _, a := range strings.Fields(allowed) {
		delete(has, a)
	}
	for key, set := range has {
		if set {
			c.add(name, n, fmt.Sprintf("remove it; a %s node has: %s", n.Type, allowed), "%s means nothing here", key)
		}
	}
}
