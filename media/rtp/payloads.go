package rtp

import "sync"

// payloads are buffers for the packets of a session that has ended: the next
// takes them over. A session has none before its first packet, and a call
// that is never answered, or is held, none at all.
var payloads sync.Pool

// borrowPayloads returns a buffer of n bytes; what is in it means nothing.
func borrowPayloads(n int) []byte {
	if b, ok := payloads.Get().(*[]byte); ok && cap(*b) >= n {
		return (*b)[:n]
	}
	return make([]byte, n)
}

func returnPayloads(b []byte) {
	if b != nil {
		payloads.Put(&b)
	}
}
