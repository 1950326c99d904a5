package sip

import (
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"

	sipmsg "github.com/emiago/sipgo/sip"

	"parley/sip/trunk"
)

// dialing opens connections to others, one at a time for each address. sipgo
// would check a certificate against the address, not against the name that was
// asked for (RFC 5922 §4), and read its own connections without our framing.
type dialing struct {
	mu   sync.Mutex
	busy map[string]chan struct{}
}

// reach makes sure that sipgo has a connection to where req goes, if that is
// by TCP or TLS.
func (s *Server) reach(ctx context.Context, req *sipmsg.Request) error {
	carrier := strings.ToLower(req.Transport())
	if carrier != "tcp" && carrier != "tls" {
		return nil
	}
	remote, err := netip.ParseAddrPort(req.Destination())
	if err != nil {
		return fmt.Errorf("%s to %s: %w", carrier, req.Destination(), err)
	}
	key := carrier + " " + remote.String()
	for !s.connected(carrier, remote) {
		s.dialing.mu.Lock()
		wait, taken := s.dialing.busy[key]
		if !taken {
			wait = make(chan struct{})
			s.dialing.busy[key] = wait
		}
		s.dialing.mu.Unlock()
		if !taken {
			err := s.dial(ctx, carrier, remote, nextHop(req).Host)
			s.dialing.mu.Lock()
			delete(s.dialing.busy, key)
			s.dialing.mu.Unlock()
			close(wait)
			return err
		}
		select {
		case <-wait:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// dial connects to remote, which by TLS has to prove that it is host.
func (s *Server) dial(ctx context.Context, carrier string, remote netip.AddrPort, host string) error {
	var d interface {
		DialContext(ctx context.Context, network, addr string) (net.Conn, error)
	} = &net.Dialer{Timeout: setupTimeout}
	h := s.dialedTCP
	if carrier == "tls" {
		host = strings.Trim(host, "[]")
		config, err := s.clientTLS(host)
		if err != nil {
			return err
		}
		d, h = &tls.Dialer{NetDialer: &net.Dialer{Timeout: setupTimeout}, Config: config}, s.dialedTLS
	}
	c, err := d.DialContext(ctx, "tcp", remote.String())
	if err != nil {
		return fmt.Errorf("%s to %s (%s): %w", strings.ToUpper(carrier), host, remote, err)
	}
	return h.put(ctx, c)
}

// clientTLS is what the trunk that host belongs to says of TLS.
func (s *Server) clientTLS(host string) (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: host}
	var via *trunk.Trunk
	for _, t := range s.Trunks().All() {
		for _, known := range append([]string{t.Host, t.OutboundProxy}, t.Register.Registrars...) {
			if name, _ := splitHost(known); name != "" && strings.EqualFold(strings.Trim(name, "[]"), host) && via == nil {
				via = t
			}
		}
	}
	if via == nil {
		return config, nil
	}
	files := via.TLS
	config.ServerName = cmp.Or(files.Name, host)
	config.InsecureSkipVerify = files.Insecure
	if files.CA != "" {
		pool, err := loadAuthorities(files.CA)
		if err != nil {
			return nil, fmt.Errorf("trunk %s: %w", via.Name, err)
		}
		config.RootCAs = pool
	}
	if files.Certificate != "" {
		pair, err := tls.LoadX509KeyPair(files.Certificate, files.Key)
		if err != nil {
			return nil, fmt.Errorf("trunk %s: TLS certificate %s with key %s: %w", via.Name, files.Certificate, files.Key, err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}

// serveDialed lets sipgo read the connections that we open.
func (s *Server) serveDialed() {
	s.readers.Go(func() { _ = s.transport.ServeTCP(framing{s.dialedTCP, s}) })
	s.readers.Go(func() { _ = s.transport.ServeTLS(framing{s.dialedTLS, s}) })
}
