package trunk

import (
	"strconv"
	"strings"

	"parley/call"
)

// HuntOn lists what makes a group try its next member.
type HuntOn []string

// Matches tells whether a call that ended so is tried elsewhere. code is the
// SIP status and q850 the value of the Reason header, 0 if there was none.
func (h HuntOn) Matches(code, q850 int, cause call.Cause) bool {
	for _, on := range h {
		if on == cause.String() {
			return true
		}
		if class, ok := strings.CutSuffix(on, "xx"); ok && code >= 300 && strconv.Itoa(code/100) == class {
			return true
		}
		if v, ok := strings.CutPrefix(on, "q850:"); ok && q850 > 0 && strconv.Itoa(q850) == v {
			return true
		}
		if code >= 300 && on == strconv.Itoa(code) {
			return true
		}
	}
	return false
}

// huntable tells whether on is something that HuntOn understands.
func huntable(on string) bool {
	if c, err := call.ParseCause(on); err == nil {
		return c != call.Normal
	}
	if v, ok := strings.CutPrefix(on, "q850:"); ok {
		n, err := strconv.Atoi(v)
		return err == nil && n >= 1 && n <= 127
	}
	if class, ok := strings.CutSuffix(on, "xx"); ok {
		on = class + "00"
	}
	n, err := strconv.Atoi(on)
	return err == nil && n >= 300 && n <= 699 && len(on) == 3
}
