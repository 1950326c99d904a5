package overload

import (
	"fmt"
	"time"
)

// Config says when there is too much.
type Config struct {
	// SetupDelay is how long an INVITE may wait for our decision, on average.
	// 0: it does not matter.
	SetupDelay time.Duration `yaml:"setup_delay"`
	// CPU is the part of all cores that the process may use. 0: it does not
	// matter.
	CPU float64 `yaml:"cpu"`
}

// Defaults leaves a tenth of the processor to media that come in bunches.
func Defaults() Config { return Config{SetupDelay: 250 * time.Millisecond, CPU: 0.9} }

// Validate reports every problem in c.
func (c Config) Validate(report func(key, problem, remedy string)) {
	if c.SetupDelay != 0 && c.SetupDelay < 20*time.Millisecond {
		report("setup_delay", fmt.Sprintf("is %v", c.SetupDelay), "use 20ms or more, or 0s to disregard it")
	}
	if c.CPU < 0 || c.CPU > 1 {
		report("cpu", fmt.Sprintf("is %v", c.CPU), "use 0 to 1: a part of all cores")
	}
}
