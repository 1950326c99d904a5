package records

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"parley/call"
)

// spool keeps records aside, one file each, while the store does not take
// them. Files of an earlier run are stored too.
type spool struct {
	dir   string
	store Store
	log   *slog.Logger
}

// spoolEvery is how often the store is tried again.
const spoolEvery = 5 * time.Second

type spooled struct {
	Record call.Record  `json:"record"`
	Events []call.Event `json:"events"`
}

// put writes a record to its file, whole or not at all.
func (s *spool) put(r call.Record, events []call.Event) {
	data, err := json.Marshal(spooled{r, events})
	if err == nil {
		err = writeWhole(filepath.Join(s.dir, string(r.ID)+".json"), data)
	}
	if err != nil {
		// Nothing can be written anywhere: the log is the last place.
		s.log.Error("the record is lost", "call", r.ID, "err", err, "record", string(data))
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
