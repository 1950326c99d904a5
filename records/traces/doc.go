// Package traces tells an OpenTelemetry collector of every call that is over:
// one trace a call, made of its journal as its record is, so that nothing of
// it is done while the call is going on. Sending is the work of one
// goroutine; what it cannot keep up with, or a collector does not take, is
// dropped and counted.
package traces
