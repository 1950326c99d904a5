package records

import (
	"context"
	"os"
	"path/filepath"
	"testing"
)

// TestARecordThatCannotBeWrittenIsHeld: the store is gone and the disk full.
// When there is room again the record is written, at the latest at the end.
func TestARecordThatCannotBeWrittenIsHeld(t *testing.T) {
	for name, atEnd := range map[string]bool{"while it runs": false, "at the end": true} {
		store := &memory{gone: true}
		k, _, dir := newKeeper(t, store)
		folder := filepath.Join(dir, "spool")
		if err := os.Remove(folder); err != nil { // nothing can be written there
			t.Fatal(err)
		}
		c := newCall(t)
		if err := k.Handle(serve(nil))(c.ctx, c); err != nil {
			t.Fatal(err)
		}
		k.spool.flush(t.Context())
		if len(k.spool.held) != 1 {
			t.Fatalf("%s: %d records are held", name, len(k.spool.held))
		}
		if atEnd {
			if err := os.Mkdir(folder, 0o700); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			k.Run(ctx)
			if files, _ := filepath.Glob(filepath.Join(folder, "*.json")); len(files) != 1 {
				t.Errorf("%s: written are %v", name, files)
			}
			continue
		}
		store.gone = false
		k.spool.flush(t.Context())
		if r := store.calls[c.info.ID]; r.Program != "shop" || len(k.spool.held) != 0 {
			t.Errorf("%s: stored is %+v, %d are held", name, r, len(k.spool.held))
		}
	}
}
