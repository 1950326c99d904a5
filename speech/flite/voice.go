package flite

/*
#cgo LDFLAGS: -lflite_cmu_us_slt -lflite_cmu_us_rms -lflite_cmu_us_awb -lflite_cmu_us_kal16 -lflite_usenglish -lflite_cmulex -lflite -lm
#include <stdlib.h>
#include "shim.h"
*/
import "C"

import (
	"fmt"
	"runtime/cgo"
	"sync"
	"unsafe"
)

// voiceRate is the rate of all four voices, in Hz.
const voiceRate = 16000

// sentence is one call of the library.
type sentence struct {
	mark func(sample int64, byte int)
	// audio gets samples that it must not keep, and says whether to stop.
	audio func(pcm []int16) (stop bool)
}

// library guards flite, whose voices and lexicon are global.
var library = struct {
	sync.Mutex
	ready bool
}{}

// say speaks text. It computes at fifty times the speed of speech.
func (s *sentence) say(voice, text string, speed float64) error {
	library.Lock()
	defer library.Unlock()
	if !library.ready {
		C.parley_flite_init()
		library.ready = true
	}
	v, t := C.CString(voice), C.CString(text)
	defer C.free(unsafe.Pointer(v))
	defer C.free(unsafe.Pointer(t))
	h := cgo.NewHandle(s)
	defer h.Delete()
	switch C.parley_flite_speak(v, t, C.float(1/speed), C.uintptr_t(h)) {
	case -1:
		return fmt.Errorf("flite has no voice %q", voice)
	case -2:
		return fmt.Errorf("flite cannot speak %d bytes of text", len(text))
	}
	return nil
}

//export parleyFliteMark
func parleyFliteMark(handle C.uintptr_t, sample C.int64_t, pos C.int) {
	cgo.Handle(handle).Value().(*sentence).mark(int64(sample), int(pos))
}

//export parleyFliteAudio
func parleyFliteAudio(handle C.uintptr_t, pcm *C.short, n C.int) C.int {
	if n > 0 && cgo.Handle(handle).Value().(*sentence).audio(unsafe.Slice((*int16)(unsafe.Pointer(pcm)), int(n))) {
		return 1
	}
	return 0
}
