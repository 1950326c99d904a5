package sip

import (
	"bytes"
	"regexp"
	"strings"
	"sync/atomic"

	sipmsg "github.com/emiago/sipgo/sip"
)

// screen looks at every message before sipgo's own reader does, so that one
// that the parser refuses gets its 400, and one that it chokes on costs a
// message and not the process.
type screen struct {
	malformed atomic.Uint64
	panics    atomic.Uint64
}

// passes reads data, which normal has seen, and if it is a message says which.
// What is plain need not be tried.
func (s *screen) passes(answer func([]byte) (int, error), data []byte) (p plain, ok bool) {
	if len(bytes.Trim(data, "\r\n\x00")) == 0 {
		return p, len(data) > 0 // keep-alive, sipgo skips it
	}
	p, status, ok := s.judge(data)
	if ok {
		return p, true
	}
	s.malformed.Add(1)
	if res := bareResponse(data, status); res != nil {
		_, _ = answer(res) // stateless: the peer repeats itself
	}
	return p, false
}

const badRequest = "400 Bad Request"

// judge tells whether a message can be served, and which it is; if not, what
// its sender gets.
func (s *screen) judge(data []byte) (p plain, status string, ok bool) {
	defer func() {
		if recover() != nil {
			s.panics.Add(1)
			status, ok = badRequest, false
		}
	}()
	m, err := sipmsg.ParseMessage(data)
	if err != nil {
		if foreignScheme(data) {
			return p, "416 Unsupported URI Scheme", false
		}
		return p, badRequest, false
	}
	req, isRequest := m.(*sipmsg.Request)
	if !isRequest {
		return p, "", true
	}
	if malformed(req) || uriHeaders.Match(data) || bareContact.Match(headOf(data)) {
		return p, badRequest, false
	}
	via := req.Via()
	p = plain{method: []byte(req.Method), branch: []byte(via.Params.GetOr("branch", "")), sentBy: []byte(via.SentBy())}
	if id, seq := req.CallID(), req.CSeq(); id != nil && seq != nil {
		p.callID, p.seq = []byte(id.Value()), int(seq.SeqNo)
	}
	return p, "", true
}

// uriHeaders is a Request-URI with headers (§19.1.1); the user part may have
// a question mark.
var uriHeaders = regexp.MustCompile(`^\S+ (?:[^ @\r\n]*@)?[^ @?\r\n]*\?[^ @]* SIP/`)

// bareContact is a Contact whose URI has headers and no <> (§20.10).
var bareContact = regexp.MustCompile(`(?im)^(?:contact|m)[ \t]*:[ \t]*sips?:[^<>\r\n]*\?`)

func headOf(data []byte) []byte {
	if at := bytes.Index(data, headEnd); at >= 0 {
		return data[:at]
	}
	return data
}

// malformed finds what a parser that reads header by header does not.
func malformed(req *sipmsg.Request) bool {
	if req.Via() == nil { // nowhere to answer to (§18.2.2)
		return true
	}
	if seq := req.CSeq(); seq != nil && !strings.EqualFold(string(seq.MethodName), string(req.Method)) { // sipgo writes methods large // §8.1.1.5
		return true
	}
	for _, name := range single {
		if all := req.GetHeaders(name); len(all) > 1 {
			return true
		}
	}
	return false
}

// single are the headers that may stand once (§7.3.1, table 2).
var single = []string{"From", "To", "Call-ID", "CSeq", "Max-Forwards", "Content-Length", "Content-Type", "Expires", "Session-Expires", "Min-SE", "Replaces", "Refer-To", "RAck", "RSeq"}

var schemeLine = regexp.MustCompile(`^[A-Z]+ ([A-Za-z][A-Za-z0-9+.-]*):[^ <>]+ SIP/2\.0\r\n`)

// foreignScheme tells whether the Request-URI is in order but for a scheme
// that the parser does not know.
func foreignScheme(data []byte) bool {
	m := schemeLine.FindSubmatch(data)
	return m != nil && !bytes.EqualFold(m[1], []byte("sip")) && !bytes.EqualFold(m[1], []byte("sips")) && !bytes.EqualFold(m[1], []byte("tel"))
}

// bareResponse makes a response (§8.2.6) of the lines of a request that the parser
// refused, or nil if it is no request, is an ACK, or lacks what a response
// must repeat.
func bareResponse(data []byte, status string) []byte {
	head, _, _ := bytes.Cut(data, []byte("\r\n\r\n"))
	lines := bytes.Split(head, []byte("\r\n"))
	start := bytes.Fields(lines[0])
	if len(start) < 3 || !bytes.Equal(start[len(start)-1], []byte("SIP/2.0")) || bytes.Equal(start[0], []byte("ACK")) {
		return nil
	}
	res := []byte("SIP/2.0 " + status + "\r\n")
	var found [5]bool
	for _, line := range lines[1:] {
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok || len(bytes.TrimSpace(value)) == 0 {
			continue
		}
		i := repeated(string(bytes.ToLower(bytes.TrimSpace(name))))
		if i < 0 || found[i] && i != viaHeader {
			continue
		}
		found[i] = true
		res = append(append(res, line...), "\r\n"...)
	}
	for _, f := range found {
		if !f {
			return nil
		}
	}
	return append(res, "Content-Length: 0\r\n\r\n"...)
}

const viaHeader = 0

// repeated numbers the headers that a response copies from its request.
func repeated(name string) int {
	switch name {
	case "via", "v":
		return viaHeader
	case "from", "f":
		return 1
	case "to", "t":
		return 2
	case "call-id", "i":
		return 3
	case "cseq":
		return 4
	}
	return -1
}
