package flow

import (
	"strings"

	"parley/speech"
)

// attempts at a collect node that names no number.
const attempts = 3

// reply takes what the caller did at a node that waits.
func (r *runner) reply(n *Node, in speech.Input) {
	if n.Type == Collect {
		r.collected(n, in)
		return
	}
	said := newPhrase(in.Text)
	answer := r.lookUp(said)
	if n.Type == Knowledge {
		if answer.score < minScore {
			r.enter(r.leave(n.Other, "other"))
			return
		}
		r.speakAnswer(answer)
		r.enter(r.leave(n.Next, "answered"))
		return
	}
	if n.Into != "" {
		r.Vars[n.Into] = in.Text
	}
	class, score := n.classify(said)
	switch {
	case class != nil && score >= answer.score:
		r.enter(r.leave(class.Next, "reply "+class.Class))
	case answer.score >= minScore:
		// The caller asked something: answer, and go on waiting here.
		r.do(Visited{Node: r.Node, By: "knowledge " + answer.entry.Question})
		r.speakAnswer(answer)
		r.listen(n)
	default:
		r.enter(r.leave(n.Other, "other"))
	}
}

// classify returns the class whose examples fit best, nil if none does.
func (n *Node) classify(said phrase) (*Reply, float64) {
	var best *Reply
	var score float64
	for i := range n.Replies {
		for _, example := range n.Replies[i].Phrases {
			if s := likeness(said, newPhrase(example)); s > score {
				best, score = &n.Replies[i], s
			}
		}
	}
	if score < minScore {
		return nil, 0
	}
	return best, score
}

type found struct {
	entry Entry
	score float64
}

// lookUp asks the flow's knowledge bases.
func (r *runner) lookUp(said phrase) found {
	var best found
	for _, b := range r.flow.bases {
		for _, e := range b.Entries {
			for _, q := range e.questions {
				if s := likeness(said, q); s > best.score {
					best = found{e, s}
				}
			}
		}
	}
	return best
}

func (r *runner) speakAnswer(a found) {
	r.do(Say{speech.Line{
		Text: expand(a.entry.Answer, r.Vars), Language: r.flow.Language, Voice: r.flow.Voice,
	}})
}

// collected takes keyed digits.
func (r *runner) collected(n *Node, in speech.Input) {
	if len(in.Digits) >= max(n.Digits.Min, 1) && strings.Trim(in.Digits, "0123456789") == "" {
		r.Vars[n.Into] = in.Digits
		r.enter(r.leave(n.Next, "digits "+in.Digits))
		return
	}
	r.Attempts++
	most := n.Attempts
	if most == 0 {
		most = attempts
	}
	if r.Attempts >= most {
		r.enter(r.leave(n.Failed, "failed"))
		return
	}
	text := n.Retry
	if text == "" {
		text = n.Say
	}
	r.do(Visited{Node: r.Node, By: "again"})
	r.say(n, text)
	r.listen(n)
}
