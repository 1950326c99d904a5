package harness

import (
	"bufio"
	"encoding/json"
	"io"
	"strings"
	"sync"
)

// Entry is one line of the program's log.
type Entry map[string]any

// Text returns a value as text, "" if it is none.
func (e Entry) Text(key string) string {
	s, _ := e[key].(string)
	return s
}

// Log is what the program has written to standard error.
type Log struct {
	mu      sync.Mutex
	entries []Entry
	raw     strings.Builder
	done    chan struct{}
}

func follow(r io.Reader) *Log {
	l := &Log{done: make(chan struct{})}
	go func() {
		defer close(l.done)
		lines := bufio.NewScanner(r)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			var e Entry
			err := json.Unmarshal(lines.Bytes(), &e)
			l.mu.Lock()
			l.raw.WriteString(lines.Text() + "\n")
			if err == nil {
				l.entries = append(l.entries, e)
			}
			l.mu.Unlock()
		}
	}()
	return l
}

// All returns the entries whose message contains text, in order.
func (l *Log) All(text string) []Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	var found []Entry
	for _, e := range l.entries {
		if strings.Contains(e.Text("msg"), text) {
			found = append(found, e)
		}
	}
	return found
}

// First returns the first entry whose message contains text, nil if there is
// none.
func (l *Log) First(text string) Entry {
	if all := l.All(text); len(all) > 0 {
		return all[0]
	}
	return nil
}

// Raw returns everything that was written.
func (l *Log) Raw() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.raw.String()
}
