package replay

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"reflect"

	"parley/voice/turn"
)

// events are what a log may hold, by name. Frames have a form of their own.
var events = map[string]reflect.Type{}

func init() {
	for _, e := range []turn.Event{
		turn.Begin{}, turn.Digit{}, turn.Heard{}, turn.Answer{}, turn.AnswerFailed{}, turn.LineStarted{}, turn.LineDone{},
		turn.LineFailed{}, turn.TransferAnswered{}, turn.Transferred{}, turn.Timer{}, turn.Gone{},
	} {
		t := reflect.TypeOf(e)
		events[t.Name()] = t
	}
}

// Machine is a fingerprint of what the turn machine's configuration and events
// are made of: two that differ are different machines.
func Machine() string {
	h := sha256.New()
	seen := map[reflect.Type]bool{}
	shape(h, reflect.TypeFor[turn.Config](), seen)
	shape(h, reflect.TypeFor[turn.Frame](), seen)
	shape(h, reflect.TypeFor[turn.State](), seen)
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// shape writes the fields of a type.
func shape(w io.Writer, t reflect.Type, seen map[reflect.Type]bool) {
	fmt.Fprint(w, t.String(), ";")
	if seen[t] {
		return
	}
	seen[t] = true
	switch t.Kind() {
	case reflect.Struct:
		for i := range t.NumField() {
			fmt.Fprint(w, t.Field(i).Name, ":")
			shape(w, t.Field(i).Type, seen)
		}
	case reflect.Pointer, reflect.Slice, reflect.Map:
		shape(w, t.Elem(), seen)
	}
}

// fingerprint is that of a text.
func fingerprint(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}
