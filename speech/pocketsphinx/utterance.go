package pocketsphinx

import (
	"fmt"
	"math"
)

// utterance is one decoding.
type utterance struct {
	d       *decoder
	r       request
	g       grammar
	reject  float64
	free    bool // free form is there
	running bool
	piece   []int16 // what was written last, at the decoder's rate
	wide    []int16 // the first of the audio, if it may be decoded again
	loud    loudness
	heard   int // samples decoded
	looked  int // samples at the last look
	shown   string
}

const (
	// A second look at what no phrase fits is for speech: a shorter sound is
	// noise, and of a longer one its first part must do, since free form takes
	// a quarter of the audio's own time and the caller is waiting.
	leastSpeech  = 25              // frames of 10 ms that hold a voice
	longestAgain = 8 * decoderRate // samples

	// A word or two say little, and free form guesses: unless it is sure of
	// itself, a phrase that was missed by nearMiss wins.
	shortSpeech = 80 // frames that hold a voice
	nearMiss    = 10 // score per frame
	sureOfIt    = 0.09

	// A phrase that fits by less than this, in score per frame, is doubted: if
	// free form is fairly sure that it was something else, that wins.
	doubt      = 7
	fairlySure = 0.005
)

// mute reports that nothing can be understood: closed hints without a phrase.
func (u *utterance) mute() bool { return u.r.Closed && u.g.jsgf == "" }

func (u *utterance) start() error {
	if u.mute() {
		return nil
	}
	jsgf := u.g.jsgf
	err := u.d.start(jsgf, u.r.Line)
	u.running = err == nil
	return err
}

// write decodes audio and, every 100 ms of it, looks for new text.
func (u *utterance) write(b []byte) (text string, changed bool, err error) {
	if u.mute() || u.heard >= longestSpeech {
		return "", false, nil
	}
	u.piece = appendWide(u.piece[:0], b, u.r.Rate)
	if u.keeps() {
		u.wide = append(u.wide, u.piece[:min(len(u.piece), longestAgain-len(u.wide))]...)
	}
	u.loud.add(u.piece)
	if err := u.d.write(u.piece); err != nil {
		return "", false, err
	}
	if u.heard += len(u.piece); u.heard-u.looked < partialEvery {
		return "", false, nil
	}
	u.looked = u.heard
	if text = u.said(u.d.partial()); text == u.shown || text == "" {
		return "", false, nil
	}
	u.shown = text
	return text, true, nil
}

// keeps reports whether the audio may be decoded again at the end: with open
// hints.
func (u *utterance) keeps() bool {
	return !u.r.Closed && u.free && u.g.jsgf != ""
}

// final ends the utterance. Where there are phrases, the grammar made of them
// has the first word: it is cheap and sure. What fits none of them is decoded
// once more in free form, if the hints are open.
func (u *utterance) final() (answer, error) {
	if u.mute() {
		return answer{Final: true}, nil
	}
	h, err := u.end()
	if err != nil {
		return answer{}, err
	}
	line := u.d.learnt()
	if u.g.jsgf == "" {
		return answer{Final: true, Text: h.text, Confidence: h.posterior, Line: line}, nil
	}
	a, near := u.phrase(h, u.reject, line), u.phrase(h, u.reject-nearMiss, line)
	certain := a.Text != "" && h.score >= u.reject+doubt
	if certain || !u.keeps() || near.Text == "" && u.loud.frames() < leastSpeech {
		return a, nil
	}
	if err := u.d.start("", u.r.Line); err != nil {
		return answer{}, fmt.Errorf("decode again in free form: %w", err)
	}
	u.running = true
	if err := u.d.write(u.wide); err != nil {
		return answer{}, err
	}
	if h, err = u.end(); err != nil {
		return answer{}, err
	}
	if a.Text != "" && h.posterior < fairlySure {
		return a, nil
	}
	if near.Text != "" && u.loud.frames() < shortSpeech && h.posterior < sureOfIt {
		return near, nil
	}
	return answer{Final: true, Text: h.text, Confidence: h.posterior, Line: line}, nil
}

// phrase judges what the grammar made of the utterance. A grammar nearly always
// finds something. What fits badly is something else, and so is a phrase that
// covers no more than three quarters of what was said, the rest taken for silence
// or noise.
func (u *utterance) phrase(h hypothesis, reject float64, line channel) answer {
	a := answer{Final: true, Line: line}
	if h.words == 0 || h.score < reject || 4*h.words <= 3*u.loud.frames() {
		return a
	}
	if a.Text = u.g.phrases[h.text]; a.Text != "" {
		a.Confidence = 1 / (1 + math.Exp((u.reject-h.score)/5))
	}
	return a
}

// said maps the decoder's words to the phrase's, as far as they are one.
func (u *utterance) said(text string) string {
	if phrase, ok := u.g.phrases[text]; ok {
		return phrase
	}
	return text
}

func (u *utterance) end() (hypothesis, error) {
	u.running = false
	return u.d.end()
}

// abandon leaves the decoder ready for the next utterance.
func (u *utterance) abandon() {
	if u.running {
		_, _ = u.end() // nobody wants to know
	}
}
