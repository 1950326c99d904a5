package sip

import (
	"bytes"
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

func (s *screen) passes(answer func([]byte) (int, error), data []byte) bool {
	if len(bytes.Trim(data, "\r\n\x00")) == 0 {
		return len(data) > 0 // keep-alive, sipgo skips it
	}
	if s.parses(data) {
		return true
	}
	s.malformed.Add(1)
	if res := bareResponse(data, "400 Bad Request"); res != nil {
		_, _ = answer(res) // stateless: the peer repeats itself
	}
	return false
}

func (s *screen) parses(data []byte) (ok bool) {
	defer func() {
		if recover() != nil {
			s.panics.Add(1)
			ok = false
		}
	}()
	_, err := sipmsg.ParseMessage(data)
	return err == nil
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
		name, _, ok := bytes.Cut(line, []byte(":"))
		if !ok {
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
