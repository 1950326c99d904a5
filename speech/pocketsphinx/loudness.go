package pocketsphinx

// loudness counts the frames (10 ms at the decoder's rate) of an utterance that
// hold a voice: those within 20 dB of the loudest.
type loudness struct {
	energy []float32
	sum    float32
	n      int
}

const (
	loudnessFrame = decoderRate / 100
	loudnessRange = 100 // 20 dB, in energy
)

func (l *loudness) add(pcm []int16) {
	for _, s := range pcm {
		l.sum += float32(s) * float32(s)
		if l.n++; l.n == loudnessFrame {
			l.energy = append(l.energy, l.sum)
			l.sum, l.n = 0, 0
		}
	}
}

func (l *loudness) frames() (n int) {
	var loudest float32
	for _, e := range l.energy {
		loudest = max(loudest, e)
	}
	for _, e := range l.energy {
		if e > 0 && e*loudnessRange >= loudest {
			n++
		}
	}
	return n
}
