package flite

import (
	"encoding/json"
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
	// is slow does not hold it.
	var chunks []speech.Chunk
	s, err := shape.New(u.Text, voiceRate, u.Rate, func(c speech.Chunk) error {
		chunks = append(chunks, c)
		return nil
	})
	if err != nil {
		return err
	}
	send := func() error {
		for _, c := range chunks {
			if err := t.Send(encodeChunk(c)); err != nil {
				return err
			}
		}
		chunks = nil
		return nil
	}
	var spoken int64
	for _, p := range pieces(u.Text) {
		select {
		case <-t.Cancelled():
			return engine.ErrCancelled
		default:
		}
		if spoken, err = say(t, s, u, p, spoken); err != nil {
			return err
		}
		if err := send(); err != nil {
			return err
		}
	}
	if err := s.Close(); err != nil {
		return err
	}
	return send()
}

// say speaks one piece. spoken is the voice's samples before it and after it.
func say(t *engine.Task, s *shape.Shaper, u speech.Utterance, p piece, spoken int64) (int64, error) {
	before, failed := spoken, error(nil)
	talk := sentence{
		mark: func(sample int64, pos int) {
			// pos is behind the space that ended the word.
			end := p.at + len(strings.TrimRight(p.text[:min(pos, len(p.text))], " \t\r\n"))
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
	if err := talk.say(u.Voice, p.text, u.Speed); err != nil {
		return spoken, err
	}
	return spoken, failed
}
