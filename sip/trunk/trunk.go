package trunk

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"parley/call"
	"parley/sip/digest"
)

// Trunk is a trunk in use. It does not change; a reload makes another, which
// takes over the counters of the one of the same name.
type Trunk struct {
	Config
	emergency                                Emergency
	calledIn, calledOut, callerIn, callerOut rewriting
	meter                                    *meter
	client                                   *digest.Client
}

func newTrunk(c Config, emergency Emergency, m *meter) (*Trunk, error) {
	t := &Trunk{Config: c, emergency: emergency, meter: m}
	if c.Auth.Password != "" {
		t.client = digest.NewClient(digest.Account{Username: t.AuthName(), Password: c.Auth.Password, Realm: c.Auth.Realm})
	}
	var errs [4]error
	t.calledIn, errs[0] = compile(c.Called.In)
	t.calledOut, errs[1] = compile(c.Called.Out)
	t.callerIn, errs[2] = compile(c.Caller.In)
	t.callerOut, errs[3] = compile(c.Caller.Out)
	if err := errors.Join(errs[:]...); err != nil {
		return nil, fmt.Errorf("trunk %s: %w", c.Name, err)
	}
	return t, nil
}

var (
	errNotAllowed = errors.New("the trunk does not allow calls to this number")
	errEmergency  = errors.New("emergency numbers are dialled by people only")
)

// Outgoing makes of c the call as the peer is to see it: numbers rewritten,
// identity and headers as the trunk wants them. It refuses numbers that may
// not be called with the cause Restricted.
func (t *Trunk) Outgoing(c Call) (Call, error) {
	if !t.Allows(c.Called) {
		return Call{}, call.WithCause(call.Restricted, fmt.Errorf("trunk %s: call %q: %w", t.Name, c.Called, errNotAllowed))
	}
	dialled := t.calledOut.apply(c.Called)
	if listed(t.Deny, dialled) { // what is denied is denied however it comes about
		return Call{}, call.WithCause(call.Restricted, fmt.Errorf("trunk %s: call %q as %q: %w", t.Name, c.Called, dialled, errNotAllowed))
	}
	if !c.ByPerson && (t.emergency.Is(c.Called) || t.emergency.Is(dialled)) {
		return Call{}, call.WithCause(call.Restricted, fmt.Errorf("trunk %s: call %q: %w", t.Name, c.Called, errEmergency))
	}
	c.Called = dialled
	c.Caller = t.callerOut.apply(c.Caller)
	headers := pass(t.Headers.Out, c.Headers)
	c.Headers = append(t.identify(&c), t.detour(&c)...)
	if t.CallerID.Signed {
		for _, s := range c.Signed {
			c.Headers = append(c.Headers, Header{"Identity", s})
		}
	} else {
		c.Signed = nil
	}
	for _, name := range sortedKeys(t.Headers.Set) {
		headers = slices.DeleteFunc(headers, func(h Header) bool { return strings.EqualFold(h.Name, name) })
		headers = append(headers, Header{name, t.Headers.Set[name]})
	}
	c.Headers = append(c.Headers, headers...)
	return c, nil
}

// Incoming makes of c, as the peer has sent it, the call as the house sees
// it. Identities that the peer is not trusted to assert are left out.
func (t *Trunk) Incoming(c Call) Call {
	c.Called = t.calledIn.apply(c.Called)
	c.Caller = t.callerIn.apply(c.Caller)
	if !t.CallerID.Trusted {
		c.Asserted = nil
	}
	if t.Identity == Off {
		c.Signed = nil
	}
	c.Headers = pass(t.Headers.In, c.Headers)
	return c
}

// Allows tells whether the destination lists let number be called as it is before
// the trunk rewrites it. Outgoing asks Deny again about what becomes of it.
func (t *Trunk) Allows(number string) bool {
	return number != "" && listed(t.Allow, number) && !listed(t.Deny, number)
}

func listed(prefixes []string, number string) bool {
	plain := Digits(number)
	return slices.ContainsFunc(prefixes, func(p string) bool {
		p = Digits(strings.TrimSuffix(p, "*"))
		return strings.HasPrefix(plain, p) || len(p) > 2 && strings.HasPrefix(abroad(plain), abroad(p))
	})
}

// abroad writes the international prefix 00 as a plus.
func abroad(number string) string {
	if rest, ok := strings.CutPrefix(number, "00"); ok {
		return "+" + rest
	}
	return number
}

// Digest answers the challenges of the peer; nil if the trunk has no account.
func (t *Trunk) Digest() *digest.Client { return t.client }

// AuthName is the name that digest uses.
func (t *Trunk) AuthName() string { return cmp.Or(t.Auth.AuthName, t.Auth.Username) }

// ContactUser is the user part to which the registrar sends calls.
func (t *Trunk) ContactUser() string {
	return cmp.Or(t.Register.ContactUser, t.Auth.Username, "parley")
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
