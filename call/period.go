package call

import (
	"fmt"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // zones must not depend on the machine
)

// Period is a time that comes again: opening hours, for example.
type Period struct {
	Name string `yaml:"name"`
	// Zone is where its clock stands, for example Europe/Berlin; empty: the
	// machine's.
	Zone Zone `yaml:"zone"`
	// Times are when it holds, Except when it does not although Times say so.
	Times  []Span `yaml:"times"`
	Except []Span `yaml:"except"`
}

// Span is a set of days and the hours of them. What is empty holds always.
type Span struct {
	Days  Weekdays    `yaml:"days"`
	Dates []DateRange `yaml:"dates"`
	Hours []Hours     `yaml:"hours"`
}

// Periods are known by name.
type Periods []Period

// Find returns the period of a name, nil if there is none.
func (ps Periods) Find(name string) *Period {
	for i := range ps {
		if ps[i].Name == name {
			return &ps[i]
		}
	}
	return nil
}

// Holds tells whether t is in the period.
func (p *Period) Holds(t time.Time) bool {
	t = t.In(p.Zone.location())
	in := func(s Span) bool { return s.holds(t) }
	return slices.ContainsFunc(p.Times, in) && !slices.ContainsFunc(p.Except, in)
}

// holds compares what a clock on the wall shows, so that a day with a change
// of summer time needs no care.
func (s Span) holds(t time.Time) bool {
	if len(s.Hours) == 0 {
		return s.day(t)
	}
	minute := t.Hour()*60 + t.Minute()
	for _, h := range s.Hours {
		switch {
		case h.From <= h.To:
			if minute >= h.From && minute <= h.To && s.day(t) {
				return true
			}
		case minute >= h.From && s.day(t): // it goes on after midnight
			return true
		case minute <= h.To && s.day(yesterday(t)):
			return true
		}
	}
	return false
}

func yesterday(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day()-1, 12, 0, 0, 0, t.Location())
}

// day tells whether the date of t is among the days.
func (s Span) day(t time.Time) bool {
	if s.Days != 0 && s.Days&(1<<t.Weekday()) == 0 {
		return false
	}
	return len(s.Dates) == 0 || slices.ContainsFunc(s.Dates, func(d DateRange) bool { return d.holds(t) })
}

// Validate reports periods that cannot work.
func (ps Periods) Validate(report func(key, problem, remedy string)) {
	names := make(map[string]bool)
	for i, p := range ps {
		key := fmt.Sprintf("[%d]", i)
		switch {
		case p.Name == "" || strings.HasPrefix(p.Name, "!"):
			report(key+".name", fmt.Sprintf("is %q", p.Name), "give the period a name; routes use it")
		case names[p.Name]:
			report(key+".name", fmt.Sprintf("%q is used twice", p.Name), "give each period its own name")
		}
		names[p.Name] = true
		if len(p.Times) == 0 {
			report(key+".times", "is empty, so the period never holds", `say when, for example {days: mon-fri, hours: ["09:00-17:59"]}`)
		}
	}
}
