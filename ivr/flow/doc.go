// Package flow is the language of conversation flows and the pure machine
// that runs them. A flow is a graph of nodes; Step takes a state and what the
// caller did, and returns the next state and what is to be said, listened
// for, tagged or ended. It has no goroutine, clock, socket or random source.
//
// A flow is checked before it can be used (requirement F3): Parse returns a
// Flow or every problem it has, each with its line, node and remedy.
package flow
