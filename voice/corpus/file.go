package corpus

import (
	"parley/media"
	"parley/voice/score"
)

// fileLine names the line of a robot that plays a file.
const fileLine = "(file)"

// FromAudio is a scene of which nothing is known but the caller's sound, at
// 8 kHz. The robot listens.
func FromAudio(name string, caller []int16) *Take {
	n := (len(caller)+frame-1)/frame*frame + tail*rate/1000
	t := &Take{
		Item:   Item{ID: name, Language: "en"},
		Caller: append(caller, make([]int16, n-len(caller))...),
		Marks:  make([]media.Mark, n/frame),
		Sounds: map[string][]int16{},
		Answer: "(answer)",
		Truth:  score.Truth{ID: name, Length: int64(n)},
	}
	for i := range t.Marks {
		t.Marks[i] = media.Heard
	}
	return t
}

// Speak lets the robot of a scene say something first.
func (t *Take) Speak(pcm []int16) {
	t.Line = fileLine
	t.Sounds[fileLine] = pcm
	t.Truth.Robot = pcm
}
