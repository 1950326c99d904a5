// Package corpus makes the conversations that a voice loop is measured with:
// thousands of short scenes on a telephone line, each with the truth about it
// in samples. What is said, by whom, in what noise and how often stands in a
// folder of YAML files (testdata/turns); the speech is made by the programs
// flite and espeak-ng and kept in a cache, and everything else is computed.
// The same files and programs give the same samples.
//
// The scenes come in two parts, one to tune with and one to report, which
// share no voice, no text and no family of noises.
package corpus

// Part is one half of the corpus.
type Part string

const (
	Tune    Part = "tune"
	HeldOut Part = "held_out"
)

// Parts are both.
var Parts = []Part{Tune, HeldOut}
