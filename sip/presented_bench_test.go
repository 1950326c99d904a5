package sip

import (
	"net/netip"
	"testing"

	sipmsg "github.com/emiago/sipgo/sip"
)

// BenchmarkPresented is what a trunk costs an incoming call.
func BenchmarkPresented(b *testing.B) {
	m, err := sipmsg.ParseMessage([]byte("INVITE sip:+4930100@parley SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKx\r\nFrom: \"Ann\" <sip:+49301@pbx>;tag=1\r\nTo: <sip:+4930100@parley>\r\n" +
		"Call-ID: x\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\nContact: <sip:ann@192.0.2.1>\r\nUser-Agent: pbx\r\nAllow: INVITE, ACK, BYE\r\nSupported: timer, 100rel\r\n" +
		"P-Asserted-Identity: \"Ann\" <sip:+49301@pbx>\r\nX-Shop: 7\r\nContent-Length: 0\r\n\r\n"))
	if err != nil {
		b.Fatal(err)
	}
	req := m.(*sipmsg.Request)
	s, err := New(testConfig(), Deps{Ports: noPorts{}, Handler: answering})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	from := netip.MustParseAddrPort("127.0.0.1:5060")
	b.ReportAllocs()
	for b.Loop() {
		via, _ := s.acl.trunkOf(from.Addr(), "+4930100")
		_ = incomingInfo(req, via, from)
	}
}
