// Package turn decides who has the floor in a spoken conversation. It is a
// pure machine: Step takes a state, an event and the time, and returns the
// next state and what is to be done. It has no goroutine, clock, socket or
// random source, so every decision can be replayed, drawn and tested in
// virtual time.
//
// Three small states make up the whole: what the call does, what the agent
// (the robot) does and what the user (the caller) does. Speech and silence
// are counted in frames of audio, never by the clock, and frames that the
// door made up (media.Gap) are not counted. The clock serves only to end
// states that would otherwise last.
//
// A transfer ends an answer, and its result begins the next: while the call is
// away, what the caller does is not for us and no clock of his runs.
//
// Every answer has an epoch. What arrives with an older epoch is dropped and
// counted: cancelling is one bump.
package turn
