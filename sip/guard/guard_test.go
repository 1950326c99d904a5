package guard

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"time"
)

var (
	ann   = netip.MustParseAddr("192.0.2.1")
	bob   = netip.MustParseAddr("192.0.2.2")
	start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	call  = []byte("INVITE sip:1@x SIP/2.0\r\nVia: x\r\nUser-Agent: Polycom\r\n\r\n")
)

func guard(tune ...func(*Config)) (*Guard, *bytes.Buffer) {
	cfg := Defaults()
	for _, f := range tune {
		f(&cfg)
	}
	var log bytes.Buffer
	return New(cfg, slog.New(slog.NewTextHandler(&log, nil))), &log
}

// admitted counts how many of n messages at one moment pass.
func admitted(g *Guard, now time.Time, from netip.Addr, trusted bool, n int) (passed int) {
	for range n {
		if g.Admits(now, from, trusted, call) {
			passed++
		}
	}
	return passed
}

func TestRate(t *testing.T) {
	g, log := guard(func(c *Config) { c.Rate, c.Burst, c.TrunkRate, c.TrunkBurst = 10, 20, 1000, 1000 })
	for _, c := range []struct {
		after   time.Duration
		from    netip.Addr
		trusted bool
		n, want int
	}{
		{0, ann, false, 30, 20},
		{0, bob, false, 5, 5}, // another one is not concerned
		{time.Second, ann, false, 30, 10},
		{1100 * time.Millisecond, ann, false, 30, 1},
		{time.Hour, ann, false, 30, 20}, // no more than a burst is saved up
		{time.Hour, netip.MustParseAddr("192.0.2.9"), true, 500, 500},
		{time.Hour, netip.MustParseAddr("192.0.2.9"), true, 600, 500}, // trunks have a limit too
	} {
		if got := admitted(g, start.Add(c.after), c.from, c.trusted, c.n); got != c.want {
			t.Errorf("%v at %v: %d of %d pass, want %d", c.from, c.after, got, c.n, c.want)
		}
	}
	if got := g.Stats().Flood; got != 10+20+29+10+100 {
		t.Errorf("%d counted", got)
	}
	if n := strings.Count(log.String(), "event=flood source=192.0.2.1"); n != 2 {
		t.Errorf("%d lines, want one a minute and source:\n%s", n, log)
	}
	unlimited, _ := guard(func(c *Config) { c.Rate = 0 })
	if got := admitted(unlimited, start, ann, false, 1000); got != 1000 {
		t.Errorf("%d of 1000 pass without a limit", got)
	}
}

func TestScanners(t *testing.T) {
	message := func(lines string) []byte {
		return []byte(strings.ReplaceAll("OPTIONS sip:100@192.0.2.5 SIP/2.0\nVia: SIP/2.0/UDP 1.2.3.4\n"+lines+"\n", "\n", "\r\n"))
	}
	for lines, passes := range map[string]bool{
		"User-Agent: friendly-scanner\n":                                 false,
		"USER-AGENT : SIPVicious 0.3\n":                                  false,
		"X-A: 1\nuser-agent:sipcli/v1.8\nTo: x\n":                        false,
		"User-Agent: VaxSIPUserAgent/3.1\n":                              false,
		"User-Agent: Polycom\n":                                          true,
		"User-Agent:\n":                                                  true,
		"User-Agents: sipvicious\n":                                      true,
		"Subject: sipvicious\n":                                          true,
		"\nUser-Agent: sipvicious\n":                                     true, // in the body
		"X: " + strings.Repeat("y", 5000) + "\nUser-Agent: sipvicious\n": true,
	} {
		g, log := guard()
		m := message(lines)
		if got := g.Admits(start, ann, false, m); got != passes {
			t.Errorf("%.40q passes: %v", lines, got)
		}
		if !g.Admits(start, bob, true, m) {
			t.Errorf("%.40q of a trunk does not pass", lines)
		}
		if passes == strings.Contains(log.String(), "event=scanner source=192.0.2.1") {
			t.Errorf("%.40q: log %s", lines, log)
		}
	}
}

func TestBan(t *testing.T) {
	g, log := guard(func(c *Config) { c.BanAfter, c.BanWithin, c.Ban = 5, time.Minute, time.Hour })
	now := start
	fail := func(from netip.Addr, trusted bool, n int) {
		for range n {
			g.Failed(now, from, trusted, AuthFailed, slog.String("user", "x"))
		}
	}
	fail(ann, false, 4)
	if !g.Admits(now, ann, false, call) {
		t.Error("four failures ban already")
	}
	now = now.Add(30 * time.Second) // half of them are forgotten
	fail(ann, false, 2)
	if !g.Admits(now, ann, false, call) {
		t.Error("failures do not leak away")
	}
	g.Proved(ann)
	fail(ann, false, 4)
	if !g.Admits(now, ann, false, call) {
		t.Error("proof does not count")
	}
	fail(ann, false, 1)
	if g.Admits(now, ann, false, call) || g.Admits(now.Add(59*time.Minute), ann, false, call) {
		t.Error("five failures do not ban")
	}
	if _, ok := g.Connect(now, ann, false); ok {
		t.Error("a banned source connects")
	}
	if !g.Admits(now.Add(61*time.Minute), ann, false, call) {
		t.Error("the ban never ends")
	}
	fail(bob, true, 100)
	if !g.Admits(now, bob, true, call) {
		t.Error("a trunk is banned")
	}
	if n := strings.Count(log.String(), "event=banned source=192.0.2.1 for=1h0m0s"); n != 1 || g.Stats().Bans != 1 {
		t.Errorf("%d bans told, %+v", n, g.Stats())
	}
	never, _ := guard(func(c *Config) { c.BanAfter = 0 })
	for range 1000 {
		never.Failed(now, ann, false, Stranger)
	}
	if !never.Admits(now, ann, false, call) {
		t.Error("banned although bans are off")
	}
}

func TestIPv6CountsByNetwork(t *testing.T) {
	g, _ := guard(func(c *Config) { c.Rate, c.Burst = 1, 10 })
	passed := 0
	for i := range 100 {
		passed += admitted(g, start, netip.MustParseAddr(fmt.Sprintf("2001:db8:0:1::%x", i)), false, 1)
	}
	if passed != 10 {
		t.Errorf("%d pass", passed)
	}
	if got := admitted(g, start, netip.MustParseAddr("2001:db8:0:2::1"), false, 20); got != 10 {
		t.Errorf("another network: %d pass", got)
	}
	if got := admitted(g, start, netip.MustParseAddr("::ffff:192.0.2.1"), false, 20) + admitted(g, start, ann, false, 20); got != 10 {
		t.Errorf("an IPv4 address in both forms: %d pass", got)
	}
}

func TestConnections(t *testing.T) {
	g, _ := guard(func(c *Config) { c.Connections, c.TrunkConnections, c.MaxConnections = 3, 5, 7 })
	var open []func()
	connect := func(from netip.Addr, trusted bool) bool {
		release, ok := g.Connect(start, from, trusted)
		if ok {
			open = append(open, release)
		}
		return ok
	}
	count := func(from netip.Addr, trusted bool) (n int) {
		for range 10 {
			if connect(from, trusted) {
				n++
			}
		}
		return n
	}
	if n := count(ann, false); n != 3 {
		t.Errorf("%d for one source", n)
	}
	if n := count(bob, true); n != 4 { // all together
		t.Errorf("%d for a trunk", n)
	}
	for _, release := range open {
		release()
	}
	if n := count(bob, true); n != 5 || g.Stats().Connections != 5 {
		t.Errorf("%d for a trunk alone, %+v", n, g.Stats())
	}
}

// A flood from many addresses takes no more memory than a few, and does not
// wash away who is banned or connected before others.
func TestMemoryIsFixed(t *testing.T) {
	g, _ := guard(func(c *Config) { c.Sources, c.BanAfter = shards*64, 1 })
	g.Failed(start, ann, false, AuthFailed)
	release, _ := g.Connect(start, bob, false)
	for i := range 200_000 {
		a := netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
		g.Admits(start.Add(time.Duration(i)), a, false, call)
	}
	known := 0
	for i := range g.sources.shards {
		known += len(g.sources.shards[i].index)
		if len(g.sources.shards[i].slots) != 65 {
			t.Fatal("a shard has grown")
		}
	}
	if known != shards*64 {
		t.Errorf("%d sources are known", known)
	}
	if g.Admits(start.Add(time.Second), ann, false, call) {
		t.Error("the ban has been washed away")
	}
	release()
	if g.Stats().Connections != 0 {
		t.Errorf("%+v", g.Stats())
	}
}

func TestLogIsBounded(t *testing.T) {
	g, log := guard(func(c *Config) { c.BanAfter = 0 })
	for i := range 10_000 {
		g.Failed(start, ann, false, AuthFailed, slog.String("user", fmt.Sprint("a\" source=192.0.2.2 ", i)))
	}
	g.Failed(start.Add(2*time.Second), ann, false, AuthFailed)
	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	if len(lines) != linesPerSecond+1 || !strings.HasSuffix(lines[len(lines)-1], fmt.Sprintf("omitted=%d", 10_000-linesPerSecond)) {
		t.Errorf("%d lines, the last %s", len(lines), lines[len(lines)-1])
	}
}

func TestNothingIsAllocated(t *testing.T) {
	g, _ := guard()
	i := 0
	if n := testing.AllocsPerRun(1000, func() {
		i++
		g.Admits(start, netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), false, call)
	}); n > 0.1 { // maps move now and then
		t.Errorf("%v allocations for each message", n)
	}
}

func TestConfig(t *testing.T) {
	problems := func(c Config) string {
		var keys []string
		c.Validate(func(key, problem, remedy string) { keys = append(keys, key) })
		return strings.Join(keys, " ")
	}
	if got := problems(Defaults()); got != "" {
		t.Errorf("the defaults: %s", got)
	}
	for want, tune := range map[string]func(*Config){
		"rate": func(c *Config) { c.Rate = -1 }, "burst": func(c *Config) { c.Burst = 0 }, "trunk_burst": func(c *Config) { c.TrunkBurst = 1 },
		"connections": func(c *Config) { c.Connections = 0 }, "idle": func(c *Config) { c.Idle = time.Second },
		"ban_after": func(c *Config) { c.BanAfter = -1 }, "ban_within": func(c *Config) { c.BanWithin = 0 }, "ban": func(c *Config) { c.Ban = 0 },
		"sources": func(c *Config) { c.Sources = 1 }, "agents[0]": func(c *Config) { c.Agents = []string{"a"} },
	} {
		c := Defaults()
		tune(&c)
		if got := problems(c); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func BenchmarkAdmits(b *testing.B) {
	g, _ := guard(func(c *Config) { c.Rate = 0 })
	b.ReportAllocs()
	b.RunParallel(func(p *testing.PB) {
		now := time.Now()
		for i := 0; p.Next(); i++ {
			g.Admits(now, netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), false, call)
		}
	})
}
