// Package apm cleans a party's voice and says when it speaks: noise
// suppression, a high-pass, voice detection and level, by the audio processing
// module of webrtc (Debian: libwebrtc-audio-processing-dev, version 0.3). A
// build without that package stops with an #error that names it.
package apm

/*
#cgo CXXFLAGS: -std=c++17 -Wno-deprecated-declarations -DWEBRTC_POSIX -DWEBRTC_AUDIO_PROCESSING_ONLY_BUILD -I/usr/include/webrtc_audio_processing
#cgo LDFLAGS: -lwebrtc_audio_processing
#include "shim.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"unsafe"

	"parley/media"
)

// Rates are the rates (Hz) that the library works at.
var Rates = []int{8000, 16000, 32000, 48000}

// Silence is the level, in dBFS, of a frame without a single bit of sound.
const Silence = -96.0

// Verdict says what was in a frame.
type Verdict struct {
	// Voiced: voice was detected in the first and in the second 10 ms.
	Voiced [2]bool
	// Speech is the suppressor's probability (0 to 1) that the frame holds
	// speech; 0 when suppression is off.
	Speech float64
	// Input and Level are the RMS levels before and after processing, in
	// dBFS: 0 is a square wave at full scale, Silence the least.
	Input, Level float64
}

// Voice reports whether either half was voiced.
func (v Verdict) Voice() bool { return v.Voiced[0] || v.Voiced[1] }

// Processor works on one stream. One goroutine uses it.
type Processor struct {
	c     *C.parley_apm
	frame int
}

// New returns a Processor, which must be closed: its memory is the library's.
func New(c Config) (*Processor, error) {
	var problem error
	c.Validate(func(key, what, remedy string) {
		problem = errors.Join(problem, fmt.Errorf("audio processing: %s: %s; %s", key, what, remedy))
	})
	if problem != nil {
		return nil, problem
	}
	if !slices.Contains(Rates, c.Rate) {
		return nil, fmt.Errorf("audio processing: rate %d Hz is none of %v", c.Rate, Rates)
	}
	highPass := 0
	if c.HighPass {
		highPass = 1
	}
	var code C.int
	p := C.parley_apm_new(C.int(c.Rate), C.int(c.Noise)-1, C.int(c.Voice), C.int(highPass), &code)
	if p == nil {
		return nil, fmt.Errorf("audio processing: the library refuses %+v with error %d", c, int(code))
	}
	return &Processor{c: p, frame: media.FrameSize(c.Rate)}, nil
}

// Process cleans one frame of media.FrameTime in place and judges it. It does
// not allocate. A frame of another length is a mistake of the program's and
// panics.
func (p *Processor) Process(frame []int16) Verdict {
	if len(frame) != p.frame {
		panic(fmt.Sprintf("apm: a frame of %d samples, want %d", len(frame), p.frame))
	}
	v := Verdict{Input: rms(frame)}
	r := C.parley_apm_process(p.c, (*C.int16_t)(unsafe.Pointer(&frame[0])))
	// The library fails only on formats, which New has checked; then the
	// frame is as it was, and unvoiced.
	v.Voiced = [2]bool{r.voiced&1 != 0, r.voiced&2 != 0}
	v.Speech = float64(r.speech)
	v.Level = rms(frame)
	return v
}

// Close frees the Processor. It must not be used any more.
func (p *Processor) Close() {
	if p.c != nil {
		C.parley_apm_free(p.c)
		p.c = nil
	}
}

// rms returns the level of pcm in dBFS.
func rms(pcm []int16) float64 {
	var sum int64
	for _, s := range pcm {
		sum += int64(s) * int64(s)
	}
	if sum == 0 {
		return Silence
	}
	return max(Silence, 10*math.Log10(float64(sum)/float64(len(pcm))/(32768*32768)))
}
