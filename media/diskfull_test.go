package media

import (
	"errors"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// smallDisk takes so many bytes and no more.
type smallDisk struct {
	mu   sync.Mutex
	data []byte
	room int64
}

func (d *smallDisk) WriteAt(p []byte, at int64) (n int, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if over := at + int64(len(p)) - d.room; over > 0 {
		p, err = p[:max(0, int64(len(p))-over)], unix.ENOSPC
	}
	if end := at + int64(len(p)); end > int64(len(d.data)) {
		d.data = append(d.data, make([]byte, end-int64(len(d.data)))...)
	}
	return copy(d.data[at:], p), err
}

func (d *smallDisk) Close() error { return nil }

func TestFullDiskInMidCall(t *testing.T) {
	s := NewScribe()
	defer s.Close()
	disk := &smallDisk{room: wavHeaderSize + 1000}
	r, err := s.start(disk, "call.wav", 8000)
	if err != nil {
		t.Fatal(err)
	}
	pcm := make([]int16, 160)
	for range 10 { // 6400 bytes
		r.Frame(pcm, pcm)
	}
	samples, err := r.Close()
	if !errors.Is(err, unix.ENOSPC) || samples != 250 {
		t.Errorf("Close returned %d, %v; want the 250 samples that fitted and ENOSPC", samples, err)
	}
	want := wavHeader(2, 8000, 1000)
	if string(disk.data[:wavHeaderSize]) != string(want[:]) {
		t.Errorf("the header does not tell what the file holds")
	}
}
