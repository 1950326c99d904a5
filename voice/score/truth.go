package score

// Kind is what a stretch of the caller's audio is.
type Kind string

const (
	Turn         Kind = "turn"         // the caller says something that wants an answer
	Interruption Kind = "interruption" // and says it while the robot speaks
	Backchannel  Kind = "backchannel"  // "mm-hmm": the robot is to go on
	Noise        Kind = "noise"        // a cough, a door, another talker, an echo
)

// Span is one stretch, measured on the clean signal: From is its first sample
// with energy, To follows its last.
type Span struct {
	Kind     Kind
	From, To int64
	Text     string
	Words    []Word
}

// Word is one word of a span. Its borders are estimates; the first word's
// beginning and the last one's end are the span's.
type Word struct {
	Text     string
	From, To int64
}

// Answerer is who took an outbound call.
type Answerer string

const (
	Person  Answerer = "person"
	Machine Answerer = "machine"
)

// Truth is what is true of one item.
type Truth struct {
	ID    string
	Class string
	// Condition is what surrounds the caller, for example "clean" or "10 dB".
	Condition string
	// Tags tell what the item is made of, for those who look for causes.
	Tags   []string
	Length int64 // of the caller's audio
	// Robot is the line that the robot speaks from the beginning on; nil: it
	// listens. Each of its frames has sound.
	Robot []int16
	Spans []Span
	// Answerer is set in a greeting.
	Answerer Answerer
}

// span returns the first span of a kind.
func (t Truth) span(kind Kind) (Span, bool) {
	for _, s := range t.Spans {
		if s.Kind == kind {
			return s, true
		}
	}
	return Span{}, false
}
