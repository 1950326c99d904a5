// Package answer judges who has taken a call that we made: a person, an
// answering machine and when it beeps, somebody who screens calls, an
// assistant, a fax machine, the network, or nobody who speaks. It is a pure
// machine like voice/turn: Step takes a state, an event and the time, and has
// no goroutine, clock, socket or random source.
//
// What it goes by: how long and how evenly one speaks, and that nobody waits for
// an answer; the silence of somebody who does; words; and tones. Each is
// evidence in nats for a machine or against it, and no verdict rests on how long
// a greeting is alone. Verdicts come while the greeting goes on, and later
// evidence corrects them.
package answer
