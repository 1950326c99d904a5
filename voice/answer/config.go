package answer

import "time"

// Policy is what is done with one who answers.
type Policy string

const (
	Continue Policy = "continue" // the conversation begins as with anybody
	Hangup   Policy = "hangup"
	Message  Policy = "message" // when it can be left, a message is, and that is all
	Wait     Policy = "wait"    // nothing is said until somebody else is found to be there
)

// Policies are all of them.
var Policies = []Policy{Continue, Hangup, Message, Wait}

// Config is how one judges who answers, and what is done then.
type Config struct {
	// Detect: calls that we make are judged.
	Detect bool `yaml:"detect"`

	// Sure is the confidence from which a verdict is given at once, Lean that
	// from which it is given at DecideBy after the answer. At Deadline it is
	// given as the evidence stands.
	Sure     float64       `yaml:"sure"`
	Lean     float64       `yaml:"lean"`
	DecideBy time.Duration `yaml:"decide_by"`
	Deadline time.Duration `yaml:"deadline"`
	// Silence after the answer without any speech: nobody speaks.
	Silence time.Duration `yaml:"silence"`
	// Settle is the silence after which a person may be spoken to.
	Settle time.Duration `yaml:"settle"`
	// NoBeep is the silence after a machine's greeting without a beep; MaxGreeting
	// ends the wait for either.
	NoBeep      time.Duration `yaml:"no_beep"`
	MaxGreeting time.Duration `yaml:"max_greeting"`
	// BeepMin and BeepMax are how long a beep is.
	BeepMin time.Duration `yaml:"beep_min"`
	BeepMax time.Duration `yaml:"beep_max"`
	// MaxAlert ends the time before the answer; Watch is how long after it a
	// verdict may be corrected.
	MaxAlert time.Duration `yaml:"max_alert"`
	Watch    time.Duration `yaml:"watch"`

	// What is done: OnMachine with answering machines, and so on. People are
	// always talked to.
	OnMachine   Policy `yaml:"on_machine"`
	OnScreening Policy `yaml:"on_screening"`
	OnAssistant Policy `yaml:"on_assistant"`
	OnSilence   Policy `yaml:"on_silence"`
	// Message is what is left on a machine; empty: the conversation's own
	// words, which know who is there.
	Message string `yaml:"message"`

	// Language is what is spoken, a BCP 47 tag: how words are read.
	Language string `yaml:"-"`
}

// Defaults were tuned on greetings of people and machines.
func Defaults() Config {
	return Config{
		Detect: true,
		Sure:   0.93, Lean: 0.55,
		DecideBy: 2920 * time.Millisecond, Deadline: 8 * time.Second, Silence: 5 * time.Second,
		Settle: 400 * time.Millisecond,
		NoBeep: 2500 * time.Millisecond, MaxGreeting: 45 * time.Second,
		BeepMin: 120 * time.Millisecond, BeepMax: 2 * time.Second,
		MaxAlert: 3 * time.Minute, Watch: time.Minute,
		OnMachine: Hangup, OnScreening: Continue, OnAssistant: Continue, OnSilence: Continue,
	}
}

// Of returns what is done with who.
func (c Config) Of(who Who) Policy {
	switch who {
	case Machine, Beep:
		return c.OnMachine
	case Screening:
		return c.OnScreening
	case Assistant:
		return c.OnAssistant
	case Silence:
		return c.OnSilence
	case Fax, Network:
		return Hangup
	}
	return Continue
}

// Validate reports every value that would make the machine misbehave.
func (c Config) Validate(report func(key, problem, remedy string)) {
	for _, p := range []struct {
		key string
		is  float64
	}{{"sure", c.Sure}, {"lean", c.Lean}} {
		if p.is < 0.5 || p.is > 0.999 {
			report(p.key, "is no confidence", "use 0.5 to 0.999")
		}
	}
	if c.Lean > c.Sure {
		report("lean", "is more than sure", "use sure or less")
	}
	for _, d := range []struct {
		key string
		is  time.Duration
	}{
		{"decide_by", c.DecideBy}, {"deadline", c.Deadline}, {"silence", c.Silence}, {"settle", c.Settle}, {"no_beep", c.NoBeep},
		{"max_greeting", c.MaxGreeting}, {"beep_min", c.BeepMin}, {"beep_max", c.BeepMax}, {"max_alert", c.MaxAlert}, {"watch", c.Watch},
	} {
		if d.is < FrameTime || d.is > time.Hour {
			report(d.key, "is "+d.is.String(), "set it between one frame (20ms) and 1h")
		}
	}
	if c.Deadline < c.DecideBy {
		report("deadline", "is before decide_by", "use decide_by or more")
	}
	if c.BeepMax < c.BeepMin {
		report("beep_max", "is less than beep_min", "use beep_min or more")
	}
	for _, p := range []struct {
		key string
		is  Policy
	}{{"on_machine", c.OnMachine}, {"on_screening", c.OnScreening}, {"on_assistant", c.OnAssistant}, {"on_silence", c.OnSilence}} {
		switch p.is {
		case Continue, Hangup, Message, Wait:
		default:
			report(p.key, "is no policy", "use continue, hangup, message or wait")
		}
	}
}
