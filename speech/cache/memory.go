package cache

import (
	"container/list"

	"parley/speech"
)

// memory keeps the phrases used last. Its chunks are never changed. The
// Cache's mutex guards it.
type memory struct {
	limit, used int64
	byKey       map[key]*list.Element
	order       *list.List // of *phrase, used last in front
}

type phrase struct {
	id     key
	chunks []speech.Chunk
	bytes  int64
}

func newMemory(limit int64) *memory {
	return &memory{limit: limit, byKey: make(map[key]*list.Element), order: list.New()}
}

func (m *memory) get(id key) ([]speech.Chunk, bool) {
	e := m.byKey[id]
	if e == nil {
		return nil, false
	}
	m.order.MoveToFront(e)
	return e.Value.(*phrase).chunks, true
}

func (m *memory) put(id key, chunks []speech.Chunk) {
	p := &phrase{id: id, chunks: chunks, bytes: sizeOf(chunks)}
	if m.byKey[id] != nil || p.bytes > m.limit {
		return
	}
	m.byKey[id] = m.order.PushFront(p)
	for m.used += p.bytes; m.used > m.limit; {
		oldest := m.order.Remove(m.order.Back()).(*phrase)
		delete(m.byKey, oldest.id)
		m.used -= oldest.bytes
	}
}

// sizeOf counts the audio and something for the rest.
func sizeOf(chunks []speech.Chunk) int64 {
	n := int64(200)
	for _, c := range chunks {
		n += int64(64 + 2*len(c.PCM) + 16*len(c.Marks))
	}
	return n
}
