package voice

import (
	"fmt"

	"parley/call"
)

// maxDigitEvents bounds what a caller who leans on a key writes into the
// journal, for each kind of event; what is more is counted.
const maxDigitEvents = 200

// digitLog writes keyed digits into the journal. The owner's.
type digitLog struct {
	written map[string]int
	more    map[string]int
}

func (d *digitLog) log(j *call.Journal, kind, text string) {
	if d.written == nil {
		d.written, d.more = map[string]int{}, map[string]int{}
	}
	if d.written[kind] >= maxDigitEvents {
		d.more[kind]++
		return
	}
	d.written[kind]++
	j.Log(kind, text, nil)
}

// end writes what was only counted.
func (d *digitLog) end(j *call.Journal) {
	if n := d.more[call.KindDigit]; n > 0 {
		j.Log("digits.more", fmt.Sprintf("%d further digits were keyed", n), map[string]any{"count": n})
	}
}
