package calls

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"parley/call"
)

// checkPicture: the timeline is well-formed and tells what both sides said.
func checkPicture(t *testing.T, r call.Record, svg []byte) {
	t.Helper()
	elements := map[string]int{}
	var text strings.Builder
	for d := xml.NewDecoder(bytes.NewReader(svg)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("the timeline is not well-formed: %v", err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			elements[token.Name.Local]++
		case xml.CharData:
			text.Write(token)
		}
	}
	if elements["svg"] != 1 || elements["path"] != 2 {
		t.Errorf("the picture has %v, want one svg with a path for each side's sound", elements)
	}
	for _, l := range r.Transcript {
		if !strings.Contains(text.String(), l.Text+l.Digits) {
			t.Errorf("the picture lacks %q", l.Text+l.Digits)
		}
	}
	if !strings.Contains(text.String(), "turn.cut") {
		t.Error("the picture does not show where playback was cut")
	}
	t.Logf("timeline.svg: %d bytes, %v", len(svg), elements)
}
