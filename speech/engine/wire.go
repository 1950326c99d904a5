package engine

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
)

// A frame on the pipe: length of payload (4 bytes, little-endian), number of
// the work (4 bytes; 0 is the child itself), kind (1 byte), payload.
const (
	headerSize = 9
	maxPayload = 1 << 20
)

// Kinds of frames, and who sends them.
const (
	frameSettings  byte = iota // parent, work 0, first: what the Kind is opened with
	frameReady                 // child, work 0: set up
	frameOpen                  // parent: a new work with its request
	frameData                  // both: audio, text, results
	frameEnd                   // parent: no more input. Child: done, all went well
	frameCancel                // parent: stop, nobody listens
	frameFailed                // child: done, with the error's text. Work 0: the child gives up
	frameTaken                 // parent: one data frame was consumed, send another
	frameKindCount             // none; what follows is garbage
)

// window is how many data frames a child may have sent that nobody took.
const window = 64

type frame struct {
	work    uint32
	kind    byte
	payload []byte
}

func (f frame) append(b []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(len(f.payload)))
	b = binary.LittleEndian.AppendUint32(b, f.work)
	b = append(b, f.kind)
	return append(b, f.payload...)
}

// readFrame reads the next frame. At the end between two frames the error is
// io.EOF.
func readFrame(r *bufio.Reader) (frame, error) {
	var h [headerSize]byte
	if _, err := io.ReadFull(r, h[:]); err != nil {
		return frame{}, err
	}
	n := binary.LittleEndian.Uint32(h[:])
	f := frame{work: binary.LittleEndian.Uint32(h[4:]), kind: h[8]}
	if n > maxPayload || f.kind >= frameKindCount {
		return frame{}, fmt.Errorf("engine frame of kind %d with %d bytes: not our protocol", f.kind, n)
	}
	f.payload = make([]byte, n)
	if _, err := io.ReadFull(r, f.payload); err != nil {
		return frame{}, fmt.Errorf("engine frame cut off: %w", io.ErrUnexpectedEOF)
	}
	return f, nil
}
