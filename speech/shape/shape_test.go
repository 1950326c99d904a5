package shape

import (
	"errors"
	"strings"
	"testing"

	"parley/speech"
	"parley/speech/speechtest"
)

// voice is 300 ms of silence, a second of sound with a pause in it, and half a
// second of silence, at 16 kHz.
func voice() []int16 {
	pcm := make([]int16, 16000*18/10)
	for i := range pcm {
		ms := i / 16
		if ms >= 300 && ms < 700 || ms >= 900 && ms < 1300 {
			pcm[i] = int16(8000 - 16000*(i/20%2))
		}
	}
	return pcm
}

func shaped(t *testing.T, text string, to, piece int, marks []speech.Mark) speech.Chunk {
	t.Helper()
	var all speech.Chunk
	s, err := New(text, 16000, to, func(c speech.Chunk) error {
		all.PCM = append(all.PCM, c.PCM...)
		all.Marks = append(all.Marks, c.Marks...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range marks {
		s.Mark(m.Sample, m.Byte)
	}
	for pcm := voice(); len(pcm) > 0; {
		n := min(piece, len(pcm))
		if err := s.Write(pcm[:n]); err != nil {
			t.Fatal(err)
		}
		pcm = pcm[n:]
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestSilenceIsCutAtBothEndsOnly(t *testing.T) {
	for _, to := range []int{8000, 16000} {
		for _, piece := range []int{1, 77, 320, 100_000} {
			c := shaped(t, "two words", to, piece, []speech.Mark{{Sample: 700 * 16, Byte: 3}, {Sample: 1300 * 16, Byte: 9}})
			ms := len(c.PCM) * 1000 / to
			if ms < 1000+20+95 || ms > 1000+20+105 {
				t.Errorf("%d Hz in pieces of %d: %d ms, want 1120", to, piece, ms)
			}
			speechtest.CheckMarks(t, "two words", c)
			if len(c.Marks) != 2 {
				t.Fatalf("marks %v, want two", c.Marks)
			}
			if at := c.Marks[0].Sample * 1000 / int64(to); at < 415 || at > 425 {
				t.Errorf("the first word ends at %d ms, want 420", at)
			}
		}
	}
}

func TestOddMarksDoNoHarm(t *testing.T) {
	marks := []speech.Mark{{Sample: 0, Byte: 1}, {Sample: 9000, Byte: 3}, {Sample: 9000, Byte: 4}, {Sample: 9500, Byte: 2}, {Sample: 9600, Byte: 99}, {Sample: 1e9, Byte: 5}, {Sample: -4, Byte: 6}}
	speechtest.CheckMarks(t, "two words", shaped(t, "two words", 8000, 320, marks))
}

func TestOnlySilenceIsNothing(t *testing.T) {
	s, err := New("", 16000, 8000, func(speech.Chunk) error { t.Error("a chunk of silence"); return nil })
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.Write(make([]int16, 32000)), s.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestOddRatesAreRefused(t *testing.T) {
	if _, err := New("", 16000, 11025, nil); err == nil {
		t.Error("11025 Hz is accepted")
	}
}

func TestPieces(t *testing.T) {
	text := "Yes. We open at 9 a.m. every day, Mr. Smith. Do come! And there is more to say… ... !"
	var got []string
	for _, p := range Pieces(text) {
		if text[p.At:p.At+len(p.Text)] != p.Text {
			t.Fatalf("%+v lies elsewhere in the text", p)
		}
		got = append(got, strings.TrimSpace(p.Text))
	}
	want := "Yes. We open at 9 a.m. every day, Mr. Smith.|Do come! And there is more to say… ... !"
	if strings.Join(got, "|") != want {
		t.Errorf("pieces %q, want %q", strings.Join(got, "|"), want)
	}
	if ps := Pieces(strings.Repeat("word ", 1000)); len(ps) < 10 {
		t.Errorf("an endless sentence is cut into %d pieces", len(ps))
	}
}

func TestPiecesOfAnEndlessWord(t *testing.T) {
	for _, p := range Pieces(strings.Repeat("9", 5000)) {
		if len(p.Text) > 2*longest {
			t.Fatalf("a piece of %d bytes", len(p.Text))
		}
	}
}

func TestPiecesOfChinese(t *testing.T) {
	ps := Pieces("我们每天早上九点开门，周日休息。您想知道什么？")
	if len(ps) != 2 || ps[1].Text != "您想知道什么？" {
		t.Errorf("pieces %+v, want two sentences", ps)
	}
}

func FuzzEstimate(f *testing.F) {
	f.Add("九点 open 24 hours…", int64(10), int64(5000))
	f.Fuzz(func(t *testing.T, text string, first, last int64) {
		if first < 0 || last < first || last > 1<<40 {
			t.Skip("a span that does not come up: 0 ≤ first ≤ last")
		}
		at := 0
		for _, m := range Estimate(text, first, last) {
			if m.Byte <= at || m.Byte > len(text) || m.Sample < first || m.Sample > last {
				t.Fatalf("mark %+v after byte %d of %q", m, at, text)
			}
			at = m.Byte
		}
	})
}
