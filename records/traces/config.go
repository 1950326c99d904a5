package traces

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"parley/call"
)

// Config says where traces go.
type Config struct {
	// Endpoint is the collector's URL for OTLP over HTTP; empty: no traces.
	Endpoint string `yaml:"endpoint"`
	// Headers go with every request, for example Authorization.
	Headers []Header `yaml:"headers"`
	// Ratio is the part of the calls that is traced, 0 to 1. A call that
	// comes with a traceparent does as that says.
	Ratio float64 `yaml:"ratio"`
	// Numbers: callers and called numbers are shown; else their last two
	// digits.
	Numbers bool `yaml:"numbers"`
	// Timeout bounds one request with all of its repetitions.
	Timeout time.Duration `yaml:"timeout"`
}

// Header is one header of the requests.
type Header struct {
	Name  string      `yaml:"name"`
	Value call.Secret `yaml:"value"`
}

// Defaults sends nothing.
func Defaults() Config { return Config{Ratio: 1, Timeout: 10 * time.Second} }

// On tells whether traces are wanted.
func (c Config) On() bool { return c.Endpoint != "" }

// Validate reports every problem in c.
func (c Config) Validate(report func(key, problem, remedy string)) {
	if u, err := url.Parse(c.Endpoint); c.On() && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
		report("endpoint", fmt.Sprintf("%q is not a URL", c.Endpoint), "write http://192.0.2.60:4318/v1/traces")
	}
	for i, h := range c.Headers {
		if h.Name == "" || strings.Trim(strings.ToLower(h.Name), "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			report(fmt.Sprintf("headers[%d].name", i), fmt.Sprintf("%q is not the name of a header", h.Name), "use for example Authorization")
		}
	}
	if !(c.Ratio >= 0 && c.Ratio <= 1) {
		report("ratio", fmt.Sprintf("is %v", c.Ratio), "use 0 to 1; 0.1 traces every tenth call")
	}
	if c.Timeout < 100*time.Millisecond || c.Timeout > time.Minute {
		report("timeout", fmt.Sprintf("is %v", c.Timeout), "use 100ms to 1m")
	}
}
