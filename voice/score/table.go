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
	type key struct{ class, condition, name string }
	beside := map[key]Figure{}
	for _, f := range reference {
		beside[key{f.Class, f.Condition, f.Name}] = f
	}
	var b strings.Builder
	fmt.Fprintf(&b, "     %-14s %-6s %-26s %6s %9s %-16s %9s  %s\n", "class", "noise", "figure", "n", "value", "95 %", "reference", "asked")
	for _, f := range figures {
		if f.Condition != "" && !every && (f.Name != "floor lost" || f.Met == nil) {
			continue
		}
		verdict, asked, bounds, other := "    ", "", "", ""
		if f.Met != nil {
			verdict = map[bool]string{true: "ok  ", false: "MISS"}[*f.Met]
			asked = map[bool]string{true: "≥", false: "≤"}[f.AtLeast] + fmt.Sprintf(" %g", *f.Bar)
		}
		if f.Low != nil {
			bounds = fmt.Sprintf("%.1f–%.1f", *f.Low, *f.High)
		}
		if r, ok := beside[key{f.Class, f.Condition, f.Name}]; ok && r.N > 0 {
			other = fmt.Sprintf("%.1f", r.Value)
		}
		fmt.Fprintf(&b, "%s %-14s %-6s %-26s %6d %6.1f %-2s %-16s %9s  %s\n",
			verdict, f.Class, f.Condition, f.Name, f.N, f.Value, f.Unit, bounds, other, asked)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
