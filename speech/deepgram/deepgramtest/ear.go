package deepgramtest

import (
	"encoding/binary"
	"strconv"
	"strings"
)

// Ear is one connection to /v1/listen.
type Ear struct {
	Conn
	position int64 // samples received
	from     int64 // where the segment begins
	sound    int64 // loud samples since the last Finalize
	said     int   // words that were said in a final since then
	shown    int
}

// Script is what an honest Ear understands.
type Script struct {
	// Text is taken to be said, a word in every 100 ms of sound.
	Text string
	// Segment ends a final after as many words; 0: only at Finalize.
	Segment int
	// OnOrder is told of each order, OnAudio of all audio so far; true: the
	// order is taken care of, or the play is over.
	OnOrder func(e *Ear, order string) bool
	OnAudio func(e *Ear, samples int64) bool
}

// Listen understands by a script, as the service does.
func Listen(s Script) func(*Ear) {
	return func(e *Ear) {
		words := strings.Fields(s.Text)
		for {
			audio, order, ok := e.Receive()
			if !ok {
				return
			}
			kind, _ := order["type"].(string)
			if order != nil && s.OnOrder != nil && s.OnOrder(e, kind) {
				continue
			}
			switch {
			case order == nil:
				e.hear(audio)
				e.understand(words, s.Segment)
				if s.OnAudio != nil && s.OnAudio(e, e.position) {
					return
				}
			case kind == "Finalize":
				e.Final(strings.Join(words[e.said:e.spoken(words)], " "), true)
				e.sound, e.said, e.shown = 0, 0, 0
			case kind == "Configure":
				e.Send(M{"type": "ConfigureSuccess", "keyterms": order["keyterms"]})
			case kind == "CloseStream":
				e.Send(M{"type": "Metadata", "duration": e.seconds(e.position), "channels": 1})
				e.Close(1000, "")
				return
			}
		}
	}
}

func (e *Ear) rate() float64 {
	r, _ := strconv.ParseFloat(e.Query.Get("sample_rate"), 64)
	return r
}

func (e *Ear) seconds(samples int64) float64 { return float64(samples) / e.rate() }

// Samples returns how many came in.
func (e *Ear) Samples() int64 { return e.position }

func (e *Ear) hear(audio []byte) {
	for ; len(audio) >= 2; audio = audio[2:] {
		if s := int16(binary.LittleEndian.Uint16(audio)); s > 500 || s < -500 {
			e.sound++
		}
		e.position++
	}
}

// spoken is how many words the sound so far is worth.
func (e *Ear) spoken(words []string) int {
	return min(int(e.seconds(e.sound)*10), len(words))
}

func (e *Ear) understand(words []string, segment int) {
	n := e.spoken(words)
	if n == e.shown {
		return
	}
	e.shown = n
	if segment > 0 && n-e.said >= segment {
		e.Final(strings.Join(words[e.said:n], " "), false)
		e.said = n
		return
	}
	e.Partial(strings.Join(words[e.said:n], " "))
}

// Partial sends what was understood since the last final.
func (e *Ear) Partial(text string) bool { return e.result(text, e.from, e.position, false, false) }

// Final ends a segment.
func (e *Ear) Final(text string, fromFinalize bool) bool {
	from := e.from
	e.from = e.position
	return e.result(text, from, e.position, true, fromFinalize)
}

// Result sends a result for a stretch of the stream, in seconds.
func (e *Ear) Result(text string, start, duration float64, final, fromFinalize bool) bool {
	return e.Send(M{
		"type": "Results", "channel_index": []int{0, 1}, "start": start, "duration": duration,
		"is_final": final, "speech_final": false, "from_finalize": fromFinalize,
		"channel":  M{"alternatives": []M{{"transcript": text, "confidence": 0.9, "words": []M{}}}},
		"metadata": M{"request_id": "test", "model_uuid": "test"},
	})
}

func (e *Ear) result(text string, from, to int64, final, fromFinalize bool) bool {
	return e.Result(text, e.seconds(from), e.seconds(to-from), final, fromFinalize)
}
