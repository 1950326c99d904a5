package corpus

import "parley/voice/score"

// voicedWithin is how far below the loudest frame of a span (dB) its speech
// reaches.
const voicedWithin = 30

// Voiced tells of each frame what the caller himself says in it: "" if he does
// not speak. Coughs, other talkers and echoes are no speech of his.
func (t *Take) Voiced() []score.Kind {
	voiced := make([]score.Kind, len(t.clean)/frame)
	for _, span := range t.Truth.Spans {
		if span.Kind == score.Noise {
			continue
		}
		first, end := int(span.From)/frame, min(int(span.To)/frame+1, len(voiced))
		loudest := 0.0
		for f := first; f < end; f++ {
			loudest = max(loudest, t.clean[f*frame:(f+1)*frame].rms())
		}
		for f := first; f < end; f++ {
			if t.clean[f*frame:(f+1)*frame].rms() > loudest*amplitude(-voicedWithin) {
				voiced[f] = span.Kind
			}
		}
	}
	return voiced
}
