// Package call is the vocabulary that doors and programs share: what a call
// is, how it is handled, why it ended and what is kept of it.
//
// A door (sip, webrtc, audiosocket) makes a Call of a wire; a program is a
// Handler. On the voice side of the AudioSocket seam the same call appears
// as a Session.
package call
