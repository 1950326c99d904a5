package sip

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"parley/sip/registrar"
)

// mutilations of a header: its line taken out, written twice, or without a
// value.
var mutilations = map[string]func(message, line string) string{
	"removed": func(m, line string) string { return strings.Replace(m, line, "", 1) },
	"twice":   func(m, line string) string { return strings.Replace(m, line, line+line, 1) },
	"emptied": func(m, line string) string {
		name, _, _ := strings.Cut(line, ":")
		return strings.Replace(m, line, name+":\r\n", 1)
	},
}

// bearable lists the statuses that a request may get whose header has been
// mutilated; 0 is silence, for what cannot be answered (§8.2.6.2).
func bearable(method, header, how string, sound int) []int {
	switch header {
	case "Via":
		if how == "twice" {
			return []int{sound}
		}
		return []int{0}
	case "From", "To", "Call-ID", "CSeq":
		if how == "twice" {
			return []int{400}
		}
		return []int{0, 400}
	case "Max-Forwards":
		switch how {
		case "removed": // §16.3: only proxies mind
			return []int{sound}
		case "twice":
			return []int{400}
		}
		return []int{400, sound}
	case "Contact":
		if method == "INVITE" && how != "twice" { // §8.1.1.8
			return []int{400}
		}
		return []int{400, sound}
	}
	return []int{sound}
}

// TestHeaderMatrix sends each request with each mandatory header mutilated in
// each way. Every one gets its status, or silence, and the next call works.
func TestHeaderMatrix(t *testing.T) {
	cfg := testConfig()
	cfg.Registrar.Users = []registrar.User{{Name: "ann", Password: "secret"}}
	s := start(t, cfg, answering)
	p := newPeer(t, s)
	for _, c := range []struct {
		method string
		extra  string
		within bool // a dialog
		sound  int  // what it gets as it is
	}{
		{"INVITE", "", false, 200},
		{"REGISTER", "", false, 401},
		{"BYE", "", true, 200},
		{"UPDATE", "", true, 200},
		{"PRACK", "RAck: 1 1 INVITE\r\n", true, 481},
		{"REFER", "Refer-To: <sip:x@127.0.0.1>\r\n", true, 403},
	} {
		for _, header := range []string{"", "Via", "From", "To", "Call-ID", "CSeq", "Max-Forwards", "Contact"} {
			for how := range mutilations {
				if header == "" && how != "removed" {
					continue // once as it is
				}
				p.callID = newCallID()
				tag := ""
				if c.within {
					p.send(req{method: "INVITE", seq: 1, body: sdpOf(4000)})
					tag = toTag(p.response(200, "INVITE"))
					p.send(req{method: "ACK", seq: 1, toTag: tag})
				}
				got, newTo := p.mutilated(c.method, c.extra, tag, header, how)
				want := bearable(c.method, header, how, c.sound)
				if !slices.Contains(want, got) {
					t.Errorf("%s with %s %s: %d, want one of %v", c.method, header, how, got, want)
				}
				if c.method == "INVITE" && got == 200 {
					tag = newTo
					p.send(req{method: "ACK", seq: 2, toTag: tag})
				}
				if tag != "" && !(c.method == "BYE" && got == 200) {
					p.send(req{method: "BYE", seq: 3, toTag: tag})
					p.response(200, "BYE")
				}
			}
		}
	}
}

// mutilated sends a request with CSeq 2 and returns its final status, 0 if
// what is sent later is answered first, and the To tag.
func (p *peer) mutilated(method, extra, tag, header, how string) (code int, toTagged string) {
	p.t.Helper()
	to, body := "<sip:100@parley>", ""
	if tag != "" {
		to += ";tag=" + tag
	}
	if method == "INVITE" {
		body, extra = sdpOf(4000), extra+"Content-Type: application/sdp\r\n"
	}
	m := fmt.Sprintf("%s sip:100@%s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=%s;rport\r\nFrom: <sip:ann@example.com>;tag=ann\r\nTo: %s\r\nCall-ID: %s\r\n"+
		"CSeq: 2 %s\r\nMax-Forwards: 70\r\nContact: <sip:ann@%s>\r\n%sContent-Length: %d\r\n\r\n%s",
		method, p.to, p.addr(), sipmsg.GenerateBranch(), to, p.callID, method, p.addr(), extra, len(body), body)
	if header != "" {
		at := strings.Index(m, "\r\n"+header+":") + 2
		end := at + strings.Index(m[at:], "\r\n") + 2
		m = mutilations[how](m, m[at:end])
	}
	p.raw(m)
	silent := slices.Contains(bearable(method, header, how, 1), 0) && header != ""
	last := sentinel("UDP", p.addr())
	if silent {
		p.raw(last)
	}
	for end := time.Now().Add(patience); time.Now().Before(end); {
		res, ok := p.read(time.Until(end)).(*sipmsg.Response)
		if !ok || res.IsProvisional() {
			continue
		}
		id := ""
		if h := res.CallID(); h != nil {
			id = h.Value()
		}
		if id != "" && strings.Contains(last, id) {
			return 0, ""
		}
		if id != p.callID && (id != "" || header != "Call-ID") || res.CSeq() != nil && res.CSeq().SeqNo != 2 {
			continue // to an earlier one
		}
		return res.StatusCode, toTag(res)
	}
	p.t.Fatalf("no answer to\n%s", m)
	return 0, ""
}
