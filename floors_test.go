package parley_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// floors says which packages stand on which floor. A package imports only
// from lower floors, or from its own parent room (a vendor's folder imports
// the package it serves; a program imports its pure machine below it).
var floors = map[string]int{
	"media": 1,

	"call":   2,
	"speech": 2,

	"sip":         3,
	"webrtc":      3,
	"audiosocket": 3,
	"ivr":         3,
	"voice":       3,
	"desk":        3,
	"dialer":      3,
	"records":     3,

	"store": 4,
	"web":   4,

	"cmd": 5,
}

// pure packages are machines: no socket, no clock, no random source.
var pure = []string{
	"parley/voice/turn", "parley/ivr/flow", "parley/dialer/plan", "parley/voice/answer", "parley/voice/turn/wording", "parley/ivr/agent/stream", "parley/sip/registration", "parley/sip/overload",
}

// impure are the imports that a pure machine may not have.
var impure = []string{"net", "os", "io", "crypto/rand", "math/rand", "math/rand/v2", "log/slog", "context", "sync"}

func TestImportsRunDownward(t *testing.T) {
	for _, p := range packages(t) {
		room := roomOf(p.path)
		floor, known := floors[room]
		if !known {
			if room != "test" && room != "" {
				t.Errorf("%s stands on no floor: give %q a place in floors_test.go and ARCHITECTURE.md", p.path, room)
			}
			continue
		}
		for _, imp := range p.imports {
			if !strings.HasPrefix(imp, "parley/") || roomOf(imp) == room {
				continue
			}
			if below, ok := floors[roomOf(imp)]; !ok || below >= floor {
				t.Errorf("%s (floor %d) imports %s (floor %d): imports run downward only", p.path, floor, imp, below)
			}
		}
	}
}

func TestPureMachinesTouchNothing(t *testing.T) {
	for _, p := range packages(t) {
		for _, name := range pure {
			if p.path != name {
				continue
			}
			for _, imp := range p.imports {
				for _, bad := range impure {
					if imp == bad {
						t.Errorf("%s imports %s: a pure machine has no I/O, clock or random source of its own", p.path, imp)
					}
				}
				if strings.HasPrefix(imp, "parley/") && floors[roomOf(imp)] > 2 && !slices.Contains(pure, imp) {
					t.Errorf("%s imports %s: a pure machine knows only vocabulary and other pure machines of its room", p.path, imp)
				}
			}
		}
	}
}

// TestScoringKnowsNoLoop: what judges the voice loop shares no code with it.
func TestScoringKnowsNoLoop(t *testing.T) {
	for _, p := range packages(t) {
		if p.path != "parley/voice/score" {
			continue
		}
		for _, imp := range p.imports {
			if strings.HasPrefix(imp, "parley/") {
				t.Errorf("%s imports %s: the scoring code stands apart", p.path, imp)
			}
		}
	}
}

type goPackage struct {
	path    string
	imports []string
}

func packages(t *testing.T) []goPackage {
	t.Helper()
	out, err := exec.Command("go", "list", "-f", "{{.ImportPath}} {{join .Imports \" \"}}", "./...").CombinedOutput()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, out)
	}
	var ps []goPackage
	for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		f := strings.Fields(line)
		ps = append(ps, goPackage{path: f[0], imports: f[1:]})
	}
	if len(ps) < 3 {
		t.Fatalf("go list named only %d packages", len(ps))
	}
	return ps
}

// roomOf returns the top-level folder of a package of ours.
func roomOf(path string) string {
	rest := strings.TrimPrefix(path, "parley")
	rest = strings.TrimPrefix(rest, "/")
	room, _, _ := strings.Cut(rest, "/")
	return room
}
