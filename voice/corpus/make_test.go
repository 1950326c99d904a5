package corpus

import (
	"context"
	"math"
	"regexp"
	"slices"
	"testing"

	"parley/media"
	"parley/voice/score"
)

// sample makes some scenes of every class.
func sample(t *testing.T, n int) []*Take {
	t.Helper()
	p := plan(t)
	s, err := NewSpeakers("")
	if err != nil {
		t.Fatal(err)
	}
	m := NewMaker(p, s)
	var takes []*Take
	for _, part := range Parts {
		for _, it := range Choose(p.Items(part), regexp.MustCompile(""), n) {
			take, err := m.Make(context.Background(), it)
			if err != nil {
				t.Fatalf("(apt-get install flite espeak-ng) %v", err)
			}
			takes = append(takes, take)
		}
	}
	return takes
}

func TestScenesAreAsTheirTruthSays(t *testing.T) {
	for _, take := range sample(t, 75) {
		n := take.Truth.Length
		if int64(len(take.Caller)) != n || int64(len(take.Marks)) != n/frame || n%frame != 0 {
			t.Errorf("%s: %d samples, %d marks, length %d", take.ID, len(take.Caller), len(take.Marks), n)
		}
		for _, s := range take.Truth.Spans {
			if s.From < 0 || s.To <= s.From || s.To > n {
				t.Errorf("%s: a span from %d to %d of %d", take.ID, s.From, s.To, n)
			}
		}
		checkOnset(t, take)
		checkNoise(t, take)
		checkRobot(t, take)
	}
}

// checkOnset: the clean signal is quiet before a span, and loud from its first
// samples on.
func checkOnset(t *testing.T, take *Take) {
	if len(take.Truth.Spans) == 0 || take.Class.Is == "noise" || take.Class.Is == "echo" || take.Class.Is == "digits" {
		return
	}
	s := take.Truth.Spans[0]
	loud := take.clean[s.From:s.To].rms()
	if before := take.clean[:s.From].rms(); decibel(before/loud) > -60 {
		t.Errorf("%s: %.0f dB before the onset", take.ID, decibel(before/loud))
	}
	if onset := take.clean[s.From:min(s.From+rate/100, s.To)].rms(); decibel(onset/loud) < -45 {
		t.Errorf("%s: the first 10 ms are %.0f dB", take.ID, decibel(onset/loud))
	}
	// Reflections of the room may follow the end.
	if after := take.clean[min(int(s.To)+rate/20, len(take.clean)-rate/4):][:rate/4].rms(); take.Class.Is != "greeting" && decibel(after/loud) > -25 {
		t.Errorf("%s: %.0f dB after the end", take.ID, decibel(after/loud))
	}
	for i, w := range s.Words {
		if w.To <= w.From || i > 0 && w.From < s.Words[i-1].To || w.To > s.To {
			t.Errorf("%s: word %q from %d to %d of %d", take.ID, w.Text, w.From, w.To, s.To)
		}
	}
}

// checkNoise: speech stands over noise as far as the condition says, and the
// mixture is both.
func checkNoise(t *testing.T, take *Take) {
	var spoke sound
	for _, s := range take.Truth.Spans {
		for _, w := range s.Words {
			spoke = append(spoke, take.clean[w.From:w.To]...)
		}
	}
	if len(spoke) > 0 {
		if snr := decibel(spoke.rms() / take.noise.rms()); math.Abs(snr-take.Condition.SNR) > 0.5 {
			t.Errorf("%s: %.1f dB, want %.0f", take.ID, snr, take.Condition.SNR)
		}
	}
	var missing sound
	for i, mark := range take.Marks {
		for j := i * frame; j < (i+1)*frame && mark == media.Heard; j++ {
			if sum := take.clean[j] + take.noise[j]; math.Abs(sum) < 0.95 { // beyond, the line is overdriven
				missing = append(missing, float64(take.Caller[j])/32768-sum)
			}
		}
	}
	// The µ-law leaves noise 38 dB below the signal at best, and never less
	// than its smallest step.
	whole := append(append(sound(nil), take.clean...), take.noise...).rms()
	if wrong := decibel(missing.rms()); wrong > max(decibel(whole)-25, -70) {
		t.Errorf("%s: the mixture misses its parts by %.0f dBov", take.ID, wrong)
	}
}

// checkRobot: each of the robot's frames can be heard, and something of the
// line is left after what happens.
func checkRobot(t *testing.T, take *Take) {
	line := take.Truth.Robot
	if line == nil {
		return
	}
	for i := 0; i < len(line); i += frame {
		loud := newSound(frame)
		for j, v := range line[i : i+frame] {
			loud[j] = float64(v) / 32768
		}
		if decibel(loud.rms()) < -60 {
			t.Errorf("%s: frame %d of the robot's is silent", take.ID, i/frame)
		}
	}
	if len(take.Truth.Spans) != 1 {
		t.Errorf("%s: %d spans", take.ID, len(take.Truth.Spans))
		return
	}
	if s := take.Truth.Spans[0]; take.Phase != "end" && s.Kind != score.Interruption &&
		s.From > int64(len(line))+int64(take.Pause.Seconds()*rate) {
		t.Errorf("%s: it begins after the robot has ended", take.ID)
	}
}

func TestTheSameSeedSoundsTheSame(t *testing.T) {
	a, b := sample(t, 12), sample(t, 12)
	for i := range a {
		if !slices.Equal(a[i].Caller, b[i].Caller) || !slices.Equal(a[i].Marks, b[i].Marks) {
			t.Errorf("%s differs the second time", a[i].ID)
		}
	}
}

func TestEchoIsTheRobotLaterAndWeaker(t *testing.T) {
	d := Item{seed: 5}.dice()
	for _, level := range []float64{12, 20, 30} {
		e := newEcho(d, level)
		p := e.Path()
		robot := make([]int16, 4*rate)
		for i := range robot[rate:] {
			robot[rate+i] = int16(3000 * math.Sin(2*math.Pi*500*float64(i)/rate))
		}
		var heard sound
		for at := 0; at < len(robot); at += frame {
			pcm := make([]int16, frame)
			p.Add(pcm, int64(at), robot[:at], frame)
			for _, v := range pcm {
				heard = append(heard, float64(v)/32768)
			}
		}
		first := rate + frame + e.Delay
		if before := heard[:first].rms(); before > 1e-3 {
			t.Errorf("−%g dB: something is heard before the delay (%g)", level, before)
		}
		loss := -decibel(heard[first+rate:first+2*rate].rms() / (3000 / math.Sqrt2 / 32768))
		if math.Abs(loss-level) > 8 { // a room's reflections may add and cancel
			t.Errorf("an echo of −%g dB is at −%.1f", level, loss)
		}
	}
}
