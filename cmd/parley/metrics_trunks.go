package main

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"parley/sip"
)

// trunkMetrics tells of each trunk. Its labels are bounded by the
// configuration.
type trunkMetrics struct{ status func() []sip.TrunkStatus }

var (
	trunkUp         = describe("parley_trunk_up", "Whether the trunk's host answers OPTIONS; absent while nobody knows.", "trunk")
	trunkRoundTrip  = describe("parley_trunk_round_trip_seconds", "Round trip of the last OPTIONS.", "trunk")
	trunkRegistered = describe("parley_trunk_registered", "Whether a registrar of the trunk knows us.", "trunk", "registrar")
	trunkChannels   = describe("parley_trunk_channels", "Calls that are up.", "trunk", "direction")
	trunkCalls      = describe("parley_trunk_calls_total", "Calls that have begun.", "trunk", "direction")
	trunkRefused    = describe("parley_trunk_refused_total", "Calls refused for a limit of the trunk.", "trunk", "direction")
)

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

// Describe implements prometheus.Collector.
func (m trunkMetrics) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{trunkUp, trunkRoundTrip, trunkRegistered, trunkChannels, trunkCalls, trunkRefused} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (m trunkMetrics) Collect(to chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	count := func(d *prometheus.Desc, v uint64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v), labels...)
	}
	for _, t := range m.status() {
		if t.Health != "unknown" {
			gauge(trunkUp, truth(t.Health == "up"), t.Name)
			gauge(trunkRoundTrip, float64(t.RoundTrip)/float64(time.Second), t.Name)
		}
		known := make(map[string]bool) // one that stands twice would end the collection
		for _, r := range t.Registrations {
			if !known[r.Registrar] {
				known[r.Registrar] = true
				gauge(trunkRegistered, truth(r.Reachable), t.Name, r.Registrar)
			}
		}
		gauge(trunkChannels, float64(t.Calls.Inbound), t.Name, "inbound")
		gauge(trunkChannels, float64(t.Calls.Outbound), t.Name, "outbound")
		count(trunkCalls, t.Calls.InboundTotal, t.Name, "inbound")
		count(trunkCalls, t.Calls.OutboundTotal, t.Name, "outbound")
		count(trunkRefused, t.Calls.InboundRefused, t.Name, "inbound")
		count(trunkRefused, t.Calls.OutboundRefused, t.Name, "outbound")
	}
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
