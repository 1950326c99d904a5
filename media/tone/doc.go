// Package tone makes and finds what a telephone network says without words: call
// progress tones (ITU-T E.180) and DTMF digits (ITU-T Q.23), as linear PCM at
// any rate and without allocating. A Listener finds tones, theirs and beeps.
package tone
