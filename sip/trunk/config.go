package trunk

import (
	"time"

	"parley/sip/digest"
	"parley/sip/stir"
)

// Config is one trunk.
type Config struct {
	// Name is the trunk's, for routes, records and metrics.
	Name string `yaml:"name"`
	// Addresses may call in over the trunk.
	Addresses []CIDR `yaml:"addresses"`
	// Host is where calls go: a name or address, with or without a port. A
	// trunk without host takes calls to any address that its target names.
	Host string `yaml:"host"`
	// Transport is "udp", "tcp", "tls", "ws" or "wss"; empty: as DNS says,
	// else udp.
	Transport string `yaml:"transport"`
	// OutboundProxy gets the trunk's requests instead of Host: host[:port].
	OutboundProxy string `yaml:"outbound_proxy"`
	// Domain is the host part of our own identity; empty: our address.
	Domain string `yaml:"domain"`

	// TLS is how the peer is recognised, and we to it.
	TLS      TLS      `yaml:"tls"`
	Auth     Auth     `yaml:"auth"`
	Demand   Demand   `yaml:"demand"`
	Register Register `yaml:"register"`
	Qualify  Qualify  `yaml:"qualify"`

	// MaxChannels bounds the calls that are up at once, MaxCPS the calls that
	// begin in a second, both directions together. 0: no limit.
	MaxChannels int     `yaml:"max_channels"`
	MaxCPS      float64 `yaml:"max_cps"`

	// Allow lists prefixes of numbers that may be called over the trunk, as
	// they are before Called.Out rewrites them; "*" is every number, and none
	// the default. Deny lists exceptions.
	Allow []string `yaml:"allow"`
	Deny  []string `yaml:"deny"`

	Called   Numbers  `yaml:"called"`
	Caller   Numbers  `yaml:"caller"`
	CallerID CallerID `yaml:"caller_id"`
	// Identity is what is done about Identity headers (RFC 8224) of calls that
	// come in: Off, Record, Verify (the call goes on whatever is found) or
	// Require. Sign vouches for the callers of those that go out.
	Identity string       `yaml:"identity"`
	Sign     stir.Signing `yaml:"sign"`
	Headers  Headers      `yaml:"headers"`

	// Codecs replaces the server's list; empty: the same.
	Codecs []string `yaml:"codecs"`
	// SRTP is Off, Optional or Required; PRACK is Off, Supported or Required.
	SRTP string `yaml:"srtp"`
	// DTMF is how digits go out: DTMFEvents (RFC 4733, as tones to a party that
	// does not know it), DTMFInfo (SIP INFO) or DTMFInband (tones).
	DTMF         string       `yaml:"dtmf"`
	PRACK        string       `yaml:"prack"`
	SessionTimer SessionTimer `yaml:"session_timer"`
	// Refer is Refuse or Accept: what is done about a REFER of the peer's.
	Refer string `yaml:"refer"`
	// Redirects is how many 3xx are followed in one call.
	Redirects int `yaml:"redirects"`
	// EarlyMedia passes audio before the answer, both ways.
	EarlyMedia bool `yaml:"early_media"`
}

// Registrar is the name of the trunk that calls of registered telephones come
// over. No other trunk can have it.
const Registrar = "registrar"

// What a trunk may say of SRTP, PRACK, REFER and Identity.
const (
	Off        = "off"
	Optional   = "optional"
	Supported  = "supported"
	Required   = "required"
	Refuse     = "refuse"
	Accept     = "accept"
	DTMFEvents = "rfc4733"
	DTMFInfo   = "info"
	DTMFInband = "inband"
	Record     = "record"
	Verify     = "verify"
	Require    = "require"
)

// TLS says how a peer that we connect to is recognised, and how it recognises
// us. All files are PEM.
type TLS struct {
	// CA is a file of authorities; empty: those of the system.
	CA string `yaml:"ca"`
	// Name is what the peer's certificate has to be made out to; empty: the
	// host.
	Name string `yaml:"name"`
	// Certificate and Key are shown to a peer that asks for them.
	Certificate string `yaml:"certificate"`
	Key         string `yaml:"key"`
	// Insecure takes any certificate.
	Insecure bool `yaml:"insecure"`
}

// Auth is who we are to the peer.
type Auth struct {
	// Username is the user part of our address of record.
	Username string `yaml:"username"`
	// AuthName is the name for digest, if it is another.
	AuthName string          `yaml:"auth_name"`
	Password digest.Password `yaml:"password"`
	// Realm bounds where the password is used; empty: wherever it is asked
	// for by the peer.
	Realm string `yaml:"realm"`
}

// Demand is the digest that the peer must show when it calls.
type Demand struct {
	Username string          `yaml:"username"`
	Password digest.Password `yaml:"password"`
	Realm    string          `yaml:"realm"`
	// Algorithms that are asked for, in that order.
	Algorithms []string `yaml:"algorithms"`
}

// On tells whether digest is demanded.
func (d Demand) On() bool { return d.Username != "" }

// Register says where we register.
type Register struct {
	// Registrars are host[:port], first choice first.
	Registrars []string `yaml:"registrars"`
	// All registers with all of them; else with the first that works.
	All bool `yaml:"all"`
	// Expires is asked for; the registrar may shorten it.
	Expires time.Duration `yaml:"expires"`
	// ContactUser is the user part of our Contact, to which calls come back;
	// empty: the user name.
	ContactUser string `yaml:"contact_user"`
	// BackoffMin to BackoffMax is waited after a failure, doubling.
	BackoffMin time.Duration `yaml:"backoff_min"`
	BackoffMax time.Duration `yaml:"backoff_max"`
}

// Qualify says how OPTIONS find out whether the peer is there.
type Qualify struct {
	// Every is the time between two of them; 0: none is sent.
	Every   time.Duration `yaml:"every"`
	Timeout time.Duration `yaml:"timeout"`
	// Failures in a row make the trunk down.
	Failures int `yaml:"failures"`
}

// SessionTimer is what we ask for by RFC 4028.
type SessionTimer struct {
	// Interval is the session's longest life without a refresh; 0: we ask
	// for none, and still keep to one that the peer asks for.
	Interval time.Duration `yaml:"interval"`
	// MinSE is the least that we accept.
	MinSE time.Duration `yaml:"min_se"`
	// Refresher is "uac", "uas" or "auto".
	Refresher string `yaml:"refresher"`
}

// SetDefaults makes c what a trunk is of which nothing is said.
func (c *Config) SetDefaults() {
	*c = Config{
		Demand:   Demand{Algorithms: digest.DefaultAlgorithms()},
		Register: Register{Expires: time.Hour, BackoffMin: 5 * time.Second, BackoffMax: 5 * time.Minute},
		Qualify:  Qualify{Timeout: 4 * time.Second, Failures: 3},
		CallerID: CallerID{From: FromCaller, Send: SendNone, Detours: SendNone, Trusted: true},
		Headers:  Headers{In: []string{"X-*"}, Out: []string{"X-*"}, Set: map[string]string{}},
		Identity: Record, Sign: stir.Signing{Attest: stir.Attests},
		SRTP: Off, DTMF: DTMFEvents, PRACK: Supported, Refer: Refuse,
		SessionTimer: SessionTimer{MinSE: 90 * time.Second, Refresher: "auto"},
		Redirects:    5, EarlyMedia: true,
	}
}

// Registers tells whether the trunk registers with somebody.
func (c Config) Registers() bool { return len(c.Register.Registrars) > 0 }

// Default returns a trunk of which nothing is said but its name.
func Default(name string) Config {
	var c Config
	c.SetDefaults()
	c.Name = name
	return c
}

// Group is a list of trunks, one of which takes a call.
type Group struct {
	Name    string   `yaml:"name"`
	Members []Member `yaml:"members"`
	// HuntOn lists what makes the next member be tried: a status ("503"), a
	// class ("5xx"), a cause's name ("congestion") or a Q.850 value
	// ("q850:34").
	HuntOn HuntOn `yaml:"hunt_on"`
}

// SetDefaults makes g hunt on what says nothing about the called number.
func (g *Group) SetDefaults() {
	*g = Group{HuntOn: HuntOn{"408", "5xx", "congestion", "no-response", "overloaded", "failed"}}
}

// Member is a trunk in a group. Those of the lowest Priority are tried first;
// among them Weight says how often each is the first.
type Member struct {
	Trunk    string `yaml:"trunk"`
	Priority int    `yaml:"priority"`
	Weight   int    `yaml:"weight"`
}

// SetDefaults makes m one of equals.
func (m *Member) SetDefaults() { *m = Member{Priority: 1, Weight: 1} }
