package flite

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"parley/speech"
	"parley/speech/engine"
	"parley/speech/shape"
)

// Name is what the children of this synthesizer are called.
const Name = "flite"

// Kind speaks in an engine child.
func Kind([]byte) (func(*engine.Task) error, error) {
	// The first words of a voice take longest: they are spoken to nobody.
	warm := sentence{mark: func(int64, int) {}, audio: func([]int16) bool { return false }}
	if err := warm.say("slt", "Hello.", 1); err != nil {
		return nil, err
	}
	return serve, nil
}

func serve(t *engine.Task) error {
	var u speech.Utterance
	if err := json.Unmarshal(t.Request, &u); err != nil {
		return fmt.Errorf("request for flite: %w", err)
	}
	// The library is shared: what it says is queued, so that a listener who
	// is slow does not hold it. Even digits, read at half the speed, fill the
	// queue with fewer than 12 chunks of 100 ms a byte.
	queue := make(chan []byte, 16+12*len(u.Text))
	s, err := shape.New(u.Text, voiceRate, u.Rate, func(c speech.Chunk) error {
		queue <- encodeChunk(c)
		return nil
	})
	if err != nil {
		return err
	}
	sent := make(chan error, 1)
	go func() {
		var err error
		for b := range queue {
			if err == nil {
				err = t.Send(b)
			}
		}
		sent <- err
	}()
	err = sayAll(t, s, u)
	close(queue)
	return errors.Join(err, <-sent)
}

// sayAll speaks piece by piece; other listeners get their turn between them.
func sayAll(t *engine.Task, s *shape.Shaper, u speech.Utterance) (err error) {
	var spoken int64
	for _, p := range shape.Pieces(u.Text) {
		select {
		case <-t.Cancelled():
			return engine.ErrCancelled
		default:
		}
		if spoken, err = say(t, s, u, p, spoken); err != nil {
			return err
		}
	}
	return s.Close()
}

// say speaks one piece. spoken is the voice's samples before it and after it.
func say(t *engine.Task, s *shape.Shaper, u speech.Utterance, p shape.Piece, spoken int64) (int64, error) {
	before, failed := spoken, error(nil)
	talk := sentence{
		mark: func(sample int64, pos int) {
			// pos is behind the space that ended the word.
			end := p.At + len(strings.TrimRight(p.Text[:min(pos, len(p.Text))], " \t\r\n"))
			s.Mark(before+sample, end)
		},
		audio: func(pcm []int16) bool {
			spoken += int64(len(pcm))
			failed = s.Write(pcm)
			select {
			case <-t.Cancelled():
				return true
			default:
				return failed != nil
			}
		},
	}
	if err := talk.say(u.Voice, p.Text, u.Speed); err != nil {
		return spoken, err
	}
	return spoken, failed
}
