package espeak

import (
	"errors"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"parley/speech"
	"parley/speech/speechtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func synthesizer(t *testing.T) *Synthesizer {
	t.Helper()
	s, err := New(Defaults())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestConformance(t *testing.T) {
	speechtest.Synthesizer(t, speechtest.SynthesizerCase{
		Synthesizer: synthesizer(t), Text: "Guten Morgen! Wir haben von neun bis fünf geöffnet.", Language: "de-AT",
		Long: strings.Repeat("Das ist ein Satz, der eine ganze Weile dauert. ", 40), Foreign: "tlh-KX",
	})
}

func TestManyLanguages(t *testing.T) {
	s := synthesizer(t)
	for lang, text := range map[string]string{
		"zh-CN": "我们每天早上九点开门。您想知道什么？", "fr": "Bonjour, que puis-je faire pour vous ?",
		"es-MX": "Buenos días, ¿en qué puedo ayudarle?", "ja-JP": "おはようございます。", "en-GB": "Good morning.", "pt-BR": "Bom dia!",
	} {
		c := speechtest.Speak(t, s, speech.Utterance{Text: text, Language: lang, Rate: 8000})
		speechtest.CheckMarks(t, text, c)
		if lang == "zh-CN" && len(c.Marks) < 12 {
			t.Errorf("Chinese has %d marks, want one for most characters", len(c.Marks))
		}
	}
}

func TestMissingProgramNamesThePackage(t *testing.T) {
	c := Defaults()
	c.Program = "no-such-program"
	if _, err := New(c); !errors.Is(err, speech.ErrUnavailable) || !strings.Contains(err.Error(), "apt-get install espeak-ng") {
		t.Errorf("got %v", err)
	}
}

func TestBusyAtTheLimit(t *testing.T) {
	c := Defaults()
	c.Works = 1
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	u := speech.Utterance{Text: "Guten Morgen.", Language: "de", Rate: 8000}
	inner := errors.New("not called")
	_ = s.Speak(t.Context(), u, func(speech.Chunk) error {
		inner = s.Speak(t.Context(), u, func(speech.Chunk) error { return nil })
		return inner
	})
	if !errors.Is(inner, speech.ErrBusy) {
		t.Errorf("one too many gives %v, want ErrBusy", inner)
	}
}

func TestVoicesAreFound(t *testing.T) {
	vs := parseVoices([]byte(`Pty Language       Age/Gender VoiceName          File                 Other Languages
 5  cmn             --/M      Chinese_(Mandarin,_latin_as_English) sit/cmn              (zh-cmn 5)(zh 5)
 5  en-gb           --/M      English_(Great_Britain) gmw/en               (en 2)
 2  en-us           --/M      English_(America)  gmw/en-US            (en 3)
 broken
`))
	if len(vs) != 3 {
		t.Fatalf("%d voices, want 3", len(vs))
	}
	for _, c := range []struct{ lang, name, want string }{
		{"zh-CN", "", "sit/cmn"}, {"zh", "", "sit/cmn"}, {"en-US", "", "gmw/en-US"}, {"en-AU", "", "gmw/en"},
		{"de", "", ""}, {"", "", ""}, {"de", "English_(America)", "gmw/en-US"}, {"en", "nobody", ""},
	} {
		if v, ok := find(vs, c.lang, c.name); v.File != c.want || ok != (c.want != "") {
			t.Errorf("language %q, voice %q gives %q, want %q", c.lang, c.name, v.File, c.want)
		}
	}
}

func FuzzParseWAV(f *testing.F) {
	f.Add([]byte("RIFF\x24\xf0\xff\x7fWAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x22\x56\x00\x00\x44\xac\x00\x00\x02\x00\x10\x00data\x00\xf0\xff\x7f\x01\x02\x03"))
	f.Add([]byte("RIFF....WAVEdata\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if pcm, rate, err := parseWAV(b); err == nil && (len(pcm)*2 > len(b) || rate == 0) {
			t.Errorf("%d samples at %d Hz in %d bytes", len(pcm), rate, len(b))
		}
	})
}
