package turn

import (
	"time"

	"parley/speech"
)

// Effect is something that is to be done. Effects are carried out in the
// order in which Step returns them.
type Effect interface{ effect() }

type (
	// StartUtterance opens an utterance at the recogniser and gives it the
	// audio from LookBack before now on, so that no first phoneme is lost.
	StartUtterance struct {
		Utterance int
		LookBack  time.Duration
		Hints     speech.Hints
	}

	// StopUtterance ends it: its final text is wanted.
	StopUtterance struct{ Utterance int }

	// AbandonUtterance ends it: nobody wants its text.
	AbandonUtterance struct{ Utterance int }

	// Ask asks the program for the answer of Epoch. Nothing of it counts
	// until Commit.
	Ask struct {
		Epoch int
		Turn  int
		Input speech.Input
		// Ahead: the caller's turn is not over; Adopt or Cancel will follow.
		Ahead bool
	}

	// Adopt makes what was asked ahead the answer of this turn.
	Adopt struct {
		Epoch int
		Turn  int
		Input speech.Input
	}

	// Murmur mixes a phrase into what is heard of the robot, at once or never.
	Murmur struct{ Text string }

	// Fill speaks a phrase before the lines of Epoch, unless one of them is
	// being heard.
	Fill struct {
		Epoch int
		Text  string
	}

	// Say hands a line of Epoch to the voice, to be played after the lines
	// before it.
	Say struct {
		Epoch, Line int
		What        speech.Line
	}

	// Cancel silences Epoch at once: what is being asked, spoken or played of
	// it is dropped. Cut tells that the caller had begun to hear it.
	Cancel struct {
		Epoch int
		Cut   bool
	}

	// Level changes how loud the answer of Epoch is, from the next frame on.
	Level struct {
		Epoch int
		Floor Floor
	}

	// Commit makes the answer of Epoch real: the caller hears it.
	Commit struct{ Epoch int }

	// Transfer takes the caller to somebody else. Epoch is the transfer's
	// name.
	Transfer struct {
		Epoch int
		What  speech.Transfer
	}

	// Finish ends the conversation.
	Finish struct{ End speech.End }

	// Note is a decision and its reason, for the journal.
	Note struct {
		Kind   string
		Reason string
	}
)

func (StartUtterance) effect()   {}
func (StopUtterance) effect()    {}
func (AbandonUtterance) effect() {}
func (Ask) effect()              {}
func (Say) effect()              {}
func (Cancel) effect()           {}
func (Adopt) effect()            {}
func (Murmur) effect()           {}
func (Fill) effect()             {}
func (Commit) effect()           {}
func (Level) effect()            {}
func (Transfer) effect()         {}
func (Finish) effect()           {}
func (Note) effect()             {}
