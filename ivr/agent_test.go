package ivr

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"parley/call"
	"parley/ivr/agent"
	"parley/ivr/flow"
	"parley/speech"
)

// model answers each request with the next of its texts; "call NAME" calls a
// function, and "fail" fails.
type model struct {
	answers []string
	chats   []speech.Chat
	between func() // called between two pieces of an answer
}

func (m *model) Chat(_ context.Context, c speech.Chat, out func(speech.Delta) error) error {
	m.chats = append(m.chats, c)
	if len(m.answers) == 0 {
		return errors.New("no more answers")
	}
	text := m.answers[0]
	m.answers = m.answers[1:]
	if text == "fail" {
		return speech.ErrUnavailable
	}
	for _, piece := range strings.SplitAfter(text, "|") {
		piece = strings.TrimSuffix(piece, "|")
		d := speech.Delta{Text: piece}
		if name, ok := strings.CutPrefix(piece, "call "); ok {
			d = speech.Delta{Call: &speech.ToolCall{ID: "1", Name: name, Arguments: "{}"}}
		}
		if err := out(d); err != nil {
			return err
		}
		if m.between != nil {
			m.between()
		}
	}
	return nil
}

// phone talks with a flow; what is delivered is kept.
type phone struct {
	t     *testing.T
	model *model
	conv  *Conversation
	j     *call.Journal
	epoch int
	steps []string
	// hear is false where the caller does not hear the answer.
	hear bool
}

const agentFlow = `
name: front
language: en-US
start: talk
variables: {who: Ann}
nodes:
  talk:
    type: agent
    prompt: |
      # Task
      Talk with {{who}} and ${caller}. Write #Desk# for the desk.
    say: Welcome, {{who}}.
    commands:
      - {name: Desk, next: desk}
      - {name: Other Agent, next: second}
    functions:
      - {name: end}
      - {name: transfer_to_ethan, next: ethan}
    failed: bye
  second:
    type: agent
    prompt: Be the second.
    commands: [{name: back, next: talk}, {name: self, next: second}]
    failed: bye
  desk:
    type: conversation
    say: This is the desk. Yes or no?
    replies: [{class: "yes", phrases: ["yes"], next: bye}]
    other: talk
  ethan:
    type: transfer
    say: I connect you.
    target: "200"
    next: bye
  bye:
    type: end
    say: Goodbye.
`

func newPhone(t *testing.T, answers ...string) *phone {
	t.Helper()
	f, problems := flow.Parse([]byte(agentFlow), flow.World{Templates: agent.Templates()})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	p := &phone{t: t, model: &model{answers: answers}, j: call.NewJournal(time.Now()), hear: true}
	p.conv = NewConversation(f, call.Info{Caller: "100"}, p.j, Agents{
		Agent: agent.New(agent.Defaults(), nil), Model: func(string) speech.Model { return p.model },
	})
	return p
}

func (p *phone) ask(in speech.Input) string {
	p.t.Helper()
	got, err := p.try(p.t.Context(), in)
	if err != nil {
		p.t.Fatal(err)
	}
	return got
}

func (p *phone) try(ctx context.Context, in speech.Input) (string, error) {
	p.epoch++
	p.steps = nil
	err := p.conv.Reply(ctx, p.epoch, in, func(a speech.Answer) error {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		switch {
		case a.Line != nil:
			p.steps = append(p.steps, a.Line.Text)
			if p.hear {
				p.conv.Commit(p.epoch)
				p.conv.Heard(p.epoch, a.Line.Text)
			}
		case a.Listen != nil:
			p.steps = append(p.steps, "<listen>")
		case a.Transfer != nil:
			p.steps = append(p.steps, "<transfer "+a.Transfer.Target+">")
		case a.End != nil:
			p.steps = append(p.steps, "<"+a.End.Action+" "+a.End.Reason+">")
		}
		return nil
	})
	if p.hear && err == nil {
		p.conv.Commit(p.epoch)
	}
	return strings.Join(p.steps, " "), err
}

func (p *phone) said(text string) string { p.t.Helper(); return p.ask(speech.Input{Text: text}) }

func (p *phone) want(got, want string) {
	p.t.Helper()
	if got != want {
		p.t.Errorf("got %q, want %q", got, want)
	}
}

func (p *phone) history() (all string) {
	for _, m := range p.model.chats[len(p.model.chats)-1].Messages {
		all += string(m.Role) + ": " + m.Text + "\n"
	}
	return all
}

func TestAnAgentTalks(t *testing.T) {
	p := newPhone(t, "Hello |there. How| are you?", "Good. #De|sk#", "No. #Other Agent#", "I am the second.", "#back#", "Bye.|call call_end")
	p.want(p.ask(speech.Input{Begin: true}), "Welcome, Ann. <listen>")
	p.want(p.said("hi"), "Hello there. How are you? <listen>")
	if s := p.model.chats[0].System; !strings.HasPrefix(s, "# Task\nTalk with Ann and 100.") {
		t.Errorf("prompt %q", s)
	}
	p.want(p.said("the desk"), "Good. This is the desk. Yes or no? <listen>")
	p.want(p.said("no"), "Welcome, Ann. <listen>")
	p.want(p.said("another"), "No. I am the second. <listen>")
	p.want(p.said("back"), "Welcome, Ann. <listen>")
	p.want(p.said("bye"), "Bye. <hangup talk>")
	p.want(p.history(), `assistant: Welcome, Ann.
user: hi
assistant: Hello there. How are you?
user: the desk
assistant: Good. This is the desk. Yes or no?
user: no
assistant: Welcome, Ann.
user: another
assistant: No. I am the second.
user: back
assistant: Welcome, Ann.
user: bye
`)
	var visits []string
	for _, e := range p.j.Events() {
		if e.Kind == call.KindVisit {
			visits = append(visits, e.Text+" "+e.Attrs["by"].(string))
		}
	}
	p.want(strings.Join(visits, ", "), "talk #Desk#, desk other, talk #Other Agent#, second #back#, talk call_end")
}

// TestFragmentsMakeOneQuestion: what was taken back left nothing, and the
// joined text is one message.
func TestFragmentsMakeOneQuestion(t *testing.T) {
	p := newPhone(t, "Which #Desk#", "What table?", "For two.")
	p.ask(speech.Input{Begin: true})
	p.hear = false
	p.want(p.said("i want"), "Which This is the desk. Yes or no? <listen>")
	p.hear = true
	p.want(p.said("i want a table"), "What table? <listen>") // and not at the desk
	p.said("for two")
	p.want(p.history(), "assistant: Welcome, Ann.\nuser: i want a table\nassistant: What table?\nuser: for two\n")
}

// TestAgentsThatFail go on with the retry, and then by the failed edge.
func TestAgentsThatFail(t *testing.T) {
	p := newPhone(t, "fail", "fail", "Fine.", "fail", "fail", "fail", "fail")
	p.ask(speech.Input{Begin: true})
	p.want(p.said("hi"), "Sorry, I missed that. Could you say it again? <listen>")
	p.want(p.said("hi"), "Fine. <listen>")
	p.want(p.said("hi"), "Sorry, I missed that. Could you say it again? <listen>")
	p.want(p.said("hi"), "Goodbye. <hangup bye>")
}

func TestNoModelLeadsToTheFailedNode(t *testing.T) {
	p := newPhone(t)
	p.conv.agents.Model = nil
	p.ask(speech.Input{Begin: true})
	p.said("hi")
	p.want(p.said("hi"), "Goodbye. <hangup bye>")
}

// TestAgentsInACircle end.
func TestAgentsInACircle(t *testing.T) {
	p := newPhone(t, "#Other Agent#", "#self#", "#self#", "#self#", "#self#", "#self#")
	p.ask(speech.Input{Begin: true})
	if got, err := p.try(t.Context(), speech.Input{Text: "go"}); !errors.Is(err, errCircle) || got != "" {
		t.Errorf("%q, %v", got, err)
	}
}

// TestACommandThatWasNotReached: the caller cuts the answer before its command
// comes, and so stays with the agent.
func TestACommandThatWasNotReached(t *testing.T) {
	p := newPhone(t, "I connect you. N|ow. #Desk#", "All right.")
	p.ask(speech.Input{Begin: true})
	ctx, cancel := context.WithCancel(t.Context())
	p.model.between = cancel
	if _, err := p.try(ctx, speech.Input{Text: "hm"}); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	p.model.between = nil
	p.want(p.said("no, wait"), "All right. <listen>")
	p.want(p.history(), "assistant: Welcome, Ann.\nuser: hm\nassistant: I connect you.\nuser: no, wait\n")
}

// TestTheCallerIsQuickerThanTheEnd: an end or a transfer that was decided and
// not carried out is forgotten when the caller goes on.
func TestTheCallerIsQuickerThanTheEnd(t *testing.T) {
	for _, way := range []string{"call call_end", "call call_transfer_to_ethan"} {
		p := newPhone(t, "Well. |"+way, "I am here.")
		p.ask(speech.Input{Begin: true})
		if got := p.said("hm"); !strings.HasPrefix(got, "Well. ") || strings.Contains(got, "listen") {
			t.Fatalf("said %q", got)
		}
		p.want(p.said("no, wait"), "I am here. <listen>")
	}
	p := newPhone(t, "Well. |call call_transfer_to_ethan")
	p.ask(speech.Input{Begin: true})
	p.want(p.said("ethan"), "Well. I connect you. <transfer 200>")
	p.want(p.ask(speech.Input{Transfer: &speech.TransferResult{End: "ended"}}), "Goodbye. <hangup bye>")
}
