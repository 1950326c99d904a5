package cache

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"parley/speech"
)

const suffix = ".speech"

// disk keeps phrases as files named by their key. A nil *disk keeps nothing.
// What goes wrong here is logged and costs no call: the phrase is spoken anew.
type disk struct {
	folder string
	limit  int64
	log    *slog.Logger

	mu   sync.Mutex // held while pruning
	used int64
}

func openDisk(folder string, limit int64, log *slog.Logger) (*disk, error) {
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return nil, fmt.Errorf("folder of the speech cache: %w", err)
	}
	d := &disk{folder: folder, limit: limit, log: log}
	// A power cut may have left files that nobody finished.
	unfinished, err := filepath.Glob(filepath.Join(folder, "*.tmp"))
	for _, name := range unfinished {
		err = errors.Join(err, os.Remove(name))
	}
	if err != nil {
		return nil, fmt.Errorf("clean the speech cache: %w", err)
	}
	d.prune(0)
	return d, nil
}

func (d *disk) path(id key) string { return filepath.Join(d.folder, fmt.Sprintf("%x%s", id, suffix)) }

// load returns a phrase, as one chunk. A file that is damaged is removed.
func (d *disk) load(id key) ([]speech.Chunk, bool) {
	if d == nil {
		return nil, false
	}
	name := d.path(id)
	b, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false
	}
	var c speech.Chunk
	if err == nil {
		c, err = decode(b)
	}
	if err != nil {
		d.log.Warn("spoken phrase cannot be read, speaking it anew", "file", name, "err", errors.Join(err, os.Remove(name)))
		return nil, false
	}
	now := time.Now()
	if err := os.Chtimes(name, now, now); err != nil {
		d.log.Debug("use of a spoken phrase is not noted", "file", name, "err", err)
	}
	if len(c.PCM) == 0 {
		return nil, true
	}
	return []speech.Chunk{c}, true
}

// store writes a phrase: all of it or nothing.
func (d *disk) store(id key, chunks []speech.Chunk) {
	if d == nil {
		return
	}
	b := encode(chunks)
	if int64(len(b)) > d.limit {
		return
	}
	if err := write(d.folder, d.path(id), b); err != nil {
		d.log.Warn("spoken phrase is not kept on disk", "err", err)
		return
	}
	d.prune(int64(len(b)))
}

func write(folder, name string, b []byte) error {
	f, err := os.CreateTemp(folder, "*.tmp")
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// prune counts what was added, and removes what was used longest ago when it
// is too much: down to nine tenths, so that not every phrase comes here.
func (d *disk) prune(added int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.used += added; added > 0 && d.used <= d.limit {
		return
	}
	entries, err := os.ReadDir(d.folder)
	if err != nil {
		d.log.Warn("speech cache is not pruned", "err", err)
		return
	}
	d.used = 0
	var files []fs.FileInfo
	for _, e := range entries {
		if info, err := e.Info(); err == nil && strings.HasSuffix(e.Name(), suffix) {
			files = append(files, info)
			d.used += info.Size()
		}
	}
	slices.SortFunc(files, func(a, b fs.FileInfo) int { return cmp.Compare(a.ModTime().UnixNano(), b.ModTime().UnixNano()) })
	if d.used <= d.limit {
		return
	}
	for _, f := range files {
		if d.used <= d.limit*9/10 {
			return
		}
		if err := os.Remove(filepath.Join(d.folder, f.Name())); err != nil {
			d.log.Warn("speech cache is not pruned", "err", err)
			continue
		}
		d.used -= f.Size()
	}
}
