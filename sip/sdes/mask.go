package sdes

import "bytes"

// Mask overwrites in place the keys in a message that carries a session
// description, so that it may be logged or captured; its length stays.
func Mask(message []byte) {
	const attribute, method = "a=crypto:", "inline:"
	for {
		at := bytes.Index(message, []byte(attribute))
		if at < 0 {
			return
		}
		message = message[at+len(attribute):]
		line := message
		if end := bytes.IndexAny(line, "\r\n"); end >= 0 {
			line = line[:end]
		}
		for {
			key := indexFold(line, method)
			if key < 0 {
				break
			}
			line = line[key+len(method):]
			for len(line) > 0 && line[0] != '|' && line[0] != ';' && line[0] != ' ' {
				line[0], line = '*', line[1:]
			}
		}
	}
}

// indexFold finds an ASCII word whatever its case.
func indexFold(text []byte, word string) int {
	for i := 0; i+len(word) <= len(text); i++ {
		if bytes.EqualFold(text[i:i+len(word)], []byte(word)) {
			return i
		}
	}
	return -1
}
