package call

import (
	"fmt"
	"strings"
	"time"
)

// Zone is a time zone by its IANA name.
type Zone struct{ *time.Location }

func (z Zone) location() *time.Location {
	if z.Location == nil {
		return time.Local
	}
	return z.Location
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (z *Zone) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		z.Location = nil
		return nil
	}
	loc, err := time.LoadLocation(string(text))
	if err != nil {
		return fmt.Errorf("%q is not a time zone such as Europe/Berlin", text)
	}
	z.Location = loc
	return nil
}

// Weekdays is a set of days, bit 0 for Sunday; none is every day. It is
// written like "mon-fri" or "mon,wed,sat-sun".
type Weekdays uint8

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// UnmarshalText implements encoding.TextUnmarshaler.
func (w *Weekdays) UnmarshalText(text []byte) error {
	*w = 0
	for _, part := range strings.FieldsFunc(strings.ToLower(string(text)), func(r rune) bool { return r == ',' || r == ' ' }) {
		first, last, ranged := strings.Cut(part, "-")
		from, to := weekday(first), weekday(last)
		if !ranged {
			to = from
		}
		if from < 0 || to < 0 {
			return fmt.Errorf("%q is not a list of days such as mon-fri or sat,sun", text)
		}
		for d := from; ; d = (d + 1) % 7 {
			*w |= 1 << d
			if d == to {
				break
			}
		}
	}
	return nil
}

func weekday(name string) int {
	for i, d := range weekdays {
		if name == d {
			return i
		}
	}
	return -1
}

// Hours is a part of a day, in minutes since midnight, both ends included:
// 09:00-17:59 lasts until a second before 18:00. From after To goes on after
// midnight.
type Hours struct{ From, To int }

// UnmarshalText implements encoding.TextUnmarshaler.
func (h *Hours) UnmarshalText(text []byte) error {
	from, to, ok := strings.Cut(string(text), "-")
	var err1, err2 error
	h.From, err1 = minuteOf(from)
	h.To, err2 = minuteOf(to)
	if !ok || err1 != nil || err2 != nil {
		return fmt.Errorf("%q are not hours such as 09:00-17:59", text)
	}
	return nil
}

func minuteOf(s string) (int, error) {
	t, err := time.Parse("15:04", strings.TrimSpace(s))
	return t.Hour()*60 + t.Minute(), err
}

// DateRange is a day or several: "2026-12-24", "12-25" (every year), or two
// of a kind with .. between them, both included.
type DateRange struct{ From, To date }

// date is a day; the year 0 is every year.
type date struct{ year, month, day int }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *DateRange) UnmarshalText(text []byte) error {
	from, to, ranged := strings.Cut(string(text), "..")
	if !ranged {
		to = from
	}
	var ok1, ok2 bool
	d.From, ok1 = dateOf(from)
	d.To, ok2 = dateOf(to)
	if !ok1 || !ok2 || (d.From.year == 0) != (d.To.year == 0) || d.From.year > 0 && d.To.before(d.From) {
		return fmt.Errorf("%q is not a date such as 2026-12-24, 12-25 or 12-24..01-06", text)
	}
	return nil
}

func dateOf(s string) (date, bool) {
	s = strings.TrimSpace(s)
	if t, err := time.Parse("2006-01-02", s); err == nil {
		return date{t.Year(), int(t.Month()), t.Day()}, true
	}
	t, err := time.Parse("2006-01-02", "2000-"+s) // a leap year
	return date{0, int(t.Month()), t.Day()}, err == nil
}

func (d date) before(o date) bool {
	if d.year != o.year {
		return d.year < o.year
	}
	return d.month < o.month || d.month == o.month && d.day < o.day
}

func (d DateRange) holds(t time.Time) bool {
	on := date{t.Year(), int(t.Month()), t.Day()}
	if d.From.year == 0 {
		on.year = 0
		if d.To.before(d.From) { // over the new year
			return !on.before(d.From) || !d.To.before(on)
		}
	}
	return !on.before(d.From) && !d.To.before(on)
}
