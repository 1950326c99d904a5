package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"parley/media"
)

// turns runs a command on the corpus of this repository.
func turns(t *testing.T, args ...string) (string, error) {
	t.Helper()
	root := newRoot()
	var out bytes.Buffer
	root.SetOut(&out)
	root.SetErr(&out)
	root.SetArgs(append([]string{"turns", "--corpus", "../../testdata/turns"}, args...))
	err := root.ExecuteContext(t.Context())
	return out.String(), err
}

func TestTurnsRunPrintsFigures(t *testing.T) {
	out, err := turns(t, "run", "--part", "tune", "--only", "short|echo", "--items", "12", "--json")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`{"loop":"parley","class":"short"`, `"loop":"plain"`, `"figure":"floor lost"`} {
		if !strings.Contains(out, want) {
			t.Errorf("no %s in\n%s", want, out)
		}
	}
	if _, err := turns(t, "run", "--recognizer", "nobody"); err == nil || !strings.Contains(err.Error(), "nobody") {
		t.Errorf("a recogniser that there is not gives %v", err)
	}
}

func TestTurnsPlayShowsASceneAndARecording(t *testing.T) {
	dir := t.TempDir()
	svg, wav := filepath.Join(dir, "scene.svg"), filepath.Join(dir, "scene.wav")
	out, err := turns(t, "play", "tune/backchannel/0003", "--svg", svg, "--wav", wav)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out, "backchannel okay") || !strings.Contains(out, "robot") {
		t.Errorf("the timeline is\n%s", out)
	}
	if picture, err := os.ReadFile(svg); err != nil || !bytes.HasPrefix(picture, []byte("<svg")) {
		t.Errorf("the picture begins with %.20q, %v", picture, err)
	}
	channels, rate, err := media.ReadWAV(wav)
	if err != nil || len(channels) != 2 || rate != 8000 {
		t.Fatalf("%d channels at %d Hz, %v", len(channels), rate, err)
	}
	if out, err = turns(t, "play", wav, "--robot", wav); err != nil || !strings.Contains(out, "(file)") {
		t.Errorf("%v: the timeline of a recording is\n%s", err, out)
	}
	if _, err := turns(t, "play", "tune/nothing/0000"); err == nil {
		t.Error("an item that there is not is played")
	}
}
