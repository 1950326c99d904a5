package pocketsphinx

/*
#cgo LDFLAGS: -lflite_cmulex -lflite -lm
#include <stdlib.h>
#include "guess.h"
*/
import "C"

import (
	"strings"
	"sync"
	"unsafe"
)

// guessing guards flite's lexicon, which is global.
var guessing sync.Mutex

// longestGuess bounds a word that is guessed at: no rule fits a longer one.
const longestGuess = 40

const letters = "abcdefghijklmnopqrstuvwxyz"

// guess returns the phones of an English word that no dictionary has, as the
// acoustic model names them: "K W IH JH IY B OW". Empty: it is no such word.
func guess(word string) string {
	word = strings.ReplaceAll(word, "'", "")
	if word == "" || len(word) > longestGuess || strings.Trim(word, letters) != "" {
		return ""
	}
	guessing.Lock()
	defer guessing.Unlock()
	w := C.CString(word)
	defer C.free(unsafe.Pointer(w))
	var buffer [16 * longestGuess]C.char
	if C.parley_guess(w, &buffer[0], C.int(len(buffer))) != 0 {
		return ""
	}
	var phones []string
	for _, p := range strings.Fields(C.GoString(&buffer[0])) {
		switch p = strings.ToUpper(strings.TrimRight(p, "012")); p {
		case "AX":
			p = "AH" // the model does not tell them apart
		case "PAU":
			continue
		}
		phones = append(phones, p)
	}
	return strings.Join(phones, " ")
}

// learn gives the dictionary a word with a pronunciation that is guessed.
func (d *decoder) learn(word string) bool {
	phones := guess(word)
	if phones == "" {
		return false
	}
	ngram.Lock() // a word that is added is added to the shared model too
	defer ngram.Unlock()
	return d.add(word, phones)
}
