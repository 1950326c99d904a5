package engine

import (
	"bytes"
	"log/slog"
)

// logWriter logs what a child writes to standard error, line by line. Only
// the copying goroutine of os/exec uses it, and flush after that has ended.
type logWriter struct {
	log  *slog.Logger
	line []byte
}

// maxLine bounds what a library without line ends makes us keep.
const maxLine = 4096

func (l *logWriter) Write(b []byte) (int, error) {
	l.line = append(l.line, b...)
	for {
		i := bytes.IndexByte(l.line, '\n')
		if i < 0 && len(l.line) < maxLine {
			return len(b), nil
		}
		if i < 0 {
			i = len(l.line) - 1
		}
		l.emit(l.line[:i])
		l.line = append(l.line[:0], l.line[i+1:]...)
	}
}

func (l *logWriter) emit(line []byte) {
	if line = bytes.TrimSpace(line); len(line) > 0 {
		l.log.Debug("engine says", "line", string(line))
	}
}

func (l *logWriter) flush() {
	l.emit(l.line)
	l.line = nil
}
