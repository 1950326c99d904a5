package tone

import "strings"

// The keypad of ITU-T Q.23: a row's frequency and a column's make a key.
const keys = "123A456B789C*0#D"

var (
	rows    = [4]float64{697, 770, 852, 941}
	columns = [4]float64{1209, 1336, 1477, 1633}
)

// Levels of the two frequencies in dBm0. The higher one is stronger, since
// lines dampen it more.
const (
	rowLevel    = -8
	columnLevel = -6
)

// Digit plays one DTMF digit. The zero value is silent; one goroutine uses it.
type Digit struct {
	row, column oscillator
	left        int // samples
}

// Press begins a digit, one of "0123456789*#ABCD", that lasts for a number of
// samples at rate (Hz). It reports false for what is no digit.
func (d *Digit) Press(key byte, samples, rate int) bool {
	at := strings.IndexByte(keys, key)
	if at < 0 {
		return false
	}
	d.row.tune(rows[at/4], rowLevel, rate)
	d.column.tune(columns[at%4], columnLevel, rate)
	d.left = samples
	return true
}

// Sounding says whether the digit still lasts.
func (d *Digit) Sounding() bool { return d.left > 0 }

// Fill puts the next samples into pcm, silence after the digit's end.
func (d *Digit) Fill(pcm []int16) {
	n := min(d.left, len(pcm))
	for i := range pcm[:n] {
		pcm[i] = int16(d.row.next() + d.column.next())
	}
	d.left -= n
	clear(pcm[n:])
}
