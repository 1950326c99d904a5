package answer

import "time"

// Who has taken the call.
type Who uint8

const (
	Unknown   Who = iota
	Human         // a person
	Machine       // an answering machine, a voicemail box, a recorded announcement
	Beep          // the same, and now it records
	Screening     // a service that asks who calls before it rings
	Assistant     // a program or a person who answers for somebody else
	Silence       // nobody speaks
	Fax           // a fax machine or a modem
	Network       // the network: busy, out of service
	kinds
)

var names = [kinds]string{"unknown", "human", "machine", "beep", "screening", "assistant", "silence", "fax", "network"}

func (w Who) String() string { return names[w] }

// Verdict is what is decided, or corrected.
type Verdict struct {
	Who Who
	// Confidence is the probability that it is right, as the evidence says.
	Confidence float64
	// Reasons are the evidence in words, the weightiest first.
	Reasons string
	// Was is what was thought before: Unknown in a first verdict.
	Was Who
	// After the answer; before it, after the first early media.
	After    time.Duration
	Evidence Evidence
}

// Evidence is what was counted until a verdict.
type Evidence struct {
	Voiced    time.Duration // speech, pauses left out
	Silence   time.Duration // since
	Pauses    int           // of 200 ms and more, after which the same went on
	Longest   time.Duration // pause
	Syllables int
	Phrases   []string // of the lexicon, that were heard
	Tone      float64  // Hz of the last one, 0: none
}

// Decision is what a Step comes to.
type Decision struct {
	// New: there is a Verdict.
	New     bool
	Verdict Verdict
	// Firm: the verdict that stands has become sure, or there is no more to wait
	// for. What cannot be taken back is done now.
	Firm bool
	// Ready: what we have to say may be said now. It comes once for each
	// verdict that stands: when a person has fallen silent, after the beep, or when
	// no beep comes.
	Ready bool
}
