package turn

import (
	"time"

	"parley/speech"
)

// CallState is how far the conversation has come.
type CallState uint8

const (
	Opening CallState = iota // connected; the pause before the first answer
	Live                     // talking
	Closing                  // the last answer is being played, or the last before a transfer
	Away                     // the caller is being transferred, or talks to somebody else
	Over                     // nothing happens any more
	callStates
)

// AgentState is what the robot does.
type AgentState uint8

const (
	Listening AgentState = iota // the floor is the caller's
	Hearing                     // end of turn decided; the recogniser's last words are awaited
	Thinking                    // an answer was asked for, nothing of it is audible
	Speaking                    // an answer is audible
	agentStates
)

// UserState is what the caller does.
type UserState uint8

const (
	Quiet   UserState = iota // no speech
	Onset                    // something that may become speech
	Talking                  // speech
	Pausing                  // silence after speech; the silence clock runs
	Keying                   // digits are being collected
	userStates
)

func (s CallState) String() string {
	return [...]string{"opening", "live", "closing", "away", "over"}[s]
}

func (s AgentState) String() string {
	return [...]string{"listening", "hearing", "thinking", "speaking"}[s]
}

func (s UserState) String() string {
	return [...]string{"quiet", "onset", "talking", "pausing", "keying"}[s]
}

// State is everything the machine knows. The zero value is a conversation
// that has not begun. States are values: Step never changes the one it is
// given.
type State struct {
	Call  CallState
	Agent AgentState
	User  UserState

	// Turn numbers the caller's turns from 1; 0 is the opening.
	Turn int
	// Epoch names the answer that may be heard. It only rises.
	Epoch int
	// Deadline is when Step must be given a Timer event at the latest. It is
	// set in every state but Over.
	Deadline time.Duration

	Now      time.Duration // of the last event
	Progress time.Duration // when the agent's present work last moved on
	FrameAt  time.Duration // of the last Frame

	// Speech of the caller, counted in audio.
	Voiced    time.Duration // speech-like audio of this utterance
	Clear     time.Duration // the part of it that is speech beyond doubt
	Hum       time.Duration // and what is clear, but only hummed
	Silence   time.Duration // since the last voiced frame
	Spoken    time.Duration // length of the utterance so far
	Gap       time.Duration // made-up audio in a row
	Utterance int           // rises with each utterance given to the recogniser
	Open      bool          // the recogniser listens to Utterance
	Partial   string        // what it has understood of it so far
	PartialAt time.Duration // when that changed

	Ahead Ahead // an answer that is worked out already
	// Murmurs are those of this turn, MurmurAt is when the last one was.
	Murmurs  int
	MurmurAt time.Duration
	// Since is when the answer was asked for; Fills have been said while it
	// was waited for, the last one at Filled.
	Since  time.Duration
	Fills  int
	Filled time.Duration

	// Floor is how loud the answer is that is being heard, since FloorAt.
	// Doubted: what goes on just now is hardly speech, and no longer ducks it;
	// Ignored: and does not want the floor at all. Firm is until
	// when nothing interrupts.
	Floor   Floor
	FloorAt time.Duration
	Doubted bool
	Ignored bool
	Firm    time.Duration

	// Fragments are what the caller said in this turn, not yet answered
	// audibly. Interrupted: the turn began by cutting the robot short.
	// Joined: an answer to its first fragments was asked for and dropped.
	Fragments   []Fragment
	Interrupted bool
	Joined      bool

	// The answer of this epoch.
	Asked   speech.Input     // what it answers
	Own     bool             // it is the machine's own: a reminder, an apology
	Lines   int              // lines handed to the voice
	Done    int              // of them, played or failed
	Failed  []int            // lines after Done that will never be played
	Barrier int              // lines up to this one cannot be interrupted
	Closed  int              // nor by digits
	Delays  []Delay          // lines that can be interrupted later
	Started bool             // its first frame went to the wire
	Listen  *speech.Hearing  // how to listen after it
	End     *speech.End      // how the conversation ends after it
	Leave   *speech.Transfer // where the caller goes after it

	// The transfer under way, named by its answer's epoch, and what became of
	// it, if that has to wait for the end of a line.
	Sent   int
	Result *speech.TransferResult

	// Hearing is how to listen now.
	Hearing speech.Hearing

	Digits  string        // being collected
	KeyedAt time.Duration // of the last of them
	Typed   string        // keyed while nobody was listening for digits yet

	Idle      time.Duration // how long the caller has been silent while we listen
	Reminders int           // given in this silence

	// Stale counts what came with an old epoch or utterance; Failures the
	// faults in a row of those who recognise, answer and speak.
	Stale    int
	Failures int
}

// Delay says that line Line can be interrupted when it has been audible for
// After.
type Delay struct {
	Line  int
	After time.Duration
}

// Fragment is one utterance of a turn.
type Fragment struct {
	Utterance int
	Voiced    time.Duration
	// Final: Text is all that was understood, or Err why nothing was.
	Final bool
	Text  string
	Err   error
}
