package main

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"parley/call"
)

// callMetrics are counted of every call that is over. Its labels are bounded:
// two directions, the causes of package call, the stages of an answer.
type callMetrics struct {
	ended       *prometheus.CounterVec
	ringing     *prometheus.HistogramVec
	talking     prometheus.Histogram
	mos, jitter prometheus.Histogram
	packets     *prometheus.CounterVec
	stages      *prometheus.HistogramVec
}

func newCallMetrics(r *prometheus.Registry) *callMetrics {
	histogram := func(name, help string, buckets []float64) prometheus.HistogramOpts {
		return prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}
	}
	m := &callMetrics{
		ended: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "parley_calls_ended_total", Help: "Calls that are over."}, []string{"direction", "cause"}),
		ringing: prometheus.NewHistogramVec(histogram("parley_call_answer_seconds", "From a call's first message to its answer.",
			[]float64{.01, .03, .1, .3, 1, 2, 4, 8, 16, 32, 64}), []string{"direction"}),
		talking: prometheus.NewHistogram(histogram("parley_call_talk_seconds", "From the answer to the end.", prometheus.ExponentialBuckets(1, 3, 9))),
		mos: prometheus.NewHistogram(histogram("parley_call_mos", "Estimated quality of what was heard of a call's party.",
			[]float64{1.5, 2, 2.5, 3, 3.5, 3.75, 4, 4.2, 4.4})),
		jitter:  prometheus.NewHistogram(histogram("parley_call_jitter_seconds", "Jitter of what came from a call's party.", prometheus.ExponentialBuckets(.0005, 2, 10))),
		packets: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "parley_call_packets_total", Help: "RTP packets of calls that are over: in, out, lost, late, far_lost."}, []string{"kind"}),
		stages: prometheus.NewHistogramVec(histogram("parley_turn_seconds", "What an answer let the caller wait for: recogniser, answer, voice; all is from his last word to the robot's first.",
			[]float64{.05, .1, .2, .4, .6, .8, 1, 1.25, 1.5, 2, 3, 5, 10}), []string{"stage"}),
	}
	r.MustRegister(m.ended, m.ringing, m.talking, m.mos, m.jitter, m.packets, m.stages)
	// What has not happened yet is nought, not unknown.
	for _, d := range []call.Direction{call.Inbound, call.Outbound} {
		m.ringing.WithLabelValues(d.String())
		m.ended.WithLabelValues(d.String(), call.Normal.String())
	}
	for _, stage := range []string{"all", "recogniser", "answer", "voice"} {
		m.stages.WithLabelValues(stage)
	}
	return m
}

// count counts a call that is over.
func (m *callMetrics) count(r call.Record, _ []call.Event) {
	m.ended.WithLabelValues(r.Direction, r.Cause).Inc()
	if !r.Answered.IsZero() {
		m.ringing.WithLabelValues(r.Direction).Observe(r.Answered.Sub(r.Start).Seconds())
		m.talking.Observe(r.End.Sub(r.Answered).Seconds())
	}
	if s := r.Media; s.PacketsIn > 0 {
		m.mos.Observe(s.MOS)
		m.jitter.Observe(s.JitterMS / 1000)
	}
	for kind, n := range map[string]uint64{
		"in": r.Media.PacketsIn, "out": r.Media.PacketsOut, "lost": r.Media.Lost, "late": r.Media.Late, "far_lost": r.Media.FarLost,
	} {
		m.packets.WithLabelValues(kind).Add(float64(n))
	}
	for _, t := range r.Turns {
		if t.Number == 0 {
			continue // the opening answers nothing
		}
		m.stage("all", t.SpeechEnd, t.Audible)
		m.stage("recogniser", t.Decided, t.Text)
		m.stage("answer", t.Text, t.Reply)
		m.stage("voice", t.Reply, t.Voice)
	}
}

func (m *callMetrics) stage(name string, from, to int64) {
	if from >= 0 && to >= from {
		m.stages.WithLabelValues(name).Observe((time.Duration(to-from) * time.Millisecond).Seconds())
	}
}
