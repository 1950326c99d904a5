package sip

import (
	"fmt"

	sipmsg "github.com/emiago/sipgo/sip"

	"parley/call"
	"parley/sip/locate"
	"parley/sip/registrar"
)

// maxBranches bounds how many telephones of one user ring.
const maxBranches = 10

// branches makes a dialog for every telephone that the user has registered;
// all of them ring, and the first that answers has the call.
func (q *quest) branches(c *sipCall) (first *dialog, err error) {
	contacts := c.srv.Contacts(q.target.User)
	if len(contacts) == 0 {
		return nil, call.WithCause(call.Unavailable, fmt.Errorf("user %q has no telephone registered", q.target.User))
	}
	for _, contact := range contacts[:min(len(contacts), maxBranches)] {
		var d *dialog
		if d, err = q.branch(c, contact); err != nil {
			c.log.Warn("telephone passed over", "user", q.target.User, "contact", contact.URI, "why", err)
			continue
		}
		q.ringing = append(q.ringing, d)
	}
	if len(q.ringing) == 0 {
		return nil, err
	}
	return q.ringing[0], nil
}

func (q *quest) branch(c *sipCall, contact registrar.Contact) (*dialog, error) {
	var uri sipmsg.Uri
	if err := sipmsg.ParseUri(contact.URI, &uri); err != nil {
		return nil, badTarget(q.target, err)
	}
	d := c.newDialog(state{
		callID: newCallID(), localTag: newTag(), network: contact.Network, target: uri,
		remote: party{uri: sipmsg.Uri{Scheme: "sip", User: q.target.User, Host: uri.Host, Port: uri.Port}},
	})
	d.st.routes = pathOf(contact)
	d.via = c.srv.phones.line
	d.source, d.pinned = contact.Source, true
	d.uac = &uac{quest: q, out: q.presented(q.target.User), ways: []locate.Hop{{Network: contact.Network, Addr: contact.Source}}}
	if !c.srv.calls.add(d, c.cfg.Limits.MaxCalls+len(q.ringing)) {
		d.close()
		return nil, call.WithCause(call.Overloaded, errFull)
	}
	return d, nil
}

// left takes d out of those that ring and returns another of them, nil if d
// was the last.
func (q *quest) left(d *dialog) (other *dialog) {
	rest := q.ringing[:0:0]
	for _, r := range q.ringing {
		if r != d && !r.over {
			rest = append(rest, r)
		}
	}
	q.ringing = rest
	if len(rest) == 0 {
		return nil
	}
	return rest[0]
}

// won: d has answered; the others stop ringing.
func (q *quest) won(d *dialog) {
	rest := q.ringing
	q.ringing = nil
	for _, r := range rest {
		if r != d && !r.over {
			r.hangup(call.System, call.Normal)
		}
	}
}

// worse orders refusals of several telephones: what a person has done says
// more than what a machine could not (RFC 3261 §16.7 step 6).
func (r refused) worse(than refused) bool {
	rank := func(r refused) int {
		switch {
		case r.code >= 600:
			return 0
		case r.code == 486:
			return 1
		case r.code >= 400 && r.code < 500 && r.code != 408 && r.code != 480:
			return 2
		case r.code != 0:
			return 3
		}
		return 4
	}
	return rank(r) > rank(than)
}
