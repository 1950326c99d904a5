package registrar

import (
	"fmt"
	"strings"
	"time"

	"parley/sip/digest"
)

// Config is the registrar's. Without users there is none.
type Config struct {
	// Realm of the digest that every telephone must show.
	Realm string `yaml:"realm"`
	// Algorithms that are asked for, in that order.
	Algorithms []string `yaml:"algorithms"`
	Users      []User   `yaml:"users"`
	// MinExpires to MaxExpires is how long a contact is kept; shorter ones are
	// refused with 423, longer ones are shortened.
	MinExpires time.Duration `yaml:"min_expires"`
	MaxExpires time.Duration `yaml:"max_expires"`
	// MaxContacts of one user; a further one takes the place of the one that
	// would expire first.
	MaxContacts int `yaml:"max_contacts"`
	// KeepAlive is the time between OPTIONS to each contact, which keep
	// address translations open; 0: none.
	KeepAlive time.Duration `yaml:"keep_alive"`
}

// User is somebody with a telephone.
type User struct {
	Name     string          `yaml:"name"`
	Password digest.Password `yaml:"password"`
}

// Defaults returns a registrar that nobody can register with.
func Defaults() Config {
	return Config{Realm: "parley", Algorithms: digest.DefaultAlgorithms(), MinExpires: time.Minute, MaxExpires: time.Hour, MaxContacts: 5, KeepAlive: 30 * time.Second}
}

// Enabled tells whether there are users.
func (c Config) Enabled() bool { return len(c.Users) > 0 }

// Password returns a user's.
func (c Config) Password(user string) (digest.Password, bool) {
	for _, u := range c.Users {
		if u.Name == user {
			return u.Password, true
		}
	}
	return "", false
}

// Validate reports every problem of c.
func (c Config) Validate(report func(key, problem, remedy string)) {
	if c.Realm == "" || strings.ContainsAny(c.Realm, "\"\\\r\n") {
		report("realm", fmt.Sprintf("is %q", c.Realm), "use a name such as parley")
	}
	digest.ValidateAlgorithms(c.Algorithms, report)
	names := make(map[string]bool)
	for i, u := range c.Users {
		key := fmt.Sprintf("users[%d].", i)
		switch {
		case u.Name == "" || strings.ContainsAny(u.Name, " \t\"<>@:;%\r\n"):
			report(key+"name", fmt.Sprintf("%q is not the user part of an address", u.Name), "use letters and digits")
		case names[u.Name]:
			report(key+"name", fmt.Sprintf("%q is used twice", u.Name), "give each user a name of his own")
		}
		names[u.Name] = true
		if u.Password == "" {
			report(key+"password", "is empty", "write ${env:NAME} or ${file:/path}")
		}
	}
	if c.MinExpires < 10*time.Second || c.MinExpires > time.Hour {
		report("min_expires", fmt.Sprintf("is %v", c.MinExpires), "use 10s to 1h (RFC 3261 §10.3)")
	}
	if c.MaxExpires < c.MinExpires {
		report("max_expires", fmt.Sprintf("is %v, less than min_expires", c.MaxExpires), "use for example 1h")
	}
	if c.MaxContacts < 1 || c.MaxContacts > 100 {
		report("max_contacts", fmt.Sprintf("is %d", c.MaxContacts), "use 1 to 100")
	}
	if c.KeepAlive != 0 && c.KeepAlive < 5*time.Second {
		report("keep_alive", fmt.Sprintf("is %v", c.KeepAlive), "use 5s or more, or 0s for none")
	}
}
