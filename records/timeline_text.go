package records

import (
	"fmt"
	"io"
	"sort"
	"strings"

	"parley/call"
)

// WriteTimeline writes a call's timeline for a terminal: who spoke when, what
// was decided, and how long each stage of each turn took.
func WriteTimeline(w io.Writer, r call.Record, events []call.Event) error {
	type row struct {
		at   int64
		text string
	}
	var rows []row
	for _, l := range r.Transcript {
		rows = append(rows, row{l.From, sayRow(l)})
	}
	for _, e := range decisions(events) {
		text := e.Kind
		if e.Text != "" {
			text += ": " + e.Text
		}
		rows = append(rows, row{e.At, "        · " + text})
	}
	sort.SliceStable(rows, func(i, j int) bool { return rows[i].at < rows[j].at })

	var b strings.Builder
	fmt.Fprintf(&b, "call %s  %s → %s  %s  %.1f s, ended by %s: %s\n",
		r.ID, orDash(call.Printable(r.Caller)), orDash(call.Printable(r.Called)), call.Printable(r.Program), float64(length(r, events))/1000, orDash(r.HangupBy), call.Printable(Why(r)))
	for _, x := range rows {
		fmt.Fprintf(&b, "%8.2f  %s\n", float64(x.at)/1000, call.Printable(x.text))
	}
	if len(r.Turns) > 0 {
		b.WriteString("\nturn  silence  recogniser  answer  voice  wire  = last word to first sound (ms)\n")
	}
	for _, t := range r.Turns {
		fmt.Fprintf(&b, "%4d  %7s  %10s  %6s  %5s  %4s  = %s%s\n", t.Number,
			gap(t.SpeechEnd, t.Decided), gap(t.Decided, t.Text), gap(t.Text, t.Reply),
			gap(t.Reply, t.Voice), gap(max(t.Voice, t.Reply), t.Audible), gap(t.SpeechEnd, t.Audible), cutText(t))
	}
	if q := r.Latency.EndToEnd; q.Count > 0 {
		fmt.Fprintf(&b, "all   last word to first sound: median %d, 90 %% within %d, least %d ms over %d turns\n", q.Median, q.P90, q.Min, q.Count)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Why tells in a few words why a call ended: its cause, and the reason that
// the program had.
func Why(r call.Record) string {
	if r.Reason != "" {
		return orDash(r.Cause) + " (" + r.Reason + ")"
	}
	return orDash(r.Cause)
}

func sayRow(l call.Line) string {
	row := fmt.Sprintf("%-7s ▏%s", l.Speaker, l.Words())
	if l.Meant != "" && l.Meant != l.Text {
		row += " ✂ " + strings.TrimSpace(strings.TrimPrefix(l.Meant, l.Text))
	}
	return fmt.Sprintf("%s  (%.1f s)", row, float64(l.To-l.From)/1000)
}

func gap(from, to int64) string {
	if from < 0 || to < from {
		return "–"
	}
	return fmt.Sprint(to - from)
}

func cutText(t call.Turn) string {
	if t.Cut < 0 {
		return ""
	}
	return fmt.Sprintf(", cut after %.1f s", float64(t.Cut-t.Audible)/1000)
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}
