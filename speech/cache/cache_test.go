package cache

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"go.uber.org/goleak"

	"parley/speech"
	"parley/speech/espeak"
	"parley/speech/speechtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// actor speaks three chunks, each after a go-ahead if there is a gate.
type actor struct {
	calls atomic.Int32
	gate  chan struct{}
	err   error
}

func (a *actor) Speak(ctx context.Context, u speech.Utterance, out func(speech.Chunk) error) error {
	a.calls.Add(1)
	for i := range 3 {
		if a.gate != nil {
			select {
			case <-a.gate:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		end := (i + 1) * len(u.Text) / 3
		c := speech.Chunk{PCM: make([]int16, 100), Marks: []speech.Mark{{Sample: int64(100 * (i + 1)), Byte: end}}}
		c.PCM[0] = int16(len(u.Text) + i)
		if err := out(c); err != nil {
			return err
		}
	}
	return a.err
}

func newCache(t *testing.T, inner speech.Synthesizer, change func(*Config)) *Cache {
	t.Helper()
	c := Defaults()
	if change != nil {
		change(&c)
	}
	k, err := New(c, inner, "salt", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(k.Close)
	return k
}

func TestConformance(t *testing.T) {
	inner, err := espeak.New(espeak.Defaults())
	if err != nil {
		t.Fatal(err)
	}
	k := newCache(t, inner, func(c *Config) { c.Folder = t.TempDir() })
	for _, round := range []string{"first", "again"} {
		t.Run(round, func(t *testing.T) {
			speechtest.Synthesizer(t, speechtest.SynthesizerCase{
				Synthesizer: k, Text: "Guten Morgen! Wir haben von neun bis fünf geöffnet.", Language: "de",
				Long: strings.Repeat("Das ist ein Satz, der eine ganze Weile dauert. ", 40), Foreign: "tlh",
			})
		})
	}
}

var hello = speech.Utterance{Text: "hello there", Rate: 8000}

func TestAHitEqualsTheFirst(t *testing.T) {
	a := &actor{}
	k := newCache(t, a, nil)
	first := speechtest.Speak(t, k, hello)
	speechtest.CheckMarks(t, hello.Text, first)
	again := speechtest.Speak(t, k, hello)
	if !reflect.DeepEqual(first, again) || a.calls.Load() != 1 {
		t.Errorf("a hit gives %v after %d calls, want what came first, after one", again, a.calls.Load())
	}
	for _, u := range []speech.Utterance{
		{Text: "hello there", Rate: 16000}, {Text: "hello there", Rate: 8000, Voice: "rms"},
		{Text: "hello there", Rate: 8000, Speed: 1.1}, {Text: "hello there", Rate: 8000, Language: "en"},
	} {
		before := a.calls.Load()
		speechtest.Speak(t, k, u)
		if a.calls.Load() == before {
			t.Errorf("%+v is taken for %+v", u, hello)
		}
	}
}

func TestAHitIsTheCallersToKeep(t *testing.T) {
	k := newCache(t, &actor{}, nil)
	for range 3 {
		err := k.Speak(t.Context(), hello, func(c speech.Chunk) error {
			if c.PCM[0] < 11 {
				t.Error("somebody else's changes are heard")
			}
			clear(c.PCM)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestOneWorkForManyAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &actor{gate: make(chan struct{})}
		k := newCache(t, a, nil)
		got := make(chan int, 10)
		for range 5 {
			go func() { got <- len(speechtest.Speak(t, k, hello).PCM) }()
		}
		synctest.Wait()
		a.gate <- struct{}{}
		synctest.Wait()
		go func() { got <- len(speechtest.Speak(t, k, hello).PCM) }() // a late one
		synctest.Wait()
		close(a.gate)
		for range 6 {
			if n := <-got; n != 300 {
				t.Errorf("a listener heard %d samples, want 300", n)
			}
		}
		if a.calls.Load() != 1 {
			t.Errorf("spoken %d times, want once", a.calls.Load())
		}
	})
}

func TestACancelledRequestPoisonsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &actor{gate: make(chan struct{})}
		k := newCache(t, a, nil)
		ctx, cancel := context.WithCancel(t.Context())
		first, second := make(chan error, 1), make(chan error, 1)
		heard := 0
		listen := func(c speech.Chunk) error { heard += len(c.PCM); return nil }
		go func() { first <- k.Speak(ctx, hello, func(speech.Chunk) error { return nil }) }()
		synctest.Wait()
		go func() { second <- k.Speak(t.Context(), hello, listen) }()
		a.gate <- struct{}{}
		synctest.Wait()
		cancel() // the one who began it
		if err := <-first; !errors.Is(err, context.Canceled) {
			t.Errorf("the cancelled gets %v", err)
		}
		a.gate <- struct{}{}
		a.gate <- struct{}{}
		if err := <-second; err != nil || heard != 300 {
			t.Errorf("the other heard %d samples and %v, want 300", heard, err)
		}

		// All gone: the work ends, and the next request begins anew.
		other := speech.Utterance{Text: "something else", Rate: 8000}
		ctx, cancel = context.WithCancel(t.Context())
		go func() { first <- k.Speak(ctx, other, func(speech.Chunk) error { return nil }) }()
		synctest.Wait()
		cancel()
		<-first
		synctest.Wait()
		close(a.gate)
		if n := len(speechtest.Speak(t, k, other).PCM); n != 300 || a.calls.Load() != 3 {
			t.Errorf("after a cancel %d samples are heard with %d calls, want 300 and 3", n, a.calls.Load())
		}
	})
}

func TestFailuresAreNotKept(t *testing.T) {
	a := &actor{err: speech.ErrUnavailable}
	k := newCache(t, a, func(c *Config) { c.Folder = t.TempDir() })
	for range 2 {
		if err := k.Speak(t.Context(), hello, func(speech.Chunk) error { return nil }); !errors.Is(err, speech.ErrUnavailable) {
			t.Errorf("got %v", err)
		}
	}
	if a.calls.Load() != 2 {
		t.Errorf("%d calls, want 2", a.calls.Load())
	}
}

func TestCloseEndsTheWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &actor{gate: make(chan struct{})}
		k := newCache(t, a, nil)
		got := make(chan error, 1)
		go func() { got <- k.Speak(t.Context(), hello, func(speech.Chunk) error { return nil }) }()
		synctest.Wait()
		k.Close()
		if err := <-got; err == nil {
			t.Error("an unfinished phrase ends well")
		}
		if err := k.Speak(t.Context(), hello, func(speech.Chunk) error { return nil }); !errors.Is(err, speech.ErrUnavailable) {
			t.Errorf("after Close: %v, want ErrUnavailable", err)
		}
	})
}

func TestMemoryIsBounded(t *testing.T) {
	a := &actor{}
	k := newCache(t, a, func(c *Config) { c.MemoryBytes = 5 * sizeOf([]speech.Chunk{{PCM: make([]int16, 340)}}) })
	for i := range 20 {
		speechtest.Speak(t, k, speech.Utterance{Text: fmt.Sprintf("phrase number %2d", i), Rate: 8000})
		speechtest.Speak(t, k, speech.Utterance{Text: "phrase number  0", Rate: 8000})
	}
	if k.memory.used > k.memory.limit || k.memory.order.Len() != len(k.memory.byKey) {
		t.Errorf("%d of %d bytes used, %d phrases of %d", k.memory.used, k.memory.limit, k.memory.order.Len(), len(k.memory.byKey))
	}
	if a.calls.Load() != 20 {
		t.Errorf("%d calls, want 20: what is used often stays", a.calls.Load())
	}
}

// onDisk lists the files of a folder.
func onDisk(t *testing.T, folder string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(folder, "*"+suffix))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestDiskSurvivesAndIsChecked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		folder := t.TempDir()
		if err := os.WriteFile(filepath.Join(folder, "half.tmp"), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		a := &actor{}
		with := func(c *Config) { c.Folder = folder }
		first := speechtest.Speak(t, newCache(t, a, with), hello)
		synctest.Wait()
		if again := speechtest.Speak(t, newCache(t, a, with), hello); !reflect.DeepEqual(first, again) || a.calls.Load() != 1 {
			t.Errorf("from disk comes %v after %d calls", again, a.calls.Load())
		}
		names := onDisk(t, folder)
		if len(names) != 1 {
			t.Fatalf("files %v, want one", names)
		}
		if err := os.WriteFile(names[0], []byte("PARLEY1\nrubbish that is long enough"), 0o600); err != nil {
			t.Fatal(err)
		}
		if again := speechtest.Speak(t, newCache(t, a, with), hello); !reflect.DeepEqual(first, again) || a.calls.Load() != 2 {
			t.Errorf("after damage comes %v with %d calls, want it spoken anew", again, a.calls.Load())
		}
		synctest.Wait()
		if left, _ := filepath.Glob(filepath.Join(folder, "*.tmp")); len(left) != 0 {
			t.Errorf("%v is left", left)
		}
	})
}

func TestDiskIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		folder := t.TempDir()
		k := newCache(t, &actor{}, func(c *Config) { c.Folder, c.DiskBytes = folder, 5000 })
		for i := range 30 {
			speechtest.Speak(t, k, speech.Utterance{Text: fmt.Sprintf("phrase number %2d", i), Rate: 8000})
			synctest.Wait()
		}
		var sum int64
		for _, name := range onDisk(t, folder) {
			info, err := os.Stat(name)
			if err != nil {
				t.Fatal(err)
			}
			sum += info.Size()
		}
		if sum > 5000 || sum < 2000 {
			t.Errorf("%d bytes on disk, want at most 5000 and not nothing", sum)
		}
	})
}

func FuzzDecode(f *testing.F) {
	f.Add(encode([]speech.Chunk{{PCM: []int16{1, 2}, Marks: []speech.Mark{{Sample: 1, Byte: 2}}}}))
	f.Add([]byte("PARLEY1\n\xff\xff\xff\xff1234"))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := decode(b)
		if err == nil && len(c.PCM)*2+len(c.Marks)*12+16 == len(b) && !bytes.Equal(encode([]speech.Chunk{c}), b) {
			t.Errorf("%x does not survive", b)
		}
	})
}
