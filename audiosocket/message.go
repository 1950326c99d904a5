package audiosocket

import (
	wire "github.com/CyCoreSystems/audiosocket"

	"parley/media"
)

// Kinds that the wire library does not know: audio at other rates than 8 kHz.
const (
	firstAudio = wire.KindSlin
	lastAudio  = 0x18
)

const (
	headerSize = 3
	idSize     = 16
	// maxOther bounds messages that are not audio; more is garbage.
	maxOther = 4096
)

// audioRates are the sample rates of kinds 0x10 to 0x18, in Hz.
var audioRates = [lastAudio - firstAudio + 1]int{8000, 12000, 16000, 24000, 32000, 44100, 48000, 96000, 192000}

// isAudio says whether kind carries audio, and at which rate.
func isAudio(kind byte) (rate int, ok bool) {
	if kind < firstAudio || kind > lastAudio {
		return 0, false
	}
	return audioRates[kind-firstAudio], true
}

// kindOf returns the kind that carries audio at rate.
func kindOf(rate int) (kind byte, ok bool) {
	for i, r := range audioRates {
		if r == rate && r <= media.MaxRate {
			return firstAudio + byte(i), true
		}
	}
	return 0, false
}

// plausible says whether a message of this kind may have this length. Audio
// is whole samples and at most a second of them.
func plausible(kind byte, length int) bool {
	if rate, ok := isAudio(kind); ok {
		return length%2 == 0 && length <= 2*rate
	}
	switch kind {
	case wire.KindHangup:
		return true // its length is ignored
	case wire.KindDTMF:
		return length == 1
	}
	return length <= maxOther
}
