package turn

import (
	"math"
	"time"

	"parley/voice/turn/wording"
)

// Floor is how loud the robot's answer is while somebody may be interrupting
// it. Nothing is lost on any level: a ducked line is heard lower, a held one
// goes on where it stopped.
type Floor uint8

const (
	FloorFull   Floor = iota
	FloorDucked       // lower: there may be speech
	FloorHeld         // silent: there is speech, and it is weighed what it wants
)

func (f Floor) String() string { return [...]string{"full", "ducked", "held"}[f] }

// FloorConfig says how much it takes to lower, hold and cut the robot.
type FloorConfig struct {
	// DuckAfter of what may be speech lowers the robot by Duck (dB, 0 or less).
	DuckAfter time.Duration `yaml:"duck_after"`
	Duck      float64       `yaml:"duck"`
	// HoldAfter of speech beyond doubt silences it while the evidence is
	// weighed. Hums count for a third of their length: "mm-hmm" wants nothing.
	HoldAfter time.Duration `yaml:"hold_after"`
	// ResumeAfter is the silence after which the robot goes on if what was
	// said does not want the floor. Half of that ends a duck.
	ResumeAfter time.Duration `yaml:"resume_after"`
	// Doubt bounds how long it is ducked for sounds that are no clear speech.
	Doubt time.Duration `yaml:"doubt"`
}

// DefaultFloor suits a telephone line.
func DefaultFloor() FloorConfig {
	return FloorConfig{
		DuckAfter: 40 * time.Millisecond, Duck: -12,
		HoldAfter: 100 * time.Millisecond, ResumeAfter: 440 * time.Millisecond,
		Doubt: 500 * time.Millisecond,
	}
}

// Gain is how loud an answer is at a level, 0 to 1.
func (c FloorConfig) Gain(f Floor) float64 {
	switch f {
	case FloorDucked:
		return math.Pow(10, c.Duck/20)
	case FloorHeld:
		return 0
	}
	return 1
}

func (c FloorConfig) validate(report func(key, problem, remedy string)) {
	for key, d := range map[string]time.Duration{
		"floor.duck_after": c.DuckAfter, "floor.hold_after": c.HoldAfter, "floor.resume_after": c.ResumeAfter, "floor.doubt": c.Doubt,
	} {
		if d < FrameTime || d > 5*time.Second {
			report(key, "is "+d.String(), "set it between one frame (20ms) and 5s")
		}
	}
	if c.Duck > 0 || c.Duck < -60 {
		report("floor.duck", "is no attenuation", "use -60 to 0 (dB)")
	}
	if c.HoldAfter < c.DuckAfter {
		report("floor.hold_after", "is less than floor.duck_after", "lower first, then hold")
	}
}

const (
	// heldFor bounds a hold by the clock: the caller's audio may have stopped.
	heldFor = 3 * time.Second
	// A frame of a hum counts for a third of one of clear speech; one of what
	// may be speech for a third when it is weighed who gets the floor, and for
	// half when it is held, which can be taken back.
	humPart, doubtPart, holdPart = 3, 3, 2
	// clearShare of a burst must be clear speech for its length to count.
	clearShare = 5
	// saidAtLeast is how much voice there must be behind a word: a recogniser
	// finds words in anything.
	saidAtLeast = 100 * time.Millisecond
)

// interruptible tells whether the caller may take the floor from an answer
// that is being heard.
func (m *machine) interruptible() bool {
	return m.Agent == Speaking && m.Call == Live && m.Done >= m.Barrier && m.Now >= m.Firm && !m.expected().NoSpeech
}

// evidence is how much speech has been heard in this burst; part is what its
// doubtful frames are divided by.
func (m *machine) evidence(part time.Duration) time.Duration {
	return m.Clear + m.Hum/humPart + (m.Voiced-m.Clear-m.Hum)/part
}

// weigh decides what the caller's burst means for an answer that is being
// heard (requirement V4). It reports whether the floor is his.
func (m *machine) weigh() bool {
	speaks := m.User == Talking || m.User == Pausing
	if !speaks || !m.interruptible() || m.Ignored {
		return false
	}
	need := m.cfg.BargeIn
	switch says, listens := wording.Says(m.cfg.Language, m.Partial), wording.Acknowledges(m.cfg.Language, m.Partial); {
	case says && m.Voiced >= saidAtLeast:
		m.cut("the caller says " + quoted(m.Partial))
		return true
	case listens:
		need *= 2
	}
	clear := m.Clear*clearShare >= m.Voiced
	switch {
	case clear && m.evidence(doubtPart) >= need:
		m.cut("speech for " + m.Voiced.String() + ", clear for " + m.Clear.String())
		return true
	case m.Floor == FloorDucked && !clear && m.Now >= m.FloorAt+m.cfg.Floor.Doubt:
		m.level(FloorFull, "no clear speech in "+m.Spoken.String())
		m.Doubted = true
	case m.Silence > 0:
		m.relent()
	case clear && m.evidence(holdPart) >= m.cfg.Floor.HoldAfter:
		m.level(FloorHeld, "clear speech for "+m.Clear.String())
	case m.Voiced >= m.cfg.Floor.DuckAfter && m.Floor == FloorFull && !m.Doubted:
		m.level(FloorDucked, "sound for "+m.Voiced.String())
	}
	return false
}

// relent brings the robot back after a burst that did not want the floor.
func (m *machine) relent() {
	switch {
	case m.Floor == FloorDucked && m.Silence >= m.cfg.Floor.ResumeAfter/2:
		m.level(FloorFull, "it was nothing")
	case m.Floor == FloorHeld && m.Silence >= m.cfg.Floor.ResumeAfter:
		m.level(FloorFull, "it wants no answer")
	}
}

// level changes how loud the answer is.
func (m *machine) level(to Floor, why string) {
	if m.Floor == to {
		return
	}
	if to == FloorFull {
		m.Progress = m.Now // it has played less than it could
	}
	m.Floor, m.FloorAt = to, m.Now
	m.do(Level{Epoch: m.Epoch, Floor: to})
	m.note("floor."+to.String(), why)
}

// consider ends the utterance of a burst over the robot's voice, so that its
// words are known when it is decided whether the robot goes on. What was hardly
// voiced has none, and over a line that cannot be interrupted they do not count.
func (m *machine) consider() {
	switch {
	case !m.Open || m.Agent != Speaking || m.Silence < m.cfg.Floor.ResumeAfter/2:
	case m.Clear+m.Hum >= saidAtLeast && m.interruptible():
		m.stopUtterance()
	default:
		m.abandon()
	}
}

// judged deals with the final text of a burst over the robot's voice. What
// wants the floor gets it, however late.
func (m *machine) judged() {
	if m.Agent != Speaking || m.Call != Live {
		return
	}
	wants := ""
	kept := m.Fragments[:0]
	for _, f := range m.Fragments {
		switch {
		case !f.Final:
			kept = append(kept, f)
		case f.Err == nil && wording.Says(m.cfg.Language, f.Text) && m.interruptible():
			kept = append(kept, f)
			wants = f.Text
		default:
			m.note("turn.ignored", "the caller says "+quoted(f.Text))
		}
	}
	m.Fragments = kept
	switch {
	case wants != "":
		m.cut("the caller said " + quoted(wants))
		if m.User == Quiet || m.User == Onset { // and is silent by now
			m.User = Pausing
			m.Spoken = max(m.Spoken, FrameTime)
		}
	case len(kept) == 0 && !m.Open && m.Silence > 0:
		m.level(FloorFull, "it wants no answer")
	}
}

func quoted(text string) string {
	if text == "" {
		return "nothing that is understood"
	}
	return "“" + text + "”"
}
