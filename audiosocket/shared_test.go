package audiosocket

import (
	"testing"

	"parley/media"
	"parley/media/streamtest"
)

// A caller's audio is a Stream in whoever's hand it is.
func TestSharedAudioIsAStream(t *testing.T) {
	t.Run("the session's", func(t *testing.T) {
		streamtest.Run(t, subject(CallSide, 8000, 0x10, func(c *Conn) media.Stream { return newShared(c).session }))
	})
	t.Run("lent", func(t *testing.T) {
		streamtest.Run(t, subject(CallSide, 8000, 0x10, func(c *Conn) media.Stream {
			l := newShared(c).lend()
			l.release()
			return l
		}))
	})
}

// Digits that are keyed before the other party answers are for nobody; after
// that they are its own, and after the transfer the session's.
func TestDigitsDuringATransfer(t *testing.T) {
	p := newParty(8000)
	keys := func(tones string) {
		for _, k := range tones {
			p.press = append(p.press, media.Digit{Tone: byte(k)})
		}
	}
	keyed := func(s media.Stream) (tones string) {
		for d, ok := s.ReadDigit(); ok; d, ok = s.ReadDigit() {
			tones += string(d.Tone)
		}
		return tones
	}
	audio := newShared(p)
	pcm := make([]int16, 160)
	keys("1")
	l := audio.lend()
	if got := keyed(audio.session) + keyed(l); got != "" {
		t.Errorf("before the answer: %q", got)
	}
	if l.Beneath() != nil || l.ReadFrame(pcm) != media.Gap || audio.session.ReadFrame(pcm) != media.Gap || pcm[0] != 0 {
		t.Error("before the answer somebody hears the caller")
	}
	l.release()
	if l.ReadFrame(pcm) != media.Heard || l.Beneath() == nil {
		t.Error("after the answer nobody hears the caller")
	}
	keys("2")
	if got := keyed(audio.session) + "|" + keyed(l); got != "|2" {
		t.Errorf("after the answer: %q", got)
	}
	audio.takeBack()
	keys("3")
	if got := keyed(l) + "|" + keyed(audio.session); got != "|3" {
		t.Errorf("after the transfer: %q", got)
	}
	if l.ReadFrame(pcm) != media.End || audio.session.ReadFrame(pcm) != media.Heard {
		t.Error("after the transfer the session does not hear the caller")
	}
}
