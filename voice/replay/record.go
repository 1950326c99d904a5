package replay

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	"parley/voice/turn"
)

// log is what is written.
type log struct {
	Config json.RawMessage `json:"config"`
	// Whole is false if the conversation went on after the last entry.
	Whole   bool    `json:"whole"`
	Entries []entry `json:"entries"`
}

// entry is one event, or Count frames in a row.
type entry struct {
	At      time.Duration     `json:"at"` // of the first
	Frame   json.RawMessage   `json:"frame,omitempty"`
	Count   int               `json:"count,omitempty"`
	Event   string            `json:"event,omitempty"`
	Value   json.RawMessage   `json:"value,omitempty"`
	Effects []json.RawMessage `json:"effects,omitempty"` // of the last
	State   string            `json:"state,omitempty"`   // with effects: what came of it
}

// maxSize bounds what a recorder keeps, in bytes: some hours of conversation.
const maxSize = 1 << 20

// entrySize is what an entry takes, its texts apart.
const entrySize = 160

// Recorder keeps what a conversation gives to its machine, and what comes of it.
// One goroutine uses it. A nil Recorder keeps nothing.
type Recorder struct {
	log    log
	run    run
	size   int
	full   bool
	broken error // what could not be written
}

// run is frames that are alike.
type run struct {
	frame turn.Frame
	from  time.Duration
	count int
}

// NewRecorder returns a Recorder of a machine that is configured so.
func NewRecorder(c turn.Config) *Recorder {
	r := &Recorder{}
	r.log.Config, r.broken = write(c)
	return r
}

// Frame keeps a frame, the state after it and its effects. It allocates only
// where something changes.
func (r *Recorder) Frame(f turn.Frame, now time.Duration, s turn.State, effects []turn.Effect) {
	if r == nil || r.full || r.broken != nil {
		return
	}
	if r.run.count > 0 && r.run.frame == f && now == r.run.from+time.Duration(r.run.count)*turn.FrameTime {
		r.run.count++
	} else {
		r.flush(nil, turn.State{})
		r.run = run{f, now, 1}
	}
	if len(effects) > 0 {
		r.flush(effects, s)
	}
}

// Event keeps any other event.
func (r *Recorder) Event(e turn.Event, now time.Duration, s turn.State, effects []turn.Effect) {
	if r == nil || r.full || r.broken != nil {
		return
	}
	r.flush(nil, turn.State{})
	value, err := write(e)
	if err != nil {
		r.broken = fmt.Errorf("write %T: %w", e, err)
		return
	}
	r.add(entry{At: now, Event: reflect.TypeOf(e).Name(), Value: value}, effects, s)
}

// flush makes an entry of the frames in a row.
func (r *Recorder) flush(effects []turn.Effect, s turn.State) {
	if r.run.count == 0 {
		return
	}
	frame, err := write(r.run.frame)
	if err != nil {
		r.broken = fmt.Errorf("write a frame: %w", err)
		return
	}
	n := r.run.count
	r.run.count = 0
	r.add(entry{At: r.run.from, Frame: frame, Count: n}, effects, s)
}

func (r *Recorder) add(e entry, effects []turn.Effect, s turn.State) {
	for _, f := range effects {
		text, err := writeEffect(f)
		if err != nil {
			r.broken = err
			return
		}
		r.size += len(text)
		e.Effects = append(e.Effects, text)
	}
	if len(effects) > 0 {
		e.State = summary(s)
	}
	if r.size += entrySize + len(e.Value); r.size > maxSize {
		r.full = true
		return
	}
	r.log.Entries = append(r.log.Entries, e)
}

func writeEffect(f turn.Effect) (json.RawMessage, error) {
	value, err := write(f)
	if err != nil {
		return nil, fmt.Errorf("write %T: %w", f, err)
	}
	return json.RawMessage(fmt.Sprintf("{%q:%s}", reflect.TypeOf(f).Name(), value)), nil
}

// summary is what a state comes to.
func summary(s turn.State) string {
	return fmt.Sprintf("%s/%s/%s, turn %d, epoch %d", s.Call, s.Agent, s.User, s.Turn, s.Epoch)
}

// Attrs returns the log as a journal's event carries it.
func (r *Recorder) Attrs() (map[string]any, error) {
	r.flush(nil, turn.State{})
	if r.broken != nil {
		return nil, fmt.Errorf("keep the log of the turns: %w", r.broken)
	}
	r.log.Whole = !r.full
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	text := json.NewEncoder(z)
	text.SetEscapeHTML(false) // entries stay as they are compared
	if err := text.Encode(r.log); err != nil {
		return nil, fmt.Errorf("keep the log of the turns: %w", err)
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("keep the log of the turns: %w", err)
	}
	return map[string]any{
		"version": Version, "machine": Machine(), "config": fingerprint(r.log.Config),
		"log": base64.StdEncoding.EncodeToString(b.Bytes()),
	}, nil
}
