// Package audiosocket is the wire between the call side and the voice side:
// AudioSocket, as Asterisk speaks it, with both of its ends.
//
// A message is kind(1) length(2, big-endian) payload, over TCP. The side that
// has the call dials and first sends the call's UUID; then both send 20 ms of
// linear PCM (16 bits, little-endian, mono) at a time.
//
// Server is the voice side's end: every connection becomes a call.Session.
// NewHandler is the call side's: a call.Handler that announces the session,
// dials and carries the call's Stream over. Conn is one connection, a
// media.Stream that the clock's tick drives.
package audiosocket
