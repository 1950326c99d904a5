package sip

import (
	"log/slog"
	"net/netip"
	"time"

	"parley/sip/guard"
)

// admits decides about a datagram before it is parsed: by the list of those
// that may speak, then by how much they have said already.
func (s *Server) admits(from netip.AddrPort, datagram []byte) bool {
	trusted, ok := s.acl.admits(from.Addr(), datagram)
	return ok && s.guard.Admits(time.Now(), from.Addr(), trusted, datagram)
}

// admitsOver decides about a message over a connection, which has been
// admitted by itself.
func (s *Server) admitsOver(from netip.AddrPort, message []byte) bool {
	return s.guard.Admits(time.Now(), from.Addr(), s.acl.trusts(from.Addr()), message)
}

// tellOfStrangers writes the line about sources that nobody knows.
func (s *Server) tellOfStrangers(now time.Time, source netip.Addr, count uint64) {
	s.guard.Note(now, guard.Stranger, source, slog.Uint64("count", count))
}
