package engine

import "time"

// Config bounds a Pool.
type Config struct {
	// Children is how many processes run. A child that computes under a lock
	// of its own uses at most one core.
	Children int `yaml:"children"`
	// Works is how many utterances one child works on at a time. One more
	// than Children × Works is refused with speech.ErrBusy.
	Works int `yaml:"works"`
	// Nice is added to the children's niceness: 0 to 19.
	Nice int `yaml:"nice"`
	// StartTimeout bounds the set-up of a child.
	StartTimeout time.Duration `yaml:"start_timeout"`
	// OpenTimeout bounds how long a new utterance waits for a child that is
	// still starting.
	OpenTimeout time.Duration `yaml:"open_timeout"`
	// Patience is how long a cancelled utterance may go on computing before
	// its child is taken for stuck and killed.
	Patience time.Duration `yaml:"patience"`
	// RestartMin and RestartMax bound the pause before a dead child is
	// started again; it doubles while the child keeps dying.
	RestartMin time.Duration `yaml:"restart_min"`
	RestartMax time.Duration `yaml:"restart_max"`
}

// Defaults suit a machine of two cores.
func Defaults() Config {
	return Config{
		Children:     2,
		Works:        4,
		Nice:         5,
		StartTimeout: 15 * time.Second,
		OpenTimeout:  3 * time.Second,
		Patience:     10 * time.Second,
		RestartMin:   100 * time.Millisecond,
		RestartMax:   10 * time.Second,
	}
}

// Validate reports settings that cannot work.
func (c Config) Validate(report func(key, problem, remedy string)) {
	if c.Children < 1 || c.Children > 256 {
		report("children", "needs 1 to 256 processes", "use as many as there are cores to spare")
	}
	if c.Works < 1 || c.Works > 1000 {
		report("works", "needs 1 to 1000 utterances per process", "use 4")
	}
	if c.Nice < 0 || c.Nice > 19 {
		report("nice", "is outside 0 to 19", "use 5")
	}
	for key, d := range map[string]time.Duration{
		"start_timeout": c.StartTimeout, "open_timeout": c.OpenTimeout, "patience": c.Patience, "restart_min": c.RestartMin,
	} {
		if d <= 0 {
			report(key, "is not above zero", "use a time such as 3s")
		}
	}
	if c.RestartMax < c.RestartMin {
		report("restart_max", "is below restart_min", "use 10s")
	}
}
