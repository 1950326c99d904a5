package sip

import (
	"context"
	"net/netip"
	"strings"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"parley/sip/locate"
)

// placeOf is the place that uri names (RFC 3263 §4.1). over is the transport
// where uri asks for none; "" leaves it to DNS.
func placeOf(uri sipmsg.Uri, over string) (locate.Place, error) {
	p := locate.Place{Secure: uri.Scheme == "sips"}
	if p.Secure && over == "udp" {
		over = ""
	}
	var err error
	if p.Transport, err = network(uri, over); err != nil {
		return p, err
	}
	if t, ok := uri.UriParams.Get("transport"); p.Secure && (!ok || t == "") {
		p.Transport = over
	}
	host := uri.Host
	if maddr, ok := uri.UriParams.Get("maddr"); ok && maddr != "" { // §19.1.1
		host = maddr
	}
	p.Host = strings.Trim(host, "[]")
	if uri.Port > 0 && uri.Port <= 65535 {
		p.Port = uint16(uri.Port)
	}
	return p, nil
}

// find returns the hops to uri, first choice first. It may wait for DNS.
func (s *Server) find(ctx context.Context, uri sipmsg.Uri, over string) ([]locate.Hop, error) {
	p, err := placeOf(uri, over)
	if err != nil {
		return nil, err
	}
	return s.locator.Load().Find(ctx, p, s.speaks)
}

// lookUp is find, for as long as a look-up may take.
func (s *Server) lookUp(uri sipmsg.Uri, over string) ([]locate.Hop, error) {
	ctx, cancel := context.WithTimeout(s.ctx, s.lookUpTime())
	defer cancel()
	return s.find(ctx, uri, over)
}

// lookUpTime is enough for the three steps of a search.
func (s *Server) lookUpTime() time.Duration { return 3*s.config().DNS.Timeout + time.Second }

// speaks implements locate.Speaks.
func (s *Server) speaks(network string, addr netip.Addr) bool {
	for _, e := range s.endpoints {
		if e.network == network && (!addr.IsValid() || e.reaches(addr)) {
			return true
		}
	}
	return false
}

func (s *Server) failed(h locate.Hop) { s.locator.Load().Failed(h) }
func (s *Server) worked(h locate.Hop) { s.locator.Load().Worked(h) }
