package deepgram

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"parley/speech"
	. "parley/speech/deepgram/deepgramtest"
	"parley/speech/speechtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const key = "hunter2hunter2"

func config() Config {
	c := Defaults()
	c.URL, c.Key = "ws://deepgram.example", key
	return c
}

func recognizer(t *testing.T, s *Server) *Recognizer {
	t.Helper()
	p := speechtest.NewPipe()
	s.Serve(t, p)
	r, err := NewRecognizer(config(), p.Dial)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

var phone = speech.Format{Rate: 8000, Language: "en-US"}

// sound is speech of a length: 100 ms are a word.
func sound(d time.Duration, rate int) []int16 {
	pcm := make([]int16, int(d.Seconds()*float64(rate)))
	for i := range pcm {
		pcm[i] = 5000
	}
	return pcm
}

func TestRecognizerConformance(t *testing.T) {
	for _, rate := range []int{8000, 16000} {
		t.Run(fmt.Sprint(rate), func(t *testing.T) {
			r := recognizer(t, &Server{Listen: []func(*Ear){Listen(Script{Text: "when are you open today", Segment: 3})}})
			speechtest.Recognizer(t, speechtest.RecognizerCase{
				Recognizer: r, Format: speech.Format{Rate: rate, Language: "en-US"}, PCM: sound(time.Second, rate), Text: "when are you open today",
			})
		})
	}
}

// session joins a recogniser with a server.
func session(t *testing.T, s *Server, f speech.Format) *speechtest.Listener {
	t.Helper()
	return speechtest.Listen(t, recognizer(t, s), f)
}

func TestWhatIsAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &Server{Listen: []func(*Ear){Listen(Script{Text: "yes"})}}
		l := session(t, s, speech.Format{Rate: 16000, Language: "es-MX"})
		synctest.Wait()
		l.Close()
		got := s.Queries()[0].Encode()
		want := "channels=1&encoding=linear16&endpointing=false&interim_results=true&language=es-MX&mip_opt_out=true&model=nova-3&punctuate=false&sample_rate=16000"
		if got != want || s.Headers()[0].Get("Authorization") != "Token "+key {
			t.Errorf("asked %s with %v", got, s.Headers()[0])
		}
	})
}

// orders returns a script's hook that writes orders down.
func orders(to *[]string) func(*Ear, string) bool {
	return func(_ *Ear, order string) bool {
		*to = append(*to, order)
		return false
	}
}

func TestOrders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []string
		l := session(t, &Server{Listen: []func(*Ear){Listen(Script{Text: "yes", OnOrder: orders(&got)})}}, phone)
		h := speech.Hints{Phrases: []string{"yes", "no", "yes", "I would like to know when you are open"}}
		for id := range 2 {
			l.Start(id, h)
			l.Hear(sound(200*time.Millisecond, 8000))
			l.Stop()
			l.Final(t)
		}
		time.Sleep(9 * time.Second)
		l.Close()
		synctest.Wait()
		want := []string{"Configure", "Finalize", "Finalize", "KeepAlive", "KeepAlive", "CloseStream"}
		if !slices.Equal(got, want) {
			t.Errorf("orders %v, want %v", got, want)
		}
	})
}

func TestKeyterms(t *testing.T) {
	r, err := NewRecognizer(config(), nil)
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("x", 300)
	got := r.keyterms(speech.Hints{Phrases: []string{" order  status", long, long + "y", "no", "one two three four five six", ""}})
	if want := []string{"order status", long, "no"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// TestBreaks: the connection breaks in the middle of an utterance; what was
// not final is sent again and nothing is lost or doubled.
func TestBreaks(t *testing.T) {
	const text = "one two three four five six seven eight"
	for _, segment := range []int{0, 3} {
		for _, at := range []time.Duration{0, 100 * time.Millisecond, 500 * time.Millisecond, 800 * time.Millisecond} {
			t.Run(fmt.Sprintf("segments of %d, after %s", segment, at), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					breaks := func(e *Ear) {
						Listen(Script{Text: text, Segment: segment, OnAudio: func(_ *Ear, n int64) bool {
							return n >= int64(at.Seconds()*8000)
						}})(e)
						e.Reset()
					}
					// The second connection hears the rest: what was final is not said again.
					rest := func(e *Ear) {
						said := 0
						if segment > 0 {
							said = int(at/(100*time.Millisecond)) / segment * segment
						}
						words := strings.Fields(text)
						Listen(Script{Text: strings.Join(words[said:], " ")})(e)
					}
					s := &Server{Listen: []func(*Ear){breaks, rest}}
					l := session(t, s, phone)
					l.Start(1, speech.Hints{})
					l.Hear(sound(820*time.Millisecond, 8000))
					l.Stop()
					if r := l.Final(t); r.Text != text || r.Err != nil {
						t.Errorf("%+v", r)
					}
					if s.Conns() != 2 {
						t.Errorf("%d connections", s.Conns())
					}
				})
			})
		}
	}
}

func TestOddFinals(t *testing.T) {
	words := Listen(Script{Text: "yes please"})
	for name, c := range map[string]struct {
		play func(*Ear)
		want string
	}{
		"two finals for one utterance": {func(e *Ear) {
			Listen(Script{Text: "yes please", OnOrder: func(e *Ear, order string) bool {
				if order == "Finalize" {
					e.Result("yes please", 0, 0.3, true, false)
					e.Result("yes please", 0, 0.3, true, true)
					e.Result("yes please thank you", 0, 0.3, true, true)
				}
				return order == "Finalize"
			}})(e)
		}, "yes please"},
		"a doubled segment": {func(e *Ear) {
			Listen(Script{Text: "yes please", OnOrder: func(e *Ear, order string) bool {
				if order == "Finalize" {
					e.Result("yes", 0, 0.1, true, false)
					e.Result("yes", 0, 0.1, true, false)
					e.Result("please", 0.1, 0.2, true, true)
				}
				return order == "Finalize"
			}})(e)
		}, "yes please"},
		"no from_finalize": {func(e *Ear) {
			Listen(Script{Text: "yes please", OnOrder: func(e *Ear, order string) bool {
				if order == "Finalize" {
					e.Final("yes please", false)
				}
				return order == "Finalize"
			}})(e)
		}, "yes please"},
		"Finalize is not answered: all was final": {func(e *Ear) {
			Listen(Script{Text: "yes please", Segment: 2, OnOrder: func(_ *Ear, order string) bool { return order == "Finalize" }})(e)
		}, "yes please"},
		"text that nobody said": {func(e *Ear) {
			e.Result("hello", 0, 0, true, false)
			e.Result("hello", 100, 3, true, true)
			e.Result("hello", -7, 1e30, true, true)
			words(e)
		}, "yes please"},
		"messages that nobody knows": {func(e *Ear) {
			e.Send(M{"type": "SpeechStarted", "channel": []int{0, 1}, "timestamp": 0.1})
			e.Send(M{"type": "UtteranceEnd", "channel": []int{0, 1}, "last_word_end": 2.395})
			e.Send(M{"type": "Results"})
			e.Send(M{"type": "Error", "code": "KeytermsNotSupported"})
			e.Raw(2, []byte{1, 2, 3})
			words(e)
		}, "yes please"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := session(t, &Server{Listen: []func(*Ear){c.play}}, phone)
				l.Start(1, speech.Hints{})
				l.Hear(sound(300*time.Millisecond, 8000))
				l.Stop()
				begin := time.Now()
				if r := l.Final(t); r.Text != c.want || r.Err != nil {
					t.Errorf("%+v", r)
				}
				if took := time.Since(begin); took > lullTime {
					t.Errorf("it took %s", took)
				}
				time.Sleep(10 * time.Second)
				l.Nothing(t)
			})
		})
	}
}

// TestWordsOfTheAbandoned do not get into the next utterance, though the
// service gives both in one segment.
func TestWordsOfTheAbandoned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := session(t, &Server{Listen: []func(*Ear){Listen(Script{OnOrder: func(e *Ear, order string) bool {
			if order == "Finalize" && e.Samples() > 8000 {
				e.Send(M{"type": "Results", "start": 0, "duration": 2, "is_final": true, "from_finalize": true, "channel": M{"alternatives": []M{{
					"transcript": "stop that yes please", "words": []M{
						{"word": "stop", "start": 0.1, "end": 0.4}, {"word": "that", "start": 0.5, "end": 0.9},
						{"word": "yes", "start": 1.1, "end": 1.4}, {"word": "please", "start": 1.5, "end": 1.9},
					},
				}}}})
			}
			return true
		}})}}, phone)
		l.Start(1, speech.Hints{})
		l.Hear(sound(time.Second, 8000))
		synctest.Wait()
		l.Start(2, speech.Hints{})
		l.Hear(sound(time.Second, 8000))
		l.Stop()
		if r := l.Final(t); r.Utterance != 2 || r.Text != "yes please" {
			t.Errorf("%+v", r)
		}
	})
}

func TestLanguagesWithoutSpaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := session(t, &Server{Listen: []func(*Ear){Listen(Script{Text: "你好 谢谢", Segment: 1})}}, speech.Format{Rate: 8000, Language: "zh-CN"})
		l.Start(1, speech.Hints{})
		l.Hear(sound(300*time.Millisecond, 8000))
		l.Stop()
		if r := l.Final(t); r.Text != "你好谢谢" {
			t.Errorf("%+v", r)
		}
	})
}
