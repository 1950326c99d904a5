// Package ivr runs conversation flows: it keeps the flows and knowledge bases
// that files declare, and lets a flow carry on a spoken conversation. What a
// flow decides is decided in ivr/flow, a pure machine.
package ivr
