package answer

import "time"

// Phase is how far one has come.
type Phase uint8

const (
	Before   Phase = iota // nothing has happened
	Alerting              // early media, not answered
	Open                  // answered, and nobody has spoken
	Greeting              // somebody speaks, or has spoken
	Decided               // there is a verdict, which may be corrected
	Over                  // nothing changes any more
	phases
)

func (p Phase) String() string {
	return [phases]string{"before", "alerting", "open", "greeting", "decided", "over"}[p]
}

// State is everything the machine knows. The zero value has seen nothing. States
// are values: Step never changes the one it is given.
type State struct {
	Phase Phase
	// Deadline is when Step must be given a Timer event at the latest. It is
	// set in every phase but Over.
	Deadline time.Duration
	Now      time.Duration
	Since    time.Duration // of the answer; before it, of the first media

	Answered   bool
	Talked     bool // a conversation has begun
	Who        Who
	Confidence float64
	Ready      bool
	Firm       bool          // the verdict was sure at some time
	Settled    time.Duration // when the verdict was given

	// The greeting, counted in audio.
	Voiced  time.Duration
	Silence time.Duration // since the last speech
	Onset   time.Duration // speech in a row that is not believed yet
	Pauses  int
	Longest time.Duration
	Resumed int           // pauses after a whole greeting, for which nobody waited
	Back    time.Duration // speech since the last pause

	Rhythm rhythm
	Tones  tones
	// Said are the phrases of the lexicon that were heard, Words how many
	// words.
	Said    phraseSet
	Words   int
	Partial int // words of the utterance that goes on
	Digits  int // the longest row of spoken digits
}

// rhythm counts syllables: rises and falls of the level.
type rhythm struct {
	Level     float64 // smoothed
	Peak, Dip float64
	Falling   bool
	Syllables int
}

// swing is how much (dB) the level falls after a syllable and rises with one.
const swing = 3

func (r *rhythm) take(level float64) {
	r.Level += (level - r.Level) * 0.6
	switch {
	case r.Falling:
		r.Dip = min(r.Dip, r.Level)
		if r.Level > r.Dip+swing {
			r.Falling, r.Peak = false, r.Level
		}
	default:
		r.Peak = max(r.Peak, r.Level)
		if r.Level < r.Peak-swing {
			r.Falling, r.Dip = true, r.Level
			r.Syllables++
		}
	}
}
