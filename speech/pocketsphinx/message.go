package pocketsphinx

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
)

// What parent and child say to each other beside audio, as JSON.

// settings set a child up.
type settings struct {
	Model    modelFiles
	Decoders int
	Reject   float64
}

// request begins an utterance.
type request struct {
	Rate    int
	Phrases []string
	Closed  bool
	Line    channel // as the utterance before left it
}

// answer is a partial or final text, or a complaint about phrases.
type answer struct {
	Text       string
	Final      bool
	Confidence float64
	Dropped    []string // phrases that cannot be recognised
	Line       channel  // with the final: for the next utterance of the call
}

func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("pocketsphinx: %T is not for JSON: %v", v, err))
	}
	return b
}

// pcmBytes writes samples as 16 bits little-endian.
func pcmBytes(pcm []int16) []byte {
	b := make([]byte, 0, 2*len(pcm))
	for _, s := range pcm {
		b = binary.LittleEndian.AppendUint16(b, uint16(s))
	}
	return b
}

func appendPCM(pcm []int16, b []byte) []int16 {
	for ; len(b) >= 2; b = b[2:] {
		pcm = append(pcm, int16(binary.LittleEndian.Uint16(b)))
	}
	return pcm
}
