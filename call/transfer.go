package call

import "context"

// Transfer says where a party is to go.
type Transfer struct {
	// URI is whom the party is to call instead of us.
	URI string
	// Number is the same as a number of the party's own exchange. One of the
	// two is given.
	Number string
	// Replaces is a call of ours to the same place, whose part the party is
	// to take (attended transfer); nil for a blind one.
	Replaces Call
}

// Transferrer is a Call whose wire can ask the party's own end to call
// somebody else (SIP: REFER, RFC 3515). Not every Call is one.
type Transferrer interface {
	Call
	// Transfer returns when it is known what became of it. nil: the party has
	// reached the other place, and this call ends. Error: an *Ended if the
	// call is over; else the call goes on, and the error carries the cause
	// that the other end named.
	Transfer(ctx context.Context, to Transfer) error
}

// TransferrerOf finds the Transferrer in c, or in what c wraps (Unwrap).
func TransferrerOf(c Call) (t Transferrer, ok bool) {
	for c != nil {
		if t, ok = c.(Transferrer); ok {
			return t, true
		}
		w, wraps := c.(interface{ Unwrap() Call })
		if !wraps {
			break
		}
		c = w.Unwrap()
	}
	return nil, false
}

// Holder is a Call whose party can be put on hold. Not every Call is one.
type Holder interface {
	Call
	// Hold stops the party's audio (true) or takes it back (false), and
	// returns when the other end has agreed.
	Hold(ctx context.Context, on bool) error
}
