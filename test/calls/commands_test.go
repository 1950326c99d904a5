package calls

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"parley/call"
)

// TestCommands: parley calls lists, shows and draws a call.
func TestCommands(t *testing.T) {
	t.Parallel()
	p := startDesk(t, 20*time.Second)
	_, r := p.Call(t, "desk", "--from", "4930123456", "--wait-quiet", "--say", "not now")
	var list []struct{ ID call.ID }
	if err := json.Unmarshal([]byte(p.Command("calls", "list", "--json", "--number", "4930123456")), &list); err != nil || len(list) != 1 || list[0].ID != r.ID {
		t.Errorf("parley calls list: %+v, %v", list, err)
	}
	if out := p.Command("calls", "list", "--json", "--number", "1"); strings.TrimSpace(out) != "[]" {
		t.Errorf("a list of nothing is %q", out)
	}
	var shown call.Record
	if err := json.Unmarshal([]byte(p.Command("calls", "show", string(r.ID))), &shown); err != nil || shown.WireID != r.WireID || len(shown.Transcript) != len(r.Transcript) {
		t.Errorf("parley calls show: %+v, %v", shown, err)
	}
	timeline := p.Command("calls", "timeline", string(r.ID))
	for _, text := range []string{notice, "not now", "turn.end: silence of ", "ended by system: normal"} {
		if !strings.Contains(timeline, text) {
			t.Errorf("the timeline lacks %q:\n%s", text, timeline)
		}
	}
	replayed := p.Command("replay", string(r.ID))
	for _, text := range []string{"turn.end: silence of ", "live/hearing/quiet", "decisions, all as in the log"} {
		if !strings.Contains(replayed, text) {
			t.Errorf("the replay lacks %q:\n%s", text, replayed)
		}
	}
	if svg := p.Command("calls", "timeline", "--svg", string(r.ID)); !strings.HasPrefix(svg, "<svg ") {
		t.Errorf("the picture begins with %.40q", svg)
	}
}
