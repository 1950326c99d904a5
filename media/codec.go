package media

// Codec turns linear PCM into what the wire carries and back, on the caller's
// buffers. Its methods never allocate. A codec that keeps state (Opus, G.722)
// is made anew for each direction of a call; G.711 has none and is shared.
type Codec interface {
	// Name is the encoding name as in SDP's rtpmap, for example "PCMU".
	Name() string
	// Rate is the sample rate of the PCM side, in Hz.
	Rate() int
	// Clock is the rate of RTP timestamps, in Hz. It differs from Rate where
	// an RFC says so (G.722, Opus).
	Clock() int
	// PayloadType is the static RTP payload type of RFC 3551, or Dynamic.
	PayloadType() uint8
	// Samples returns how many samples Decode makes of data; 0 means that
	// data cannot be decoded.
	Samples(data []byte) int
	// Encode writes pcm to dst and returns the number of bytes written. dst
	// must hold 2 bytes for each sample of pcm, which every codec fits in.
	Encode(dst []byte, pcm []int16) int
	// Decode writes data to pcm, which must hold Samples(data), and returns
	// the number of samples written.
	Decode(pcm []int16, data []byte) int
}

// Dynamic is the PayloadType of codecs that have none of their own.
const Dynamic uint8 = 0xff

// Codecs lists what the media plane speaks, preferred first.
var Codecs = []Codec{PCMU, PCMA}
