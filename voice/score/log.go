package score

// Log is what a loop did.
type Log struct {
	// Robot is what it played, frame after frame, silence included. The first
	// one's position is From.
	Robot []int16
	From  int64
	// Requests are the inputs that it wanted an answer to, the opening
	// excepted.
	Requests []Request
	// Utterances are the stretches that it gave to a recogniser.
	Utterances []Utterance
	// Verdicts on who answered, oldest first.
	Verdicts []Verdict
	// Deaf: there was no recogniser, so requests have no text.
	Deaf bool
}

// Request is one input that wants an answer.
type Request struct {
	At   int64
	Text string
}

// Utterance is a stretch of the caller's audio, look-back included.
type Utterance struct{ From, To int64 }

// Verdict says who answered, and when that was decided.
type Verdict struct {
	At  int64
	Who Answerer
}

func (l Log) position(frame int) int64 { return l.From + int64(frame)*Frame }
