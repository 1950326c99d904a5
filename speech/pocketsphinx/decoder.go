package pocketsphinx

/*
#cgo CFLAGS: -I/usr/include/pocketsphinx -I/usr/include/x86_64-linux-gnu -I/usr/include/x86_64-linux-gnu/sphinxbase -I/usr/include/sphinxbase -I/usr/include/aarch64-linux-gnu -I/usr/include/aarch64-linux-gnu/sphinxbase
#cgo LDFLAGS: -lpocketsphinx -lsphinxbase
#include <stdlib.h>
#include "shim.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"unsafe"
)

// decoder is one warm decoder of the library. It is used for one utterance at
// a time, in an engine child only.
type decoder struct {
	c    *C.parley_ps
	free bool // the running utterance uses the n-gram model
}

// ngram guards the n-gram model, which all decoders of a process share and
// which keeps a cache of its own.
var ngram sync.Mutex

func newDecoder(m modelFiles) (*decoder, error) {
	hmm, dict := C.CString(m.Acoustic), C.CString(m.Dictionary)
	defer C.free(unsafe.Pointer(hmm))
	defer C.free(unsafe.Pointer(dict))
	var lm *C.char
	if m.Language != "" {
		lm = C.CString(m.Language)
		defer C.free(unsafe.Pointer(lm))
	}
	ngram.Lock()
	defer ngram.Unlock()
	c := C.parley_ps_new(hmm, dict, lm)
	if c == nil {
		return nil, fmt.Errorf("libpocketsphinx cannot load the model of %s", m.Acoustic)
	}
	return &decoder{c: c}, nil
}

// knows reports whether the dictionary has a word.
func (d *decoder) knows(word string) bool {
	w := C.CString(word)
	defer C.free(unsafe.Pointer(w))
	return C.parley_ps_knows(d.c, w) != 0
}

// add gives the dictionary a word.
func (d *decoder) add(word, phones string) bool {
	w, p := C.CString(word), C.CString(phones)
	defer C.free(unsafe.Pointer(w))
	defer C.free(unsafe.Pointer(p))
	return C.parley_ps_add(d.c, w, p) == 0
}

// channel is what a decoder has learnt of a caller's line; nil is nothing yet.
type channel []float32

// start begins an utterance: by grammar (JSGF), or free form if that is empty.
func (d *decoder) start(grammar string, line channel) error {
	d.free = grammar == ""
	defer d.lock()()
	if d.free {
		if C.parley_ps_use_ngram(d.c) != 0 {
			return errors.New("free form is switched off (free_form: false)")
		}
	} else {
		g := C.CString(grammar)
		defer C.free(unsafe.Pointer(g))
		if C.parley_ps_use_grammar(d.c, g) != 0 {
			return errors.New("libpocketsphinx refuses the grammar")
		}
	}
	var means *C.float
	if len(line) == C.PARLEY_PS_MEANS {
		means = (*C.float)(unsafe.Pointer(&line[0]))
	}
	if C.parley_ps_start(d.c, means) != 0 {
		return errors.New("libpocketsphinx cannot begin an utterance")
	}
	return nil
}

// write gives audio at 16 kHz.
func (d *decoder) write(pcm []int16) error {
	if len(pcm) == 0 {
		return nil
	}
	defer d.lock()()
	if C.parley_ps_write(d.c, (*C.int16_t)(unsafe.Pointer(&pcm[0])), C.int(len(pcm))) != 0 {
		return errors.New("libpocketsphinx refuses audio")
	}
	return nil
}

func (d *decoder) partial() string {
	defer d.lock()()
	return clean(C.parley_ps_partial(d.c))
}

// hypothesis is what a decoder makes of a whole utterance.
type hypothesis struct {
	text      string
	score     float64 // acoustic, per frame of the words: 0 is best
	posterior float64 // free form: 0 to 1
	words     int     // frames of words
}

func (d *decoder) end() (hypothesis, error) {
	defer d.lock()()
	if C.parley_ps_end(d.c) != 0 {
		return hypothesis{}, errors.New("libpocketsphinx cannot end an utterance")
	}
	h := C.parley_ps_final(d.c)
	return hypothesis{
		text: clean(h.text), score: float64(h.score), posterior: float64(h.posterior),
		words: int(h.words),
	}, nil
}

// learnt returns what is known of the line after an utterance.
func (d *decoder) learnt() channel {
	line := make(channel, C.PARLEY_PS_MEANS)
	C.parley_ps_learnt(d.c, (*C.float)(unsafe.Pointer(&line[0])))
	return line
}

// lock takes the shared model if the utterance uses it, and returns unlock.
func (d *decoder) lock() func() {
	if !d.free {
		return func() {}
	}
	ngram.Lock()
	return ngram.Unlock
}

// clean drops the marks that say which pronunciation was heard: "a(2)".
func clean(text *C.char) string {
	if text == nil {
		return ""
	}
	words := strings.Fields(C.GoString(text))
	for i, w := range words {
		words[i], _, _ = strings.Cut(w, "(")
	}
	return strings.Join(words, " ")
}
