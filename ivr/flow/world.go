package flow

import (
	"slices"
	"strings"
)

// checkDialogue looks at what holds for the whole conversation.
func (c *checker) checkDialogue() {
	f := c.flow
	c.checkNames()
	if c.world.Speaks != nil && (f.Language != "" || f.Voice != "") {
		if err := c.world.Speaks(f.Language, f.Voice); err != nil {
			key := "voice"
			if f.Voice == "" {
				key = "language"
			}
			c.addTop(key, "name a voice and a language that go together, or leave them out", "%v", err)
		}
	}
	c.checkAnswer()
	n := f.NoResponse
	if n == nil {
		return
	}
	if n.After < 0 || n.Hangup < 0 || n.Times != nil && *n.Times < 0 {
		c.addTop("no_response", "use 0 or more; what is left out is as the configuration says", "no_response has a negative value")
	}
	if strings.Contains(n.Text, "{{") || strings.Contains(n.Text, "${") {
		c.addTop("no_response", "leave the braces out", "no_response.text holds no variables and would be spoken as it stands")
	}
}

// policies are what may be done with one who takes a call and is no person.
var policies = []string{"", "continue", "hangup", "message", "wait"}

func (c *checker) checkAnswer() {
	a := c.flow.Answer
	if a == nil {
		return
	}
	for _, p := range []string{a.Machine, a.Screening, a.Assistant, a.Silence} {
		if !slices.Contains(policies, p) {
			c.addTop("answer", "use continue, hangup, message or wait", "answer has no policy %q", p)
		}
	}
	if strings.Contains(a.Message, "{{") || strings.Contains(a.Message, "${") {
		c.addTop("answer", "leave the braces out, or the message, and let the flow speak", "answer.message holds no variables and would be spoken as it stands")
	}
}

// checkWorld looks at what a node needs of others.
func (c *checker) checkWorld(name string, n *Node) {
	if n.File != "" && !strings.Contains(n.File, "{") && c.world.Sound != nil {
		if err := c.world.Sound(n.File); err != nil {
			c.addAt(n.File, name, n, "name a sound file below the configuration's folder", "file cannot be played: %v", err)
		}
	}
	if n.Type == Transfer && n.Target != "" && !strings.Contains(n.Target, "{") && c.world.Reaches != nil {
		if err := c.world.Reaches(n.Target); err != nil {
			c.addAt(n.Target, name, n, "name a number that has a route, or a SIP address", "nobody is reached at %s: %v", n.Target, err)
		}
	}
	if n.waits() && n.Type != Collect && c.world.Understands != nil {
		c.checkHearing(name, n)
	}
}

// checkHearing looks at whether a node that listens can understand a thing.
func (c *checker) checkHearing(name string, n *Node) {
	if err := c.world.Understands(c.flow.Language, ""); err != nil {
		c.add(name, n, "collect digits instead, or use a language that is understood", "it listens to speech: %v", err)
		return
	}
	for _, r := range n.Replies {
		for _, p := range r.Phrases {
			if err := c.world.Understands(c.flow.Language, p); err != nil {
				c.addAt(p, name, n, "write it as it is spoken, in letters that are known", "phrase %q of reply %s: %v", p, r.Class, err)
			}
		}
	}
}
