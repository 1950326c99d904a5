// Package rtp carries one party's voice over RTP (RFC 3550, RFC 3551) with
// digits as named events (RFC 4733).
//
// A Pool owns a range of UDP ports; a Session is one bound port, a
// media.Stream that the clock's tick drives: its ReadFrame drains the socket
// and plays out of the jitter buffer, its WriteFrame sends. An Epoch says
// what the signalling agreed on; Bind swaps it at a frame border.
package rtp
