package agent

import (
	"fmt"
	"net/netip"
	"time"
)

// Config bounds what agents do.
type Config struct {
	// FirstTimeout is from a request to the first piece of the model's answer,
	// GapTimeout between two pieces.
	FirstTimeout time.Duration `yaml:"first_timeout"`
	GapTimeout   time.Duration `yaml:"gap_timeout"`
	// LineTimeout is from the request to the first line that can be spoken,
	// with the second try, if there is one.
	LineTimeout time.Duration `yaml:"line_timeout"`
	// MaxAnswer is the longest answer in characters; more of it is not said.
	MaxAnswer int `yaml:"max_answer"`
	// MaxRounds is how often in one answer the model may be asked again with
	// what tools have given.
	MaxRounds int `yaml:"max_rounds"`
	// MaxHistory is how many exchanges are remembered.
	MaxHistory int `yaml:"max_history"`
	// ToolTimeout is for tools that name none.
	ToolTimeout time.Duration `yaml:"tool_timeout"`
	// AllowNetworks are private networks that tools may reach.
	AllowNetworks []string `yaml:"allow_networks"`
}

// Defaults keep every fault of a model within five seconds.
func Defaults() Config {
	return Config{
		FirstTimeout: 3 * time.Second, GapTimeout: 3 * time.Second, LineTimeout: 4500 * time.Millisecond,
		MaxAnswer: 2000, MaxRounds: 5, MaxHistory: 100, ToolTimeout: 5 * time.Second,
	}
}

// Validate reports every value that an agent could not work with.
func (c Config) Validate(report func(key, problem, remedy string)) {
	for _, t := range []struct {
		key   string
		value time.Duration
	}{
		{"first_timeout", c.FirstTimeout}, {"gap_timeout", c.GapTimeout}, {"line_timeout", c.LineTimeout}, {"tool_timeout", c.ToolTimeout},
	} {
		if t.value < 100*time.Millisecond || t.value > time.Minute {
			report(t.key, "is "+t.value.String(), "use 100ms to 1m")
		}
	}
	for _, n := range []struct {
		key         string
		value, most int
	}{{"max_answer", c.MaxAnswer, 20000}, {"max_rounds", c.MaxRounds, 20}, {"max_history", c.MaxHistory, 1000}} {
		if n.value < 1 || n.value > n.most {
			report(n.key, fmt.Sprintf("is %d", n.value), fmt.Sprintf("use 1 to %d", n.most))
		}
	}
	for i, n := range c.AllowNetworks {
		if _, err := netip.ParsePrefix(n); err != nil {
			report(fmt.Sprintf("allow_networks[%d]", i), fmt.Sprintf("%q is not a network", n), "use for example 10.1.0.0/16 or 192.168.1.20/32")
		}
	}
}
