package speech

import "time"

// Input is what a caller did in one turn: spoke, used the keys, or stayed
// silent.
type Input struct {
	// Text is what was understood, joined over fragments (requirement V6).
	Text string
	// Digits were keyed.
	Digits string
	// Transfer is what became of a transfer that the program asked for: the
	// caller is back.
	Transfer *TransferResult
	// Begin marks the opening of the conversation: nothing was said yet.
	Begin bool
	// Err says why speech was not understood, when the recogniser failed.
	Err error
}

// Line is one thing to say: text for a synthesizer, or a file.
type Line struct {
	Text     string
	File     string
	Language string
	Voice    string
	// Uninterruptible lines are not cut by the caller's speech.
	Uninterruptible bool
}

// Hearing says how to listen after an answer.
type Hearing struct {
	Hints Hints
	// Digits lets keyed digits be collected; nil: digits are ignored.
	Digits *DigitCollect
	// NoSpeech: only digits are waited for.
	NoSpeech bool
	// EndSilence overrides the silence that ends the caller's turn; 0: the
	// agent's own.
	EndSilence time.Duration
}

// DigitCollect says when keyed digits are complete.
type DigitCollect struct {
	// Max digits complete the input at once; 0: no limit but 32.
	Max int
	// End completes the input and is not part of it; 0: none.
	End byte
	// Gap after a digit completes the input; 0: 3 s.
	Gap time.Duration
}

// Answer is one step of a program's reply: something to say, or how the reply
// ends.
type Answer struct {
	Line *Line
	// Listen ends the reply: it is the caller's turn.
	Listen *Hearing
	// Transfer ends the reply: the caller goes to somebody else, and what
	// becomes of that is the next Input.
	Transfer *Transfer
	// End ends the reply and, after the last sample, the conversation.
	End *End
}

// Transfer takes the caller to somebody else.
type Transfer struct {
	// Target, Timeout and Back are those of call.TransferRequest, as Mode is.
	Target  string
	Mode    string
	Timeout time.Duration
	Back    []string
	// AtOnce begins it as soon as the first line before it is heard; else it
	// waits for the last sample.
	AtOnce bool
	// Reason is the name of the place that it happens at.
	Reason string
}

// TransferResult is what became of a transfer.
type TransferResult struct {
	// End and Cause are named as call.TransferEnd and call.Cause.
	End, Cause string
	// Talk is how long the caller talked with somebody else.
	Talk time.Duration
}

// End is how a conversation ends.
type End struct {
	// Action and Target are those of call.Outcome.
	Action, Target string
	// Reason is the name of the end.
	Reason string
}
