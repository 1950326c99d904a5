package corpus

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"parley/voice/score"
)

// speeds at which a voice is asked to speak: few, so that the cache serves.
var speeds = []float64{0.88, 1, 1.12, 1.25}

// manner is how one person speaks in one scene.
type manner struct {
	voice Voice
	speed float64
	size  float64
	bend  float64 // how the pitch moves over each piece
	tint  params  // of sounds without words
}

func (p *Plan) manner(d dice, it Item) manner {
	m := manner{voice: it.Voice, speed: pick(d, speeds), size: d.between(it.Voice.Size[0], it.Voice.Size[1])}
	m.bend = d.between(-0.08, 0.04)
	if it.Class.Is == "backchannel" {
		m.bend = d.between(-0.15, 0.2)
	}
	m.tint = params{d, halves[it.Part]}
	return m
}

// halves of each parameter's range belong to the parts.
var halves = map[Part][2]float64{Tune: {0, 0.48}, HeldOut: {0.52, 1}}

// phrase is speech with its truth: from its first sample with energy to its
// last.
type phrase struct {
	sound sound
	spoke sound // without the pauses
	words []score.Word
	text  string
}

var pause = regexp.MustCompile(`\{(\d+)(?:-(\d+))?\}`)

// phrase says a text in which braces hold pauses.
func (s *Speakers) phrase(ctx context.Context, m manner, d dice, text string) (phrase, error) {
	var p phrase
	var texts []string
	for {
		gap := pause.FindStringSubmatchIndex(text)
		piece := text
		if gap != nil {
			piece = text[:gap[0]]
		}
		if piece = strings.TrimSpace(piece); piece != "" {
			made, err := s.piece(ctx, m, piece)
			if err != nil {
				return phrase{}, err
			}
			recognised := plain(piece)
			p.words = append(p.words, words(recognised, int64(len(p.sound)), int64(len(made)))...)
			p.sound, p.spoke = append(p.sound, made...), append(p.spoke, made...)
			texts = append(texts, recognised)
		}
		if gap == nil {
			break
		}
		low, _ := strconv.Atoi(text[gap[2]:gap[3]])
		high := low
		if gap[4] >= 0 {
			high, _ = strconv.Atoi(text[gap[4]:gap[5]])
		}
		p.sound = append(p.sound, newSound(d.samples(float64(low), float64(high)))...)
		text = text[gap[1]:]
	}
	p.text = strings.Join(texts, " ")
	return p, nil
}

// piece is speech without a pause, trimmed.
func (s *Speakers) piece(ctx context.Context, m manner, text string) (sound, error) {
	if hum := hums[text]; hum != nil {
		return hum(m.tint).trimmed().level(speechLevel), nil
	}
	pcm, hz, err := s.say(ctx, m.voice, m.speed, text)
	if err != nil {
		return nil, err
	}
	out := resample(pcm, hz, m.size, m.bend).trimmed()
	if len(out) < rate/20 {
		return nil, fmt.Errorf("%s says nothing of %q", m.voice.Name, text)
	}
	return out.level(speechLevel), nil
}

// speechLevel (dBov) is where all speech stands before the scene's own level.
const speechLevel = -26

// plain is a text as a recogniser writes it.
func plain(text string) string {
	return strings.ToLower(strings.NewReplacer("[", "", "]", "", ".", "", ",", "", "?", "", "!", "").Replace(text))
}

// words estimates the borders of a piece's words by their letters.
func words(text string, from, length int64) []score.Word {
	var ws []score.Word
	var letters, all int64
	for _, w := range split(text) {
		all += weight(w)
	}
	for _, w := range split(text) {
		next := letters + weight(w)
		ws = append(ws, score.Word{Text: w, From: from + length*letters/all, To: from + length*next/all})
		letters = next
	}
	return ws
}

func weight(word string) int64 { return int64(utf8.RuneCountInString(word)) + 1 }

// split returns the words of a text; in Chinese each sign is one.
func split(text string) []string {
	var ws []string
	for _, w := range strings.Fields(text) {
		if r, _ := utf8.DecodeRuneInString(w); !unicode.Is(unicode.Han, r) {
			ws = append(ws, w)
			continue
		}
		for _, r := range w {
			if unicode.Is(unicode.Han, r) {
				ws = append(ws, string(r))
			}
		}
	}
	return ws
}
