package turn

import "parley/speech"

// Event is something that happened. Events are given to Step in the order in
// which they happened.
type Event interface{ event() }

// Voice is what the detector says of one frame.
type Voice uint8

const (
	Silent Voice = iota // no speech
	Fading              // the end of speech, or the silence after it
	Likely              // may be speech
	Clear               // is speech: voiced, periodic, well over the noise
)

func (v Voice) String() string { return [...]string{"silent", "fading", "likely", "clear"}[v] }

type (
	// Begin starts the conversation: the caller is connected.
	Begin struct{}

	// Frame is 20 ms of the caller's audio.
	Frame struct {
		Voice Voice
		// Gap: the door made this frame up; it says nothing of the caller.
		Gap bool
	}

	// Digit is a DTMF digit that the caller keyed.
	Digit struct{ Tone byte }

	// Heard is text of an utterance: Final ends it.
	Heard struct {
		Utterance int
		Text      string
		Final     bool
		Err       error
	}

	// Answer is one step of the answer that was asked for with Epoch.
	Answer struct {
		Epoch int
		speech.Answer
	}

	// AnswerFailed: no (further) answer will come for Epoch.
	AnswerFailed struct {
		Epoch int
		Err   error
	}

	// LineStarted: the first frame of line Line of Epoch went to the wire.
	LineStarted struct{ Epoch, Line int }

	// LineDone: its last frame did.
	LineDone struct{ Epoch, Line int }

	// LineFailed: it cannot be spoken, or not to its end.
	LineFailed struct {
		Epoch, Line int
		Err         error
	}

	// TransferAnswered: the other party of transfer Epoch talks with the
	// caller.
	TransferAnswered struct{ Epoch int }

	// Transferred: the caller is back from transfer Epoch.
	Transferred struct {
		Epoch  int
		Result speech.TransferResult
	}

	// Timer says that time has passed; it may come at any time.
	Timer struct{}

	// Gone: the caller hung up.
	Gone struct{}
)

func (Begin) event()            {}
func (Frame) event()            {}
func (Digit) event()            {}
func (Heard) event()            {}
func (Answer) event()           {}
func (AnswerFailed) event()     {}
func (LineStarted) event()      {}
func (LineDone) event()         {}
func (LineFailed) event()       {}
func (TransferAnswered) event() {}
func (Transferred) event()      {}
func (Timer) event()            {}
func (Gone) event()             {}
