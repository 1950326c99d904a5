package records

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"parley/call"
)

// spool keeps records aside, one file each, while the store does not take
// them; in memory while the disk is full. Files of an earlier run are stored
// too.
type spool struct {
	dir   string
	store Store
	log   *slog.Logger
	kept  func(call.ID) // a record that was held in memory outlives the program now

	mu   sync.Mutex
	held []spooled // no file could be written for these
}

// maxHeld bounds the memory; later records stand in the log only.
const maxHeld = 1000

// spoolEvery is how often the store is tried again.
const spoolEvery = 5 * time.Second

type spooled struct {
	Record call.Record  `json:"record"`
	Events []call.Event `json:"events"`
}

func (s *spool) file(id call.ID) string { return filepath.Join(s.dir, string(id)+".json") }

// put writes a record to its file, whole or not at all, or holds it. It tells
// whether it outlives the program.
func (s *spool) put(r call.Record, events []call.Event) (written bool) {
	k := spooled{r, events}
	err := s.write(k)
	if err == nil {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.held) >= maxHeld {
		s.lose(k, err)
		return false
	}
	s.held = append(s.held, k)
	s.log.Error("the record is held in memory until it can be written", "call", r.ID, "err", err)
	return false
}

func (s *spool) write(k spooled) error {
	data, err := json.Marshal(k)
	if err != nil {
		return fmt.Errorf("keep a record aside: %w", err)
	}
	return writeWhole(s.file(k.Record.ID), data)
}

// lose writes a record to the log, the last place there is.
func (s *spool) lose(k spooled, err error) {
	data, _ := json.Marshal(k) // what of it can be told
	s.log.Error("the record is lost", "call", k.Record.ID, "err", err, "record", string(data))
}

// settle stores or writes what is held in memory and returns what can be
// neither, with the last error. After the store has refused one, it is not
// asked again.
func (s *spool) settle(ctx context.Context) (left []spooled, err error) {
	s.mu.Lock()
	held := s.held
	s.held = nil
	s.mu.Unlock()
	gone := false
	for _, k := range held {
		if !gone {
			err = s.store.SaveCall(ctx, k.Record, k.Events)
			gone = err != nil
		}
		if gone {
			err = s.write(k)
		}
		if err != nil {
			left = append(left, k)
			continue
		}
		s.kept(k.Record.ID)
		s.log.Info("a record that was held in memory is written", "call", k.Record.ID)
	}
	return left, err
}

// end writes what is held in memory to where it can.
func (s *spool) end() {
	ctx, cancel := context.WithTimeout(context.Background(), saveTime)
	defer cancel()
	left, err := s.settle(ctx)
	for _, k := range left {
		s.lose(k, err)
	}
}

// writeWhole writes a file so that a crash leaves all of it or nothing.
func writeWhole(path string, data []byte) error {
	tmp := path + ".tmp"
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o640)
	if err != nil {
		return fmt.Errorf("keep a record aside: %w", err)
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(tmp, path)
	}
	if err != nil {
		os.Remove(tmp)
		return fmt.Errorf("keep a record aside: %w", err)
	}
	return nil
}

func (s *spool) run(ctx context.Context) {
	tick := time.NewTicker(spoolEvery)
	defer tick.Stop()
	for {
		s.flush(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// flush stores what is aside, oldest name first, until the store refuses.
func (s *spool) flush(ctx context.Context) {
	left, _ := s.settle(ctx) // put has said why
	s.mu.Lock()
	s.held = append(left, s.held...)
	s.mu.Unlock()
	files, _ := filepath.Glob(filepath.Join(s.dir, "*.json"))
	for _, file := range files {
		var k spooled
		data, err := os.ReadFile(file)
		if err == nil {
			err = json.Unmarshal(data, &k)
		}
		if err != nil {
			s.log.Error("a record that was kept aside cannot be read", "file", file, "err", err)
			if err := os.Rename(file, file+".unreadable"); err != nil {
				s.log.Error("and it cannot be put out of the way", "file", file, "err", err)
			}
			continue
		}
		if err := s.store.SaveCall(ctx, k.Record, k.Events); err != nil {
			return // the store is still gone; put has said so
		}
		os.Remove(file)
		s.log.Info("a record that was kept aside is stored", "call", k.Record.ID)
	}
}
