package call

import (
	"context"
	"net/netip"
	"time"

	"parley/media"
)

// Handler runs one call. ctx ends when the call does, so interruption and
// hang-up are context cancellation; context.Cause(ctx) is then an *Ended.
// A Handler gets an unanswered call. When it returns, the call is released:
// with Normal if err is nil, else with the cause that CauseOf finds in err.
type Handler func(ctx context.Context, c Call) error

// Middleware wraps a Handler with something that every call needs: limits,
// tracking, recording.
type Middleware func(Handler) Handler

// State is how far a call has come.
type State uint8

const (
	Dialing  State = iota // outgoing, nothing heard of it yet
	Ringing               // alerting: 180 sent or received
	Early                 // early media flows: 183 with SDP
	Answered              // 200 sent or received
	Over                  // released
)

func (s State) String() string {
	switch s {
	case Dialing:
		return "dialing"
	case Ringing:
		return "ringing"
	case Early:
		return "early"
	case Answered:
		return "answered"
	case Over:
		return "over"
	}
	return "unknown"
}

// Call is one party on one wire. Its methods are safe for concurrent use.
// Those that change its state return an *Ended once it is over.
type Call interface {
	// Info says who calls whom. It does not change.
	Info() Info

	// Context ends when the call does; its cause is an *Ended.
	Context() context.Context

	// State returns how far the call has come.
	State() State

	// Await blocks until the call has reached s or a later state, ctx ends,
	// or the call is over. Error: an *Ended, or ctx's own.
	Await(ctx context.Context, s State) error

	// Ring tells an incoming call's party that we are alerting.
	Ring() error

	// EarlyMedia opens the media of an incoming call before it is answered.
	EarlyMedia() error

	// Answer answers an incoming call. When it returns nil, Stream carries
	// audio.
	Answer() error

	// Hangup ends the call: an unanswered one is rejected or cancelled with
	// cause, an answered one released. Later calls of it do nothing.
	Hangup(by Party, cause Cause)

	// Stream is the party's audio. It may be given to a clock once the state
	// is Early or Answered, and outlives changes of the leg beneath it. It is
	// nil before.
	Stream() media.Stream
}

// Originator makes outgoing calls.
type Originator interface {
	// Originate starts a call and returns it at once, in state Dialing.
	// Errors are mistakes in t; what the network says comes as the call's end.
	Originate(ctx context.Context, t Target) (Call, error)
}

// Target is whom to call and as whom.
type Target struct {
	// URI is where to, for example "sip:100@192.0.2.1:5060;transport=tcp". The
	// trunk that its host belongs to decides whether it may be called.
	URI string
	// Trunk names a trunk or a group of trunks, and Number whom it is to
	// reach, instead of a URI.
	Trunk, Number string
	// User is whom to call at the telephones that he has registered, instead
	// of either.
	User string
	// Caller is the user part of From; CallerName its display name.
	Caller, CallerName string
	// RingTimeout ends an unanswered call with NoAnswer. 0 means the door's
	// default.
	RingTimeout time.Duration
	// Headers are added to the request (names as on the wire), those that
	// came with another call as far as the trunk lets them through.
	Headers map[string]string
	// Identity is who really calls, passed on as the trunk wants it.
	Identity Identity
	// ByPerson: a person has dialled the number. Emergency numbers are for
	// people only.
	ByPerson bool
	// Hops is how many more the call may take (Max-Forwards); 0: as many as
	// a new one.
	Hops int
	// Codecs are preferred, by name, over the trunk's own order.
	Codecs []string
	// Variables go into Info.
	Variables map[string]string
}

// Direction says who called whom.
type Direction uint8

const (
	Inbound Direction = iota
	Outbound
)

func (d Direction) String() string {
	if d == Outbound {
		return "outbound"
	}
	return "inbound"
}

// Info says who calls whom and over what.
type Info struct {
	ID        ID
	Direction Direction
	// Door is "sip", "webrtc" or "audiosocket".
	Door string
	// Caller and Called are numbers or user names, as the wire gave them.
	Caller, Called string
	CallerName     string
	// Trunk names the peer it came from or goes to.
	Trunk string
	// WireID is the wire's own name of the call: SIP's Call-ID, AudioSocket's
	// UUID.
	WireID string
	Remote netip.AddrPort
	// Hops is how many more hops an incoming call may take.
	Hops int
	// Start is when the wire first spoke of the call.
	Start time.Time
	// Transferred: a transfer has sent the call here, nobody has dialled the
	// number.
	Transferred bool
	// Headers holds the headers of an incoming call that its trunk lets
	// through, X- headers by default.
	Headers map[string]string
	// Identity is who really calls an incoming call, as far as the wire says.
	Identity Identity
	// Variables are the call's own, known to flows and agents.
	Variables map[string]string
}
