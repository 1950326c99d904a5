package harness

import (
	"os"
	"path/filepath"
	"time"
)

// Recorded is how much of the longest call is in the data folder's recordings,
// also while it goes on: they are stereo, of 8 kHz and 16 bits.
func (p *Parley) Recorded() (most time.Duration) {
	p.t.Helper()
	const header, bytesPerSecond = 44, 8000 * 2 * 2
	files, err := filepath.Glob(filepath.Join(p.Data, "recordings", "*.wav"))
	if err != nil {
		p.t.Fatal(err)
	}
	for _, name := range files {
		info, err := os.Stat(name)
		if err != nil {
			p.t.Fatal(err)
		}
		most = max(most, time.Duration(info.Size()-header)*time.Second/bytesPerSecond)
	}
	return most
}
