package media

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"time"
)

// Scribe writes recordings: one goroutine for any number of Recorders. Each
// half second it writes what they hold and then the new sizes into the header,
// so that a file is playable at any moment, whatever happens to the program.
type Scribe struct {
	kick chan struct{}
	done chan struct{}

	mu        sync.Mutex
	recorders []*Recorder
	closed    bool
	buffer    []byte // the goroutine's own
}

// flushTime is how much of a recording a crash may cost; it leaves as much
// again in the ring for a slow disk.
const flushTime = 500 * time.Millisecond

// errTooLong ends a recording that a WAV file cannot hold.
var errTooLong = errors.New("the file has reached the size that WAV can hold")

// errScribeClosed is the problem of recordings that outlive their Scribe.
var errScribeClosed = errors.New("recording stopped by shutdown")

// sink is the file of a recording.
type sink interface {
	io.WriterAt
	io.Closer
}

// NewScribe starts a Scribe. Close it after use.
func NewScribe() *Scribe {
	s := &Scribe{kick: make(chan struct{}, 1), done: make(chan struct{})}
	go s.run()
	return s
}

// Start begins a stereo recording at rate (Hz) in a new file. Close the
// Recorder to end it. Error: the file cannot be made or written.
func (s *Scribe) Start(path string, rate int) (*Recorder, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o640)
	if err != nil {
		return nil, fmt.Errorf("start recording: %w", err)
	}
	r, err := s.start(f, path, rate)
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("start recording %s: %w", path, err)
	}
	return r, nil
}

func (s *Scribe) start(file sink, path string, rate int) (*Recorder, error) {
	r := newRecorder(s, file, path, rate)
	if err := r.writeHeader(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, errScribeClosed
	}
	s.recorders = append(s.recorders, r)
	return r, nil
}

// Close writes what every Recorder holds, ends them and waits for that.
func (s *Scribe) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.nudge()
	<-s.done
}

func (s *Scribe) nudge() {
	select {
	case s.kick <- struct{}{}:
	default:
	}
}

func (s *Scribe) run() {
	defer close(s.done)
	ticker := time.NewTicker(flushTime)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-s.kick:
		}
		if s.round() {
			return
		}
	}
}

// round writes what every Recorder holds. It returns true at the end.
func (s *Scribe) round() (last bool) {
	s.mu.Lock()
	last = s.closed
	all := append([]*Recorder(nil), s.recorders...)
	s.mu.Unlock()

	ended := make(map[*Recorder]bool)
	for _, r := range all {
		ending := r.closed.Load() // before the flush: nothing comes after it
		s.flush(r)
		switch {
		case ending:
		case last:
			r.closed.Store(true)
			r.fail(errScribeClosed)
		default:
			continue
		}
		ended[r] = true
		if r.lost > 0 {
			r.fail(fmt.Errorf("%s became silence: the disk was too slow", time.Duration(r.lost)*FrameTime))
		}
		if err := r.file.Close(); err != nil {
			r.fail(err)
		}
		close(r.done)
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	kept := s.recorders[:0]
	for _, r := range s.recorders {
		if !ended[r] {
			kept = append(kept, r)
		}
	}
	clear(s.recorders[len(kept):])
	s.recorders = kept
	return last
}

// flush moves the ring into the file.
func (s *Scribe) flush(r *Recorder) {
	s.buffer = s.buffer[:0]
	from, to := r.emptied.Load(), r.filled.Load()
	for n := from; n < to; n++ {
		at := int(n % ringFrames)
		if skipped := int64(r.skipped[at]); skipped > 0 {
			r.write(s.buffer)
			s.buffer = s.buffer[:0]
			r.lost += skipped
			r.size += skipped * int64(4*r.frame) // a hole in the file: zeros
		}
		for _, v := range r.ring[at*2*r.frame : (at+1)*2*r.frame] {
			s.buffer = binary.LittleEndian.AppendUint16(s.buffer, uint16(v))
		}
	}
	r.emptied.Store(to)
	r.write(s.buffer)
}

// write appends data to the file and brings its header up to date.
func (r *Recorder) write(data []byte) {
	if len(data) == 0 || r.problem != nil {
		return
	}
	if r.size+int64(len(data)) > maxWAVData {
		r.fail(errTooLong)
		return
	}
	n, err := r.file.WriteAt(data, wavHeaderSize+r.size)
	r.size += int64(n) &^ 3 // whole samples of both sides
	if headerErr := r.writeHeader(); err == nil {
		err = headerErr
	}
	if err != nil {
		r.fail(err)
	}
}

func (r *Recorder) writeHeader() error {
	h := wavHeader(2, r.rate, r.size)
	_, err := r.file.WriteAt(h[:], 0)
	return err
}

// fail notes the first problem; from then on nothing is written.
func (r *Recorder) fail(err error) {
	if r.problem != nil {
		return
	}
	r.problem = fmt.Errorf("record %s: %w", r.path, err)
	slog.Warn("a recording is not whole", "file", r.path, "error", err)
}
