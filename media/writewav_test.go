package media

import (
	"path/filepath"
	"slices"
	"testing"
)

func TestWriteWAVIsReadBack(t *testing.T) {
	file := filepath.Join(t.TempDir(), "two.wav")
	left, right := []int16{1, -2, 32767, 0}, []int16{5, 6, -32768, 8}
	if err := WriteWAV(file, 8000, left, right); err != nil {
		t.Fatal(err)
	}
	got, rate, err := ReadWAV(file)
	if err != nil || rate != 8000 || len(got) != 2 || !slices.Equal(got[0], left) || !slices.Equal(got[1], right) {
		t.Errorf("%v at %d Hz, %v", got, rate, err)
	}
	if err := WriteWAV(file, 8000, left, right[1:]); err == nil {
		t.Error("channels of two lengths are written")
	}
	if err := WriteWAV(filepath.Join(file, "x.wav"), 8000, left); err == nil {
		t.Error("a file is a folder")
	}
}
