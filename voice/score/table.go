package score

import (
	"fmt"
	"io"
	"strings"
)

// Table writes figures for people, those of a reference beside them. Only
// classes as a whole are written, and the conditions that have a bar of their
// own; all of them with every.
func Table(w io.Writer, figures, reference []Figure, every bool) error {
	var b strings.Builder
	fmt.Fprintf(&b, "     %-22s %-6s %-26s %6s %9s %-12s %10s  %s\n", "class", "noise", "figure", "n", "value", "95 %", "reference", "asked")
	beside := map[name]Figure{}
	for _, f := range reference {
		beside[f.name()] = f
	}
	for _, f := range figures {
		other := "–"
		if r, ok := beside[f.name()]; ok && r.N > 0 {
			other = fmt.Sprintf("%.1f", r.Value)
		}
		delete(beside, f.name())
		if every || f.Shown() {
			f.row(&b, fmt.Sprintf("%.1f %-2s", f.Value, f.Unit), other)
		}
	}
	for _, f := range reference { // what only the reference does
		if _, left := beside[f.name()]; left && (every || f.Shown()) {
			f.Met = nil
			f.row(&b, "–   ", fmt.Sprintf("%.1f", f.Value))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

type name struct{ class, condition, name string }

func (f Figure) name() name { return name{f.Class, f.Condition, f.Name} }

// Shown says whether a figure belongs to the short form: those of a class as a
// whole, and of a condition that has a bar of its own.
func (f Figure) Shown() bool {
	return f.Condition == "" || f.Name == "floor lost" && f.Met != nil
}

func (f Figure) row(b *strings.Builder, value, other string) {
	verdict, asked, bounds := "    ", "", ""
	if f.Met != nil {
		verdict = map[bool]string{true: "ok  ", false: "MISS"}[*f.Met]
	}
	if f.Bar != nil {
		asked = map[bool]string{true: "≥", false: "≤"}[f.AtLeast] + fmt.Sprintf(" %g", *f.Bar)
	}
	if f.Low != nil {
		bounds = fmt.Sprintf("%.1f–%.1f", *f.Low, *f.High)
	}
	fmt.Fprintf(b, "%s %-22s %-6s %-26s %6d %9s %-12s %10s  %s\n", verdict, f.Class, f.Condition, f.Name, f.N, value, bounds, other, asked)
}
