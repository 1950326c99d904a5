package main

import (
	"github.com/prometheus/client_golang/prometheus"
)

// speechMetrics tells how providers do. Its labels are bounded by the
// configuration and by speech.Faults.
type speechMetrics struct{ lists []providerList }

var (
	speechRequests = describe("parley_speech_requests_total", "Requests to speech providers and models, by how they ended.", "kind", "provider", "outcome")
	speechResting  = describe("parley_speech_resting", "Providers that rest after faults.", "kind", "provider")
)

// Describe implements prometheus.Collector.
func (m speechMetrics) Describe(to chan<- *prometheus.Desc) {
	to <- speechRequests
	to <- speechResting
}

// Collect implements prometheus.Collector.
func (m speechMetrics) Collect(to chan<- prometheus.Metric) {
	for _, list := range m.lists {
		for _, s := range list.Stats() {
			to <- prometheus.MustNewConstMetric(speechRequests, prometheus.CounterValue, float64(s.Count), s.Kind, s.Provider, s.Outcome)
		}
		for _, name := range list.Resting() {
			to <- prometheus.MustNewConstMetric(speechResting, prometheus.GaugeValue, 1, list.Kind(), name)
		}
	}
}
