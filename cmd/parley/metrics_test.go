package main

import (
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"parley/call"
)

func TestCallMetrics(t *testing.T) {
	r := prometheus.NewRegistry()
	m := newCallMetrics(r)
	start := time.Now()
	m.count(call.Record{
		Direction: "inbound", Cause: "normal", Start: start, Answered: start.Add(2 * time.Second), End: start.Add(9 * time.Second),
		Media: call.MediaStats{PacketsIn: 100, PacketsOut: 90, Lost: 5, MOS: 4.1, JitterMS: 3},
		Turns: []call.Turn{
			{Number: 0, SpeechEnd: 0, Audible: 9000},
			{Number: 1, SpeechEnd: 1000, Decided: 1700, Text: 1750, Reply: 1760, Voice: 1900, Audible: 1950},
			{Number: 2, SpeechEnd: 5000, Decided: 5700, Text: -1, Reply: -1, Voice: -1, Audible: -1},
		},
	}, nil)
	m.count(call.Record{Direction: "outbound", Cause: "busy", Start: start, End: start}, nil)
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		for _, s := range f.Metric {
			key := f.GetName()
			for _, l := range s.Label {
				key += " " + l.GetValue()
			}
			if h := s.Histogram; h != nil {
				got[key+" n"], got[key] = float64(h.GetSampleCount()), h.GetSampleSum()
			} else {
				got[key] = s.Counter.GetValue()
			}
		}
	}
	for key, want := range map[string]float64{
		"parley_calls_ended_total busy outbound": 1, "parley_calls_ended_total normal inbound": 1, "parley_calls_ended_total normal outbound": 0,
		"parley_call_answer_seconds inbound": 2, "parley_call_answer_seconds outbound n": 0, "parley_call_talk_seconds": 7,
		"parley_call_mos": 4.1, "parley_call_mos n": 1, "parley_call_jitter_seconds": .003, "parley_call_packets_total lost": 5,
		"parley_turn_seconds all": .95, "parley_turn_seconds all n": 1, "parley_turn_seconds recogniser": .05, "parley_turn_seconds voice": .14,
	} {
		if got[key] != want {
			t.Errorf("%s is %v, want %v", key, got[key], want)
		}
	}
}
