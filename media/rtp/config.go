package rtp

import (
	"fmt"
	"net/netip"
	"time"

	"parley/media"
)

// Config says where calls send and receive their audio.
type Config struct {
	// Address of this machine that media is received on.
	Address string `yaml:"address"`
	// MinPort and MaxPort bound the UDP ports; each call takes two.
	MinPort uint16 `yaml:"min_port"`
	MaxPort uint16 `yaml:"max_port"`
	// Jitter is how much audio is held before playing.
	Jitter time.Duration `yaml:"jitter"`
}

// Defaults serve 5000 calls on loopback.
func Defaults() Config {
	return Config{Address: "127.0.0.1", MinPort: 20000, MaxPort: 29999, Jitter: 2 * media.FrameTime}
}

// Validate reports settings that Open would refuse.
func (c Config) Validate(report func(key, problem, remedy string)) {
	if _, err := netip.ParseAddr(c.Address); err != nil {
		report("address", fmt.Sprintf("%q is not an IP address", c.Address), "use an address of this machine such as 192.0.2.1")
	}
	if c.MinPort < 1024 || c.MaxPort <= c.MinPort {
		report("min_port", fmt.Sprintf("ports %d to %d are no range", c.MinPort, c.MaxPort), "use for example 20000 to 29999")
	}
	if c.Jitter < media.FrameTime || c.Jitter > maxJitter {
		report("jitter", fmt.Sprintf("is %v", c.Jitter), fmt.Sprintf("use %v to %v", media.FrameTime, maxJitter))
	}
}

// Pool makes the Pool that c describes.
func (c Config) Pool() (*Pool, error) {
	addr, err := netip.ParseAddr(c.Address)
	if err != nil {
		return nil, fmt.Errorf("rtp: %w", err)
	}
	p, err := NewPool(addr, c.MinPort, c.MaxPort)
	if err != nil {
		return nil, err
	}
	p.jitter = c.Jitter
	return p, nil
}
