package rtp

import "parley/media"

// layer is a Stream that hands on to another one what it reads and writes,
// unchanged: media.Switch, media.Tap.
type layer interface{ Beneath() media.Stream }

// listener is a layer that takes copies.
type listener interface {
	layer
	Recording() bool
	Heard(pcm []int16)
	Said(pcm []int16)
}

// wire is what lies beneath a Stream: a Session, and who listens in on the
// way.
type wire struct {
	session   *Session // nil: it is none of ours
	listeners [maxLayers]listener
	count     int
}

// maxLayers bounds the layers of a Stream.
const maxLayers = 4

// beneath looks beneath s.
func beneath(s media.Stream) (w wire) {
	for range maxLayers + 1 {
		switch l := s.(type) {
		case *Session:
			w.session = l
			return w
		case layer:
			if tap, ok := l.(listener); ok && tap.Recording() && w.count < maxLayers {
				w.listeners[w.count] = tap
				w.count++
			}
			s = l.Beneath()
		default:
			return wire{}
		}
	}
	return wire{}
}

// relay carries a tick from w to another wire, unless that one has a digit of
// its own to send. The Sessions of both are locked; pcm is for the listeners.
func (w *wire) relay(to *wire, pcm []int16) bool {
	if to.session.sender.busy() || to.session.inband.busy() {
		return false
	}
	if w.count+to.count == 0 {
		w.session.relay(to.session, nil)
		return true
	}
	w.session.relay(to.session, pcm)
	for _, l := range w.listeners[:w.count] {
		l.Heard(pcm)
	}
	for _, l := range to.listeners[:to.count] {
		l.Said(pcm)
	}
	return true
}

// lockBoth locks two Sessions in an order that everybody keeps.
func lockBoth(a, b *Session) {
	if a.number > b.number {
		a, b = b, a
	}
	a.mu.Lock()
	b.mu.Lock()
}
