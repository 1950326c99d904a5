package rtp

import (
	"fmt"
	"net"
	"net/netip"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	// maxDatagram is more than any packet of ours; what is longer is cut and
	// then refused as malformed.
	maxDatagram = 1500
	// receiveBuffer bounds what waits in the kernel, and so how stale it is.
	receiveBuffer = 32 << 10
	// expeditedForwarding is the traffic class of voice (RFC 3246) as it
	// stands in the IP header.
	expeditedForwarding = 0xb8
)

// socket is a non-blocking UDP socket that the tick drains itself: no poller,
// no goroutine, no allocation per packet. It is not for concurrent use.
type socket struct {
	fd     int
	local  netip.AddrPort
	to     unix.RawSockaddrInet6
	toSize uintptr
	tuned  bool
}

// listen binds addr, whose port may be 0 for any.
func listen(addr netip.AddrPort) (*socket, error) {
	family := unix.AF_INET
	var name unix.Sockaddr = &unix.SockaddrInet4{Port: int(addr.Port()), Addr: as4(addr.Addr())}
	if addr.Addr().Is6() {
		family = unix.AF_INET6
		name = &unix.SockaddrInet6{Port: int(addr.Port()), Addr: addr.Addr().As16(), ZoneId: zone(addr.Addr())}
	}
	fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("rtp socket: %w", err)
	}
	if err := unix.Bind(fd, name); err != nil {
		_ = unix.Close(fd)
		return nil, fmt.Errorf("bind %s: %w", addr, err)
	}
	return &socket{fd: fd, local: addr}, nil
}

// tune makes it fit for voice, before the first tick looks into it. Nothing of
// that is worth ending a call for.
func (s *socket) tune() {
	if s.tuned {
		return
	}
	s.tuned = true
	level, class := unix.IPPROTO_IP, unix.IP_TOS
	if s.local.Addr().Is6() {
		level, class = unix.IPPROTO_IPV6, unix.IPV6_TCLASS
	}
	_ = unix.SetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_RCVBUF, receiveBuffer)
	_ = unix.SetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1)
	_ = unix.SetsockoptInt(s.fd, level, class, expeditedForwarding)
}

func as4(a netip.Addr) (b [4]byte) {
	if a.Is4() {
		b = a.As4()
	}
	return b
}

func zone(a netip.Addr) uint32 {
	if ifi, err := net.InterfaceByName(a.Zone()); err == nil {
		return uint32(ifi.Index)
	}
	return 0
}

// aim sets where send goes; an invalid address turns it off.
func (s *socket) aim(to netip.AddrPort) {
	s.to, s.toSize = unix.RawSockaddrInet6{}, 0
	if !to.IsValid() || to.Port() == 0 || to.Addr().IsUnspecified() {
		return
	}
	if s.local.Addr().Is6() {
		s.to = unix.RawSockaddrInet6{Family: unix.AF_INET6, Port: swap16(to.Port()), Addr: to.Addr().As16()}
		if to.Addr().Zone() != "" {
			s.to.Scope_id = zone(to.Addr())
		}
		s.toSize = unsafe.Sizeof(s.to)
		return
	}
	if a := to.Addr().Unmap(); a.Is4() {
		v4 := (*unix.RawSockaddrInet4)(unsafe.Pointer(&s.to))
		v4.Family, v4.Port, v4.Addr = unix.AF_INET, swap16(to.Port()), a.As4()
		s.toSize = unsafe.Sizeof(*v4)
	}
}

// send sends data to where aim points. It reports false if it did not go.
func (s *socket) send(data []byte) bool {
	if s.toSize == 0 {
		return false
	}
	_, _, errno := unix.RawSyscall6(unix.SYS_SENDTO, uintptr(s.fd),
		uintptr(unsafe.Pointer(&data[0])), uintptr(len(data)), unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL,
		uintptr(unsafe.Pointer(&s.to)), s.toSize)
	return errno == 0
}

func (s *socket) close() { _ = unix.Close(s.fd) }

// swap16 changes between network order and that of this machine.
func swap16(v uint16) uint16 { return v<<8 | v>>8 }
