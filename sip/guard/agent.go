package guard

import (
	"bytes"
	"strings"
)

// agents are the parts of a User-Agent by which scanners are known.
type agents struct{ parts [][]byte }

func newAgents(parts []string) *agents {
	a := new(agents)
	for _, p := range parts {
		a.parts = append(a.parts, []byte(strings.ToLower(p)))
	}
	return a
}

// headEnd is how far into a message a User-Agent is looked for.
const headEnd = 4096

// in tells whether message is a request of a scanner.
func (a *agents) in(message []byte) bool {
	agent := userAgent(message)
	if len(agent) == 0 {
		return false
	}
	var lower [128]byte
	n := copy(lower[:], agent)
	for i, c := range lower[:n] {
		if 'A' <= c && c <= 'Z' {
			lower[i] = c + 'a' - 'A'
		}
	}
	for _, p := range a.parts {
		if bytes.Contains(lower[:n], p) {
			return true
		}
	}
	return false
}

var field = []byte("user-agent")

// userAgent is the value of the first User-Agent in the head of a message, as
// it stands there.
func userAgent(message []byte) []byte {
	rest := message[:min(len(message), headEnd)]
	for {
		at := bytes.IndexByte(rest, '\n')
		if at < 0 {
			return nil
		}
		rest = rest[at+1:]
		if len(rest) < len(field) || rest[0]|0x20 != 'u' || !bytes.EqualFold(rest[:len(field)], field) {
			if len(rest) > 1 && (rest[0] == '\n' || rest[0] == '\r') {
				return nil // the body
			}
			continue
		}
		line, _, _ := bytes.Cut(rest[len(field):], []byte("\n"))
		name, value, ok := bytes.Cut(line, []byte(":"))
		if ok && len(bytes.TrimSpace(name)) == 0 {
			return bytes.TrimSpace(value)
		}
	}
}

func agentOf(message []byte) string {
	agent := userAgent(message)
	return string(agent[:min(len(agent), 80)])
}
