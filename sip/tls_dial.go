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

// dialing opens TLS connections to others: sipgo would check the certificate
// against the address, not against the name that was asked for (RFC 5922
// §4). One is opened at a time per address.
type dialing struct {
	mu   sync.Mutex
	busy map[string]chan struct{}
}

// reachTLS makes sure that sipgo has a connection to where req goes, if that
// is by TLS.
func (s *Server) reachTLS(ctx context.Context, req *sipmsg.Request) error {
	if !strings.EqualFold(req.Transport(), "tls") {
		return nil
	}
	remote, err := netip.ParseAddrPort(req.Destination())
	if err != nil {
		return fmt.Errorf("TLS to %s: %w", req.Destination(), err)
	}
	key := remote.String()
	for !s.connected("tls", remote) {
		s.dialing.mu.Lock()
		wait, taken := s.dialing.busy[key]
		if !taken {
			wait = make(chan struct{})
			s.dialing.busy[key] = wait
		}
		s.dialing.mu.Unlock()
		if !taken {
			err := s.dialTLS(ctx, remote, nextHop(req).Host)
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

// dialTLS connects to remote, which has to prove that it is host.
func (s *Server) dialTLS(ctx context.Context, remote netip.AddrPort, host string) error {
	host = strings.Trim(host, "[]")
	config, err := s.clientTLS(host)
	if err != nil {
		return err
	}
	d := tls.Dialer{NetDialer: &net.Dialer{Timeout: setupTimeout}, Config: config}
	c, err := d.DialContext(ctx, "tcp", remote.String())
	if err != nil {
		return fmt.Errorf("TLS to %s (%s): %w", host, remote, err)
	}
	return s.dialed.put(ctx, c)
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

// serveDialed lets sipgo read the TLS connections that we open.
func (s *Server) serveDialed() {
	s.readers.Go(func() { _ = s.transport.ServeTLS(framing{s.dialed, s}) })
}
