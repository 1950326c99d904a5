package replay

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"time"

	"parley/voice/turn"
)

// Log is a log that was read.
type Log struct {
	Config turn.Config
	// Whole is false if the conversation was longer than the log.
	Whole bool
	// SameMachine is false if the machine has been changed since: a difference
	// may come from that.
	SameMachine bool
	entries     []entry
}

// Errors of Read.
var (
	ErrVersion = errors.New("the log is of another version")
	ErrDamaged = errors.New("the log is damaged")
)

// maxLog bounds what a log may unpack to, maxFrames how long a conversation may
// be: a day.
const (
	maxLog    = 16 << 20
	maxFrames = 24 * 60 * 60 * 50
)

// Read reads what Attrs has made. Errors: ErrVersion, ErrDamaged, and what this
// machine does not know.
func Read(attrs map[string]any) (*Log, error) {
	if v := fmt.Sprint(attrs["version"]); v != fmt.Sprint(Version) {
		return nil, fmt.Errorf("%w: %s, and this parley reads %d", ErrVersion, v, Version)
	}
	packed, err := base64.StdEncoding.DecodeString(fmt.Sprint(attrs["log"]))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	text, err := io.ReadAll(io.LimitReader(z, maxLog))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	var raw log
	if err := json.Unmarshal(text, &raw); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	frames := 0
	for _, e := range raw.Entries {
		if frames += e.Count; e.Count < 0 || frames > maxFrames || frames < 0 {
			return nil, fmt.Errorf("%w: it has too many frames", ErrDamaged)
		}
	}
	if fingerprint(raw.Config) != attrs["config"] {
		return nil, fmt.Errorf("%w: the configuration is not the one that its fingerprint names", ErrDamaged)
	}
	l := &Log{Whole: raw.Whole, SameMachine: attrs["machine"] == Machine(), entries: raw.Entries}
	if err := read(raw.Config, &l.Config); err != nil {
		return nil, fmt.Errorf("the log was made by another machine: %w", err)
	}
	return l, nil
}

// Decision is what a machine decided in one step.
type Decision struct {
	At      time.Duration // since the conversation began
	Event   string        // that it followed
	Effects []string      // JSON, by the effect's name
	State   string        // after it
}

// Difference is where a machine decides otherwise than the log says.
type Difference struct {
	Recorded, Replayed Decision
}

func (d *Difference) Error() string {
	return fmt.Sprintf("at %.2f s, after %s, the log has %v (%s), and the machine decides %v (%s)",
		d.Recorded.At.Seconds(), d.Recorded.Event, d.Recorded.Effects, d.Recorded.State, d.Replayed.Effects, d.Replayed.State)
}

// Run steps a machine through the log, and gives each decision to each. Errors:
// the first *Difference, or an event that is not known.
func (l *Log) Run(each func(Decision)) error {
	var s turn.State
	var begin time.Duration
	for i, e := range l.entries {
		if i == 0 {
			begin = e.At
		}
		event, err := e.event()
		if err != nil {
			return err
		}
		for n := range max(e.Count, 1) {
			now := e.At + time.Duration(n)*turn.FrameTime
			var effects []turn.Effect
			s, effects = l.Config.Step(s, event, now)
			got, err := decision(event, s.Now-begin, s, effects)
			if err != nil {
				return err
			}
			want := Decision{At: got.At, Event: got.Event}
			if n == max(e.Count, 1)-1 {
				want.State = e.State
				for _, f := range e.Effects {
					want.Effects = append(want.Effects, string(f))
				}
			}
			if !reflect.DeepEqual(want, got) {
				return &Difference{want, got}
			}
			if len(effects) > 0 {
				each(got)
			}
		}
	}
	return nil
}

// event is the entry's.
func (e entry) event() (turn.Event, error) {
	if e.Event == "" {
		var f turn.Frame
		if err := read(e.Frame, &f); err != nil {
			return nil, fmt.Errorf("the log was made by another machine: %w", err)
		}
		return f, nil
	}
	t, ok := events[e.Event]
	if !ok {
		return nil, fmt.Errorf("the log was made by another machine: this one knows no event %q", e.Event)
	}
	v := reflect.New(t)
	if err := fill(v.Elem(), e.Value); err != nil {
		return nil, fmt.Errorf("the log was made by another machine: event %s: %w", e.Event, err)
	}
	return v.Elem().Interface().(turn.Event), nil
}

// decision puts a step's outcome into words.
func decision(e turn.Event, at time.Duration, s turn.State, effects []turn.Effect) (Decision, error) {
	d := Decision{At: at, Event: reflect.TypeOf(e).Name()}
	for _, f := range effects {
		text, err := writeEffect(f)
		if err != nil {
			return d, err
		}
		d.Effects = append(d.Effects, string(text))
	}
	if len(effects) > 0 {
		d.State = summary(s)
	}
	return d, nil
}
