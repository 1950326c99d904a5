// Package overload decides which part of the new calls is taken: all, until
// calls take too long to set up or the processor is busy; then fewer, before
// those that are up suffer. It is a pure machine: what is measured comes in, a
// share comes out.
package overload
