package answer

import "time"

// FrameTime is the length of the audio that one Frame event stands for.
const FrameTime = 20 * time.Millisecond

// Event is something that happened.
type Event interface{ event() }

type (
	// Early: the media has opened before the call is answered.
	Early struct{}

	// Answered: the call is.
	Answered struct{}

	// Frame is 20 ms of the other party's audio.
	Frame struct {
		// Speech: it is likely to hold speech. Fading: the end of it, or a
		// weak part.
		Speech, Fading bool
		Level          float64    // dBFS
		Hz             [2]float64 // tones, as media/tone hears them
		// Gap: the door made this frame up.
		Gap bool
	}

	// Heard is text of an utterance, whole so far. Final: it will not change.
	Heard struct {
		Text  string
		Final bool
	}

	// Talked: what we had to say first has been heard to its end. What follows
	// is a conversation, and how long somebody speaks in it says nothing.
	Talked struct{}

	// Timer says that time has passed; it may come at any time.
	Timer struct{}
)

func (Early) event()    {}
func (Answered) event() {}
func (Frame) event()    {}
func (Heard) event()    {}
func (Talked) event()   {}
func (Timer) event()    {}
