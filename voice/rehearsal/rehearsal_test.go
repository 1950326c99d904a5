package rehearsal

import (
	"context"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"parley/call"
	"parley/media"
	"parley/speech"
	"parley/voice"
	"parley/voice/corpus"
	"parley/voice/score"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// scene is a caller who hums like a voice from 1 s to 2 s, and a robot that
// speaks a line of 3 s, or listens.
func scene(line bool) *corpus.Take {
	pcm := make([]int16, 5*score.Rate)
	for i := score.Rate; i < 2*score.Rate; i++ {
		// A saw of 119 Hz, in syllables: an even one would be taken for noise.
		loud := 1.1 - math.Cos(2*math.Pi*4*float64(i)/score.Rate)
		pcm[i] = int16(7000 * loud * (float64(i%67)/67 - 0.5))
	}
	t := corpus.FromAudio("scene", pcm)
	t.Truth.Spans = []score.Span{{Kind: score.Turn, From: score.Rate, To: 2 * score.Rate, Text: "hum"}}
	t.Sounds[t.Answer] = rush(score.Rate, 1)
	if line {
		t.Truth.Spans[0].Kind = score.Interruption
		t.Speak(rush(3*score.Rate, 2))
	}
	return t
}

// rush is noise, which no other is like.
func rush(n int, seed uint64) []int16 {
	d, pcm := rand.New(rand.NewPCG(seed, seed)), make([]int16, n)
	for i := range pcm {
		pcm[i] = int16(2000 * d.NormFloat64())
	}
	return pcm
}

func TestTheLoopIsRehearsedAtTheWire(t *testing.T) {
	p, err := Play(t.Context(), voice.Defaults(), scene(false), nil)
	if err != nil {
		t.Fatal(err)
	}
	r := score.Judge(scene(false).Truth, p.Log)
	if r.Delay < 600 || r.Delay > 800 || !r.Reached || r.Unheard || r.Clipped != 0 {
		t.Errorf("a pause of 700 ms ends a turn: %+v", r)
	}
	if len(p.Caller) != len(scene(false).Caller) || len(p.Log.Robot) < len(p.Caller)-score.Frame {
		t.Errorf("%d samples of the caller, %d of the robot", len(p.Caller), len(p.Log.Robot))
	}
	// The journal counts the time of the scene.
	for _, e := range p.Events {
		if e.Kind == "turn.end" && (e.At < 2600 || e.At > 2800) {
			t.Errorf("the turn ends at %d ms", e.At)
		}
		if e.At > 9000 {
			t.Errorf("%+v is after the end", e)
		}
	}

	p, err = Play(t.Context(), voice.Defaults(), scene(true), nil)
	if err != nil {
		t.Fatal(err)
	}
	if r := score.Judge(scene(true).Truth, p.Log); r.Silence < 60 || r.Silence > 500 || !r.Taken {
		t.Errorf("a voice cuts the robot: %+v", r)
	}
}

// TestARehearsalIsTheSameEachTime: nothing depends on how fast the goroutines
// are.
func TestARehearsalIsTheSameEachTime(t *testing.T) {
	var first Performance
	for i := range 5 {
		p, err := Play(t.Context(), voice.Defaults(), scene(i%2 == 0), nil)
		if err != nil {
			t.Fatal(err)
		}
		if i%2 == 1 {
			continue // another conversation between those that are compared
		}
		if i == 0 {
			first = p
			continue
		}
		if !slices.Equal(first.Log.Robot, p.Log.Robot) || !slices.Equal(first.Log.Requests, p.Log.Requests) || len(first.Events) != len(p.Events) {
			t.Fatalf("run %d: %+v, the first: %+v", i, p.Log.Requests, first.Log.Requests)
		}
		for j, e := range first.Events {
			if e.Kind != p.Events[j].Kind || e.At != p.Events[j].At {
				t.Errorf("run %d: event %+v, the first: %+v", i, p.Events[j], e)
			}
		}
	}
}

func TestALoopThatHangsUpEndsTheScene(t *testing.T) {
	cfg := voice.Defaults()
	cfg.Turn.NoResponse.Hangup = media.FrameTime
	cfg.Turn.NoResponse.After = media.FrameTime
	cfg.Turn.NoResponse.Times = 0
	take := scene(false)
	p, err := Play(t.Context(), cfg, take, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Caller) != len(take.Caller) {
		t.Errorf("%d samples of %d", len(p.Caller), len(take.Caller))
	}
	if !slices.ContainsFunc(p.Events, func(e call.Event) bool { return e.Kind == call.KindFinished }) {
		t.Error("it did not hang up")
	}
}

// slow delivers its text from a goroutine of its own, later.
type slow struct{ text string }

func (s slow) Open(_ context.Context, _ speech.Format, deliver func(speech.Result)) (speech.Recognition, error) {
	return &slowEar{slow: s, deliver: deliver}, nil
}

type slowEar struct {
	slow
	deliver func(speech.Result)
	id      int
	results chan struct{}
}

func (e *slowEar) Start(id int, _ speech.Hints) { e.id = id }
func (e *slowEar) Write([]int16)                {}
func (e *slowEar) Abandon()                     {}
func (e *slowEar) Stop() {
	e.results = make(chan struct{})
	go func(id int) {
		defer close(e.results)
		e.deliver(speech.Result{Utterance: id, Text: e.text, Final: true})
	}(e.id)
}
func (e *slowEar) Close() {
	if e.results != nil {
		<-e.results
	}
}

func TestTimeWaitsForARecogniser(t *testing.T) {
	p, err := Play(t.Context(), voice.Defaults(), scene(false), Recognised(slow{"hum"}))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(p.Log.Requests); n != 1 || p.Log.Requests[0].Text != "hum" || p.Log.Deaf {
		t.Fatalf("requests %+v", p.Log.Requests)
	}
	deaf, err := Play(t.Context(), voice.Defaults(), scene(false), nil)
	if err != nil {
		t.Fatal(err)
	}
	if a, b := p.Log.Requests[0].At, deaf.Log.Requests[0].At; a != b {
		t.Errorf("a recogniser that takes its time moves the request from %d to %d", b, a)
	}
}

func TestThePlainLoopGoesByLengthAlone(t *testing.T) {
	take := scene(true)
	p, err := Plain(t.Context(), take)
	if err != nil {
		t.Fatal(err)
	}
	if r := score.Judge(take.Truth, p.Log); r.Silence < 450 || r.Silence > 700 {
		t.Errorf("500 ms of voice cut the robot: %+v", r)
	}
	take = scene(false)
	if p, err = Plain(t.Context(), take); err != nil {
		t.Fatal(err)
	}
	if r := score.Judge(take.Truth, p.Log); r.Delay < 650 || r.Delay > 950 {
		t.Errorf("700 ms of silence end a turn: %+v", r)
	}
}

func TestTheReportOfASample(t *testing.T) {
	r := Run{Corpus: filepath.Join("..", "..", "testdata", "turns"), Part: corpus.Tune, Items: 34}
	var table strings.Builder
	if err := r.Write(t.Context(), &table, Parley(voice.Defaults(), nil)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"single", "interruption over echo", "floor lost", "kept", "≤ 350"} {
		if !strings.Contains(table.String(), want) {
			t.Errorf("the table has no %q:\n%s", want, &table)
		}
	}
	r.Only = "nothing is called so"
	if err := r.Write(t.Context(), &table, Plain); err == nil {
		t.Error("no items are a report")
	}
}

func BenchmarkPlay(b *testing.B) {
	take := scene(true)
	seconds := float64(len(take.Caller)) / score.Rate
	for b.Loop() {
		if _, err := Play(b.Context(), voice.Defaults(), take, nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(seconds*float64(b.N)/b.Elapsed().Seconds(), "×life")
}
