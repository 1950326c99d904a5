package openai

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"parley/speech"
)

// Config of one model.
type Config struct {
	// Name is what the configuration calls the model.
	Name string `yaml:"name"`
	// Protocol is openai, azure or minimax: how the key is sent and a fault is
	// told.
	Protocol string `yaml:"protocol"`
	// URL is the base ("https://api.openai.com/v1") or the whole address of
	// the completions, with its query.
	URL   string        `yaml:"url"`
	Key   speech.Secret `yaml:"key"`
	Model string        `yaml:"model"`
	// Temperature is sent if it is 0 or more.
	Temperature float64 `yaml:"temperature"`
	// MaxTokens is asked of the server; 0: its own limit.
	MaxTokens int `yaml:"max_tokens"`
	// MaxAnswer bounds text and calls of one answer in bytes.
	MaxAnswer int `yaml:"max_answer"`

	ConnectTimeout time.Duration `yaml:"connect_timeout"` // TCP and TLS
	FirstTimeout   time.Duration `yaml:"first_timeout"`   // from the request to the first piece of the answer
	GapTimeout     time.Duration `yaml:"gap_timeout"`     // between two pieces
	TotalTimeout   time.Duration `yaml:"total_timeout"`   // the whole answer
}

// The protocols.
const (
	ProtocolOpenAI  = "openai"
	ProtocolAzure   = "azure"
	ProtocolMiniMax = "minimax"
)

var protocols = []string{ProtocolOpenAI, ProtocolAzure, ProtocolMiniMax}

// Defaults are those of OpenAI's own service; name, key and model are missing.
func Defaults() Config {
	return Config{
		Protocol: ProtocolOpenAI, URL: "https://api.openai.com/v1", Temperature: -1, MaxTokens: 500, MaxAnswer: 16384,
		ConnectTimeout: 2 * time.Second, FirstTimeout: 4 * time.Second, GapTimeout: 3 * time.Second, TotalTimeout: time.Minute,
	}
}

// SetDefaults makes an item of a list begin with Defaults.
func (c *Config) SetDefaults() { *c = Defaults() }

// Validate reports settings that cannot work.
func (c Config) Validate(report func(key, problem, remedy string)) {
	if c.Name == "" || strings.Contains(c.Name, ":") {
		report("name", fmt.Sprintf("%q is no name", c.Name), "give a name without a colon, for example gpt")
	}
	if !slices.Contains(protocols, c.Protocol) {
		report("protocol", fmt.Sprintf("is %q", c.Protocol), "use "+strings.Join(protocols, ", "))
	}
	if u, err := url.Parse(c.URL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		report("url", "is no http or https address", "use for example https://api.openai.com/v1")
	} else if u.User != nil {
		report("url", "has a user or password in it", "give the key as key")
	} else if c.Protocol == ProtocolAzure && u.Query().Get("api-version") == "" && !strings.Contains(u.Path, "/openai/v1") {
		report("url", "says no api-version", "end it with ?api-version=2024-10-21 or the like")
	}
	if c.Model == "" {
		report("model", "is empty", "name the model, or Azure's deployment")
	}
	if c.Temperature > 2 {
		report("temperature", "is above 2", "use 0 to 2, or -1 for the model's own")
	}
	if c.MaxTokens < 0 {
		report("max_tokens", "is negative", "use 500, or 0 for the server's own limit")
	}
	if c.MaxAnswer < 100 || c.MaxAnswer > 1<<20 {
		report("max_answer", "is outside 100 to 1048576 bytes", "use 16384")
	}
	for _, t := range []struct {
		key   string
		value time.Duration
	}{
		{"connect_timeout", c.ConnectTimeout}, {"first_timeout", c.FirstTimeout}, {"gap_timeout", c.GapTimeout}, {"total_timeout", c.TotalTimeout},
	} {
		if t.value <= 0 {
			report(t.key, "is not above zero", "use a time such as 5s")
		}
	}
}

// endpoint is where completions are asked for: the URL itself if it is that
// already, else what stands below the base.
func (c Config) endpoint() (*url.URL, error) {
	u, err := url.Parse(c.URL)
	if err != nil {
		return nil, fmt.Errorf("openai: the URL of %s cannot be read", c.Name) // the reason would quote it
	}
	path := strings.TrimRight(u.Path, "/")
	switch {
	case strings.HasSuffix(path, "/chat/completions"), strings.HasSuffix(path, "/chatcompletion_v2"):
	case c.Protocol == ProtocolAzure && !strings.Contains(path, "/deployments/") && !strings.Contains(path, "/openai/v1"):
		path += "/openai/deployments/" + url.PathEscape(c.Model) + "/chat/completions"
	default:
		path += "/chat/completions"
	}
	u.Path = path
	return u, nil
}
