package score

import (
	"strings"
	"unicode"
)

// backWithin is how long after a noise the robot may take to be back at full
// level, settled how long after an interruption it must have stopped, and
// resumedFor how many frames at full level are more than chance.
const (
	resumedFor = 3
	backWithin = 600 * Rate / 1000
	settled    = 700 * Rate / 1000
)

// Result is how one item went. Times are in milliseconds, -1 where it did not
// happen.
type Result struct {
	ID        string   `json:"id"`
	Class     string   `json:"class"`
	Condition string   `json:"condition"`
	Kind      Kind     `json:"kind,omitempty"`
	Answerer  Answerer `json:"answerer,omitempty"`
	Tags      []string `json:"tags,omitempty"`

	// While the robot spoke.
	Spoke   bool    `json:"spoke,omitempty"`
	Duck    float64 `json:"duck"`              // onset to lower level
	Silence float64 `json:"silence"`           // onset to silence
	Taken   bool    `json:"taken,omitempty"`   // the interruption stopped the robot
	Lost    bool    `json:"lost,omitempty"`    // the robot was not back after something that was nothing
	Paused  bool    `json:"paused,omitempty"`  // it was silent on the way
	Resumed bool    `json:"resumed,omitempty"` // it was lower or silent, and came back
	Changed int64   `json:"changed,omitempty"` // samples lost and repeated by that
	Early   bool    `json:"early,omitempty"`   // it was silent already when that began

	// While it listened.
	CutOff  bool    `json:"cut_off,omitempty"` // it answered before the turn was over
	Delay   float64 `json:"delay"`             // end of the turn to the answer
	Reached bool    `json:"reached,omitempty"` // what was said was asked
	Unheard bool    `json:"unheard,omitempty"` // no utterance held the beginning
	Clipped float64 `json:"clipped,omitempty"` // of the beginning that the recogniser did not get
	False   int     `json:"false,omitempty"`   // requests and sounds of the robot without a turn

	// Who answered.
	Decided float64  `json:"decided"`
	Verdict Answerer `json:"verdict,omitempty"`
}

// Judge scores one item.
func Judge(t Truth, l Log) Result {
	r := Result{ID: t.ID, Class: t.Class, Condition: t.Condition, Answerer: t.Answerer, Tags: t.Tags, Duck: -1, Silence: -1, Delay: -1, Decided: -1}
	if len(t.Spans) > 0 {
		r.Kind = t.Spans[0].Kind
	}
	if t.Answerer != "" {
		if len(l.Verdicts) > 0 {
			v := l.Verdicts[len(l.Verdicts)-1]
			r.Verdict, r.Decided = v.Who, ms(v.At)
		}
		return r
	}
	if t.Robot != nil {
		r.speaking(t, l)
	} else {
		r.listening(t, l)
	}
	return r
}

// speaking judges an item in which the robot speaks.
func (r *Result) speaking(t Truth, l Log) {
	r.Spoke = true
	p := follow(l.Robot, t.Robot)
	if len(t.Spans) == 0 {
		return
	}
	first, last := t.Spans[0], t.Spans[len(t.Spans)-1]
	lower, straight, earlier := false, 0, before
	for f, state := range p.frames {
		at := l.position(f)
		switch {
		case state == before || state == after:
			continue
		case at < first.From:
			earlier = state
			continue
		}
		if r.Duck < 0 && state != full && p.down[f] >= duckedBy {
			r.Duck = ms(at - first.From)
		}
		if state == silent || state == other {
			if r.Silence < 0 {
				r.Silence = ms(at - first.From)
			}
			r.Paused = r.Paused || at < last.To+backWithin
		}
		lower = lower || state != full
		if straight++; state != full {
			straight = 0
		}
		r.Resumed = r.Resumed || lower && straight >= resumedFor
	}
	r.Early = earlier == silent || earlier == other
	if r.Resumed {
		r.Changed = p.lost + p.repeated
	}
	if first.Kind == Interruption {
		r.Taken = r.Silence >= 0 && !p.playing(l, last.To+settled)
		r.heard(first, l)
		return
	}
	r.Lost = !p.back(l, last.To+backWithin)
	r.False = len(l.Requests)
}

// playing says whether the line is heard from a position on.
func (p playback) playing(l Log, from int64) bool {
	straight := 0
	for f, state := range p.frames {
		if l.position(f) < from {
			continue
		}
		if straight++; state != full && state != ducked {
			straight = 0
		}
		if straight >= resumedFor {
			return true
		}
	}
	return false
}

// back says whether the line is at its full level at a position, and is
// played to its end afterwards.
func (p playback) back(l Log, at int64) bool {
	if p.ended < 0 {
		return false
	}
	f := int((at - l.From + Frame - 1) / Frame)
	return f >= len(p.frames) || p.frames[f] == full || p.frames[f] == after
}

// listening judges an item in which the robot listens.
func (r *Result) listening(t Truth, l Log) {
	turn, ok := t.span(Turn)
	if !ok {
		r.False = len(l.Requests)
		return
	}
	sounding := false
	for f := 0; (f+1)*Frame <= len(l.Robot); f++ {
		was := sounding
		sounding = level(l.Robot[f*Frame:(f+1)*Frame]) >= 2
		at := l.position(f)
		switch {
		case at < turn.From:
			if sounding && !was {
				r.False++
			}
		case at < turn.To:
			r.CutOff = r.CutOff || sounding
		case sounding && !was && r.Delay < 0:
			r.Delay = ms(at - turn.To)
		}
	}
	r.heard(turn, l)
}

// heard judges whether the words of s came through.
func (r *Result) heard(s Span, l Log) {
	var texts []string
	for _, q := range l.Requests {
		if q.At >= s.From {
			texts = append(texts, q.Text)
		}
	}
	r.Reached = len(texts) > 0 && (l.Deaf || strings.Contains(letters(strings.Join(texts, "")), letters(s.Text)))
	r.Unheard = true
	for _, u := range l.Utterances {
		if u.To > s.From && u.From < s.To {
			r.Clipped = ms(max(u.From-s.From, 0))
			r.Unheard = false
			return
		}
	}
}

// letters leaves what a text is told by: no spaces, no punctuation.
func letters(text string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsLetter(c) || unicode.IsDigit(c) {
			return unicode.ToLower(c)
		}
		return -1
	}, text)
}
