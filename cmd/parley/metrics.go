package main

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"parley/sip/stir"
)

// newMetrics gathers what the parts count, when they are asked.
func newMetrics(p *parley) *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	gauge := func(name, help string, value func() float64) {
		r.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value))
	}
	counter := func(name, help string, value func() float64) {
		r.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, value))
	}
	gauge("parley_calls", "Calls that are going on.", func() float64 { return float64(p.book.Len()) })
	gauge("parley_sessions", "Voice sessions that are going on.", func() float64 { return float64(p.voice.Active()) })
	counter("parley_sessions_total", "Voice sessions that have begun, one to an AudioSocket connection.", func() float64 { return float64(p.voice.Taken()) })
	gauge("parley_sip_dialogs", "SIP dialogs that exist.", func() float64 { return float64(p.sip.Stats().Dialogs) })
	gauge("parley_sip_transactions", "SIP transactions that exist.", func() float64 { return float64(p.sip.Stats().Transactions) })
	counter("parley_sip_dropped_total", "Datagrams and connections from unknown sources.", func() float64 { return float64(p.sip.Stats().Dropped) })
	counter("parley_sip_malformed_total", "Datagrams that are not SIP.", func() float64 { return float64(p.sip.Stats().Malformed) })
	counter("parley_sip_denied_total", "Requests with wrong credentials.", func() float64 { return float64(p.sip.Stats().Denied) })
	counter("parley_sip_flood_total", "Messages above the rate of their source.", func() float64 { return float64(p.sip.Stats().Guard.Flood) })
	counter("parley_sip_scanners_total", "Messages of scanners.", func() float64 { return float64(p.sip.Stats().Guard.Scanners) })
	counter("parley_sip_banned_total", "Messages and connections of banned sources.", func() float64 { return float64(p.sip.Stats().Guard.Banned) })
	counter("parley_sip_bans_total", "Sources that have been banned.", func() float64 { return float64(p.sip.Stats().Guard.Bans) })
	counter("parley_sip_crowded_total", "Connections above a limit.", func() float64 { return float64(p.sip.Stats().Guard.Crowded) })
	gauge("parley_sip_connections", "Connections that peers have opened.", func() float64 { return float64(p.sip.Stats().Guard.Connections) })
	counter("parley_hep_sent_total", "Copies sent to the HEP collector.", func() float64 { return float64(p.sip.Stats().HEP.Sent) })
	counter("parley_hep_dropped_total", "Copies that the HEP collector did not get.", func() float64 {
		st := p.sip.Stats().HEP
		return float64(st.Dropped + st.Failed)
	})
	counter("parley_sip_overloaded_total", "Calls refused because there was too much to do.", func() float64 { return float64(p.sip.Stats().Overloaded) })
	gauge("parley_sip_share", "Part of the new calls that is taken.", func() float64 { return p.sip.Stats().Share })
	gauge("parley_sip_load", "Set-up delay or CPU, as a part of its limit.", func() float64 { return p.sip.Stats().Load })
	for result, value := range map[string]func(stir.Stats) uint64{
		"passed": func(s stir.Stats) uint64 { return s.Passed }, "failed": func(s stir.Stats) uint64 { return s.Failed },
		"none": func(s stir.Stats) uint64 { return s.None },
	} {
		r.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "parley_identity_verified_total", Help: "Calls whose signatures were verified.", ConstLabels: prometheus.Labels{"result": result},
		}, func() float64 { return float64(value(p.sip.Stats().Identity)) }))
	}
	counter("parley_identity_fetches_total", "Certificates of signers that were fetched.", func() float64 { return float64(p.sip.Stats().Identity.Fetched) })
	counter("parley_identity_fetches_failed_total", "Certificates of signers that were not to be had.", func() float64 { return float64(p.sip.Stats().Identity.FetchFailed) })
	gauge("parley_sip_contacts", "Contacts of telephones that have registered with us.", func() float64 { return float64(len(p.sip.AllContacts())) })
	if p.traces != nil {
		counter("parley_traces_sent_total", "Traces of calls that the collector took.", func() float64 { return float64(p.traces.Stats().Sent) })
		counter("parley_traces_dropped_total", "Traces of calls that the collector did not get.", func() float64 { return float64(p.traces.Stats().Dropped) })
	}
	r.MustRegister(trunkMetrics{p.sip.TrunkStatus}, speechMetrics{p.speech.lists})
	p.keeper.Tell(newCallMetrics(r).count)
	return r
}
