package sip

import (
	"strings"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

// maxRoutes bounds a route that somebody has told us.
const maxRoutes = 10

// routesOf reads the headers of a name that list proxies, nearest first: Path
// and Service-Route. What is no address of a proxy, or one too many, spoils
// all of it: half a way leads nowhere.
func routesOf(m message, name string) (routes []sipmsg.Uri, ok bool) {
	for _, h := range m.GetHeaders(name) {
		list := addresses(h.Value())
		if len(list) == 0 {
			return nil, false
		}
		for _, a := range list {
			var uri sipmsg.Uri
			if err := sipmsg.ParseUri(a.URI, &uri); err != nil || uri.Host == "" || uri.Scheme != "sip" && uri.Scheme != "sips" {
				return nil, false
			}
			routes = append(routes, uri)
		}
	}
	return routes, len(routes) <= maxRoutes
}

// serviceRoute is the way that the registrar of a trunk wants its requests to
// go (RFC 3608), while we are registered; nil if it has named none.
func (s *Server) serviceRoute(trunk string) []sipmsg.Uri {
	s.outposts.mu.Lock()
	defer s.outposts.mu.Unlock()
	o := s.outposts.running[trunk]
	if o == nil {
		return nil
	}
	for _, r := range o.registrations {
		if st := r.status.Load(); st.Reachable && time.Now().Before(st.Until) {
			if routes := r.routes.Load(); routes != nil {
				return *routes
			}
		}
	}
	return nil
}

// keepServiceRoute remembers the Service-Route of a registrar's 200.
func (r *registering) keepServiceRoute(res *sipmsg.Response) {
	routes, ok := routesOf(res, "Service-Route")
	if !ok {
		r.log.Warn("the registrar's Service-Route is not taken: it cannot be read, or is too long")
		routes = nil
	}
	r.routes.Store(&routes)
}

// nextHop is where the first request goes: to the trunk's proxy, if it has
// one, and along the way that its registrar has named.
func (d *dialog) nextHop() sipmsg.Uri {
	routes := d.srv.serviceRoute(d.via.Name)
	if d.via.OutboundProxy != "" {
		host, port := splitHost(d.via.OutboundProxy)
		proxy := sipmsg.Uri{Scheme: "sip", Host: host, Port: port, UriParams: sipmsg.HeaderParams{{K: "lr"}}}
		if d.via.Transport != "" {
			proxy.UriParams = append(proxy.UriParams, sipmsg.HeaderKV{K: "transport", V: d.via.Transport})
		}
		if len(routes) == 0 || !strings.EqualFold(routes[0].Host, host) || portOf(routes[0]) != portOf(proxy) {
			routes = append([]sipmsg.Uri{proxy}, routes...)
		}
	}
	if len(routes) == 0 {
		return d.st.target
	}
	d.st.routes = routes
	return routes[0]
}
