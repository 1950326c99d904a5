package sip

import (
	"strings"
	"testing"

	sipmsg "github.com/emiago/sipgo/sip"

	"parley/call"
)

// routesIn lists the Route headers of a request.
func routesIn(r *sipmsg.Request) string {
	var list []string
	for _, h := range r.GetHeaders("Route") {
		list = append(list, h.Value())
	}
	return strings.Join(list, " ")
}

// TestServiceRoute: calls go the way that the registrar has named (RFC 3608),
// behind the trunk's own proxy.
func TestServiceRoute(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		proxied bool
		header  string
		want    string // P: the peer's address
	}{
		"named":              {false, "<sip:P;lr>, <sip:core.example;lr>", "<sip:P;lr> <sip:core.example;lr>"},
		"behind our proxy":   {true, "<sip:core.example;lr>", "<sip:P;lr> <sip:core.example;lr>"},
		"with our proxy":     {true, "<sip:P;lr>, <sip:core.example;lr>", "<sip:P;lr> <sip:core.example;lr>"},
		"nonsense":           {true, "core", "<sip:P;lr>"},
		"none, and no proxy": {false, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := farEnd(t)
			cfg := carrier(p)
			cfg.Trunks[0].Allow = []string{"*"}
			if test.proxied {
				cfg.Trunks[0].OutboundProxy = p.addr()
			}
			s := start(t, cfg, answering)
			p.to = s.addr("udp")
			own := func(text string) string { return strings.ReplaceAll(text, "P", p.addr()) }
			r := p.request("REGISTER")
			if !supports(r, "path") {
				t.Errorf("Path is not supported:\n%s", r)
			}
			headers := "Contact: <" + r.Contact().Address.String() + ">;expires=3600\r\n"
			if test.header != "" {
				headers += "Service-Route: " + own(test.header) + "\r\n"
			}
			p.respond(r, 200, "r", headers, "")
			eventually(t, "it is registered", func() bool { return s.registration().Reachable })
			c, err := s.Originate(t.Context(), call.Target{Trunk: "carrier", Number: "4711"})
			if err != nil {
				t.Fatal(err)
			}
			invite := p.request("INVITE")
			if got := routesIn(invite); got != own(test.want) {
				t.Errorf("Route: %s, want %s", got, own(test.want))
			}
			p.respond(invite, 486, "x", "", "")
			p.request("ACK")
			ending(t, c)
			go func() { _ = s.Close() }()
			p.granted(p.request("REGISTER"), "0")
		})
	}
}

// TestPath: calls to a telephone go the way that its REGISTER came (RFC 3327).
func TestPath(t *testing.T) {
	s := start(t, withPhones(), answering)
	p := newTelephone(t, s, "anna", "wonder")
	const path = "<sip:edge@192.0.2.1;lr>,<sip:core.example;lr;x=y>"
	ok := p.register("Contact: <sip:anna@10.0.0.7:5062>\r\nSupported: path\r\nPath: " + path + "\r\n")
	if h := ok.GetHeader("Path"); h == nil || h.Value() != path {
		t.Errorf("the way is not confirmed: %v", h)
	}
	c, err := s.Originate(t.Context(), call.Target{User: "anna"})
	if err != nil {
		t.Fatal(err)
	}
	invite := p.request("INVITE") // still to where the REGISTER came from
	if got := routesIn(invite); got != "<sip:edge@192.0.2.1;lr> <sip:core.example;lr;x=y>" || invite.Recipient.Host != "10.0.0.7" {
		t.Errorf("%s, Route: %s", invite.StartLine(), got)
	}
	p.respond(invite, 486, "x", "", "")
	p.request("ACK")
	ending(t, c)
	for _, bad := range []string{"nonsense", strings.Repeat("<sip:a.example;lr>,", 10) + "<sip:b.example;lr>"} {
		p.ask("REGISTER", "Contact: <sip:anna@10.0.0.7:5062>\r\nPath: "+bad+"\r\n", "")
		p.response(400, "REGISTER")
	}
}
