package locate

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/miekg/dns"
)

// payload is what a UDP answer may measure (RFC 9715).
const payload = 1232

// client asks DNS servers and keeps what they say.
type client struct {
	servers []string
	search  *dns.ClientConfig // nil: names stand as they are
	timeout time.Duration
	cache   cache
}

func newClient(cfg Config) (*client, error) {
	c := &client{timeout: cfg.Timeout}
	c.cache.init(time.Now)
	for _, text := range cfg.Servers {
		s, err := server(text)
		if err != nil {
			return nil, fmt.Errorf("DNS server %q: %w", text, err)
		}
		c.servers = append(c.servers, s.String())
	}
	if len(c.servers) > 0 {
		return c, nil
	}
	system, err := dns.ClientConfigFromFile("/etc/resolv.conf")
	if err != nil { // as the C library does without that file
		system = &dns.ClientConfig{Servers: []string{"127.0.0.1"}, Port: "53", Ndots: 1}
	}
	c.search = system
	for _, s := range system.Servers {
		c.servers = append(c.servers, net.JoinHostPort(s, system.Port))
	}
	return c, nil
}

// absent tells whether err is an answer: there is nothing.
func absent(err error) bool { return errors.Is(err, ErrNoName) || errors.Is(err, ErrNoRecord) }

type answer struct {
	records []dns.RR
	err     error
}

// askAll asks for the SRV records of several services at once.
func (c *client) askAll(ctx context.Context, services []service) []answer {
	answers := make([]answer, len(services))
	var wg sync.WaitGroup
	for i, s := range services {
		wg.Go(func() { answers[i].records, answers[i].err = c.ask(ctx, s.owner, dns.TypeSRV) })
	}
	wg.Wait()
	return answers
}

// ask returns the records of a name, from memory or from a server.
func (c *client) ask(ctx context.Context, name string, kind uint16) ([]dns.RR, error) {
	if !strings.Contains(strings.TrimSuffix(name, "."), ".") && kind != dns.TypeA && kind != dns.TypeAAAA {
		return nil, ErrNoRecord // a name of this network's, not of the DNS
	}
	if _, ok := dns.IsDomainName(name); !ok {
		return nil, fmt.Errorf("%q is no domain name", name)
	}
	return c.cache.get(ctx, key{dns.CanonicalName(name), kind}, func(ctx context.Context) ([]dns.RR, time.Duration, error) {
		return c.follow(ctx, dns.CanonicalName(name), kind)
	})
}

// maxAliases bounds a chain of CNAMEs.
const maxAliases = 8

// follow asks for a name, and for what it is an alias of if the server does
// not say.
func (c *client) follow(ctx context.Context, name string, kind uint16) ([]dns.RR, time.Duration, error) {
	least := longest
	for range maxAliases {
		m, err := c.exchange(ctx, name, kind)
		if err != nil {
			return nil, brief, err
		}
		records, alias, ttl := collect(m, name, kind)
		least = min(least, ttl)
		switch {
		case len(records) > 0:
			return records, least, nil
		case m.Rcode == dns.RcodeNameError:
			return nil, negative(m), ErrNoName
		case alias == name:
			return nil, negative(m), ErrNoRecord
		}
		name = alias
	}
	return nil, brief, fmt.Errorf("more than %d aliases", maxAliases)
}

// collect finds the records of a name in an answer, along its CNAMEs, and how
// long they may be kept.
func collect(m *dns.Msg, name string, kind uint16) (records []dns.RR, alias string, ttl time.Duration) {
	ttl = longest
	for range maxAliases {
		next := name
		for _, r := range m.Answer {
			if !strings.EqualFold(r.Header().Name, name) {
				continue
			}
			if r.Header().Rrtype == kind {
				records = append(records, r)
				ttl = min(ttl, time.Duration(r.Header().Ttl)*time.Second)
			} else if a, ok := r.(*dns.CNAME); ok {
				next = dns.CanonicalName(a.Target)
				ttl = min(ttl, time.Duration(r.Header().Ttl)*time.Second)
			}
		}
		if len(records) > 0 || next == name {
			return records, name, ttl
		}
		name = next
	}
	return nil, name, ttl
}

// negative is how long an answer that there is nothing counts (RFC 2308 §5).
func negative(m *dns.Msg) time.Duration {
	for _, r := range m.Ns {
		if soa, ok := r.(*dns.SOA); ok {
			return min(time.Duration(min(soa.Hdr.Ttl, soa.Minttl))*time.Second, time.Minute)
		}
	}
	return brief
}

// rounds is how often each server is asked: a datagram may be lost.
const rounds = 2

// exchange asks the servers, one after the other, until one has an answer.
func (c *client) exchange(ctx context.Context, name string, kind uint16) (*dns.Msg, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	question := new(dns.Msg)
	question.SetQuestion(name, kind)
	question.SetEdns0(payload, false)
	err := errors.New("no DNS server is known")
	wait := c.timeout / time.Duration(max(rounds*len(c.servers), 1))
	for range rounds {
		for _, server := range c.servers {
			if ctx.Err() != nil {
				return nil, err
			}
			var m *dns.Msg
			if m, err = exchangeWith(ctx, server, question, wait); err == nil {
				return m, nil
			}
		}
	}
	return nil, err
}

// exchangeWith asks one server, by TCP if the answer does not fit a datagram.
func exchangeWith(ctx context.Context, server string, question *dns.Msg, wait time.Duration) (*dns.Msg, error) {
	question = question.Copy()
	question.Id = dns.Id()
	m, err := exchangeOver(ctx, "udp", server, question, wait)
	if err == nil && m.Truncated {
		m, err = exchangeOver(ctx, "tcp", server, question, wait)
	}
	if err != nil {
		return nil, fmt.Errorf("DNS server %s: %w", server, err)
	}
	switch {
	case m.Rcode != dns.RcodeSuccess && m.Rcode != dns.RcodeNameError:
		return nil, fmt.Errorf("DNS server %s: %s", server, dns.RcodeToString[m.Rcode])
	case len(m.Question) != 1 || !strings.EqualFold(m.Question[0].Name, question.Question[0].Name) || m.Question[0].Qtype != question.Question[0].Qtype:
		return nil, fmt.Errorf("DNS server %s: it answers another question", server)
	}
	return m, nil
}

// exchangeOver asks over one transport. The library would not notice that ctx
// ends while it waits.
func exchangeOver(ctx context.Context, network, server string, question *dns.Msg, wait time.Duration) (*dns.Msg, error) {
	c := dns.Client{Net: network, Timeout: wait, UDPSize: payload}
	conn, err := c.DialContext(ctx, server)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	m, _, err := c.ExchangeWithConnContext(ctx, question, conn)
	return m, err
}

// addresses are those of a name, IPv4 first: from /etc/hosts, else from DNS,
// with the search domains of the system.
func (l *Locator) addresses(ctx context.Context, name string) ([]netip.Addr, error) {
	if addrs := l.hosts.find(name); len(addrs) > 0 {
		return addrs, nil
	}
	names := []string{name}
	if l.dns.search != nil {
		names = l.dns.search.NameList(name)
	}
	var first error
	for _, n := range names {
		addrs, err := l.dns.addressesOf(ctx, n)
		if len(addrs) > 0 {
			return addrs, nil
		}
		if first == nil || absent(first) && !absent(err) {
			first = err
		}
	}
	return nil, first
}

func (c *client) addressesOf(ctx context.Context, name string) (addrs []netip.Addr, err error) {
	kinds := []uint16{dns.TypeA, dns.TypeAAAA}
	answers := make([]answer, len(kinds))
	var wg sync.WaitGroup
	for i, kind := range kinds {
		wg.Go(func() { answers[i].records, answers[i].err = c.ask(ctx, name, kind) })
	}
	wg.Wait()
	for _, a := range answers {
		for _, r := range a.records {
			var ip net.IP
			switch r := r.(type) {
			case *dns.A:
				ip = r.A
			case *dns.AAAA:
				ip = r.AAAA
			}
			if addr, ok := netip.AddrFromSlice(ip); ok {
				addrs = append(addrs, addr.Unmap())
			}
		}
		if err == nil || absent(err) && a.err != nil {
			err = a.err
		}
	}
	return addrs, err
}
