package espeak

import (
	"bufio"
	"bytes"
	"slices"
	"strings"
)

// Voice is one line of `espeak-ng --voices`.
type Voice struct {
	Language string   // "en-gb"
	Name     string   // "English_(Great_Britain)"
	File     string   // what the program is called with
	Others   []string // further languages that it serves
}

// parseVoices reads the table
//
//	Pty Language       Age/Gender VoiceName          File    Other Languages
//	 5  cmn             --/M      Chinese_(Mandarin) sit/cmn (zh-cmn 5)(zh 5)
func parseVoices(table []byte) []Voice {
	var vs []Voice
	lines := bufio.NewScanner(bytes.NewReader(table))
	lines.Scan() // the heading
	for lines.Scan() {
		f := strings.Fields(lines.Text())
		if len(f) < 5 {
			continue
		}
		v := Voice{Language: strings.ToLower(f[1]), Name: f[3], File: f[4]}
		for _, other := range strings.Split(strings.Join(f[5:], " "), "(") {
			if name, _, ok := strings.Cut(other, " "); ok {
				v.Others = append(v.Others, strings.ToLower(name))
			}
		}
		vs = append(vs, v)
	}
	return vs
}

// find returns the voice for a name, or for a language if the name is empty:
// for "de-AT" that of "de-at", else that of "de", else one of its kin such as
// "de-de".
func find(vs []Voice, language, name string) (Voice, bool) {
	if name != "" {
		i := slices.IndexFunc(vs, func(v Voice) bool {
			return strings.EqualFold(v.Name, name) || strings.EqualFold(v.Language, name)
		})
		if i < 0 {
			return Voice{}, false
		}
		return vs[i], true
	}
	tag := strings.ToLower(language)
	base, _, _ := strings.Cut(tag, "-")
	for _, fits := range []func(Voice) bool{
		func(v Voice) bool { return v.Language == tag },
		func(v Voice) bool { return slices.Contains(v.Others, tag) },
		func(v Voice) bool { return v.Language == base },
		func(v Voice) bool { return slices.Contains(v.Others, base) },
		func(v Voice) bool { return strings.HasPrefix(v.Language, base+"-") },
	} {
		if i := slices.IndexFunc(vs, fits); base != "" && i >= 0 {
			return vs[i], true
		}
	}
	return Voice{}, false
}
