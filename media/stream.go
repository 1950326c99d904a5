package media

// Stream is one party's audio, in frames of FrameTime at a constant rate.
//
// A Stream belongs to one shard of the clock: only the shard's tick calls its
// methods, once per tick each, and no method ever blocks, allocates or keeps
// the slice it is given. Programs that want to wait use a Port.
//
// The suite in media/streamtest states the contract; every implementation
// passes it.
type Stream interface {
	// Rate returns the sample rate in Hz. It never changes: doors resample.
	Rate() int

	// ReadFrame fills pcm, whose length is FrameSize(Rate()), with the next
	// frame of the party's voice and says where it came from. There is always
	// a frame: when nothing has arrived it is silence, marked Gap.
	ReadFrame(pcm []int16) Mark

	// WriteFrame sends one frame toward the party. A nil pcm means that there
	// is nothing to say; the door decides whether the wire needs silence.
	WriteFrame(pcm []int16)

	// ReadDigit returns the next complete DTMF digit the party has sent, in
	// order, until ok is false.
	ReadDigit() (d Digit, ok bool)

	// WriteDigit queues a digit toward the party; it goes out in place of
	// audio, after the digits queued before it. It reports false if the
	// Stream cannot carry digits or its queue is full.
	WriteDigit(d Digit) bool
}

// Digit is one DTMF digit.
type Digit struct {
	// Tone is one of "0123456789*#ABCD".
	Tone byte
	// Samples is its length at the Stream's rate; 0 when the wire does not
	// tell (AudioSocket sends no length).
	Samples int
}

// ValidTone reports whether c names a DTMF digit.
func ValidTone(c byte) bool {
	switch {
	case c >= '0' && c <= '9', c >= 'A' && c <= 'D', c == '*', c == '#':
		return true
	}
	return false
}
