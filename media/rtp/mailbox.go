package rtp

import (
	"net/netip"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"
)

// mailbox is where a socket's datagrams are put. Who drains sockets needs one
// for as long as that takes, so there are as many as there are clocks, and not
// as there are calls. It is not for concurrent use.
type mailbox struct {
	in      [maxDatagram]byte
	from    unix.RawSockaddrInet6 // large enough for both families
	control [8]uint64             // words, for their alignment
	iov     unix.Iovec
	msg     unix.Msghdr
}

// mailboxes are those that nobody uses.
var mailboxes struct {
	sync.Mutex
	idle []*mailbox
}

// maxIdleMailboxes bounds them.
const maxIdleMailboxes = 64

func borrowMailbox() *mailbox {
	mailboxes.Lock()
	defer mailboxes.Unlock()
	if n := len(mailboxes.idle); n > 0 {
		m := mailboxes.idle[n-1]
		mailboxes.idle = mailboxes.idle[:n-1]
		return m
	}
	m := new(mailbox)
	m.iov.Base = &m.in[0]
	m.iov.SetLen(len(m.in))
	m.msg.Name = (*byte)(unsafe.Pointer(&m.from))
	m.msg.Iov = &m.iov
	m.msg.SetIovlen(1)
	m.msg.Control = (*byte)(unsafe.Pointer(&m.control))
	return m
}

func (m *mailbox) giveBack() {
	mailboxes.Lock()
	defer mailboxes.Unlock()
	if len(mailboxes.idle) < maxIdleMailboxes {
		mailboxes.idle = append(mailboxes.idle, m)
	}
}

// receive returns the next datagram of s, from whom and when the kernel got it
// (nanoseconds, 0 if unknown). data is valid until the next receive; ok is
// false when there is none.
func (m *mailbox) receive(s *socket) (data []byte, from netip.AddrPort, at int64, ok bool) {
	m.msg.Namelen = uint32(unsafe.Sizeof(m.from))
	m.msg.SetControllen(int(unsafe.Sizeof(m.control)))
	n, _, errno := unix.RawSyscall(unix.SYS_RECVMSG, uintptr(s.fd), uintptr(unsafe.Pointer(&m.msg)), unix.MSG_DONTWAIT)
	if errno != 0 {
		return nil, netip.AddrPort{}, 0, false
	}
	return m.in[:n], m.sender(), m.arrival(), true
}

// sender reads the address that the kernel left in from.
func (m *mailbox) sender() netip.AddrPort {
	switch m.from.Family {
	case unix.AF_INET:
		a := (*unix.RawSockaddrInet4)(unsafe.Pointer(&m.from))
		return netip.AddrPortFrom(netip.AddrFrom4(a.Addr), swap16(a.Port))
	case unix.AF_INET6:
		return netip.AddrPortFrom(netip.AddrFrom16(m.from.Addr).Unmap(), swap16(m.from.Port))
	}
	return netip.AddrPort{}
}

// arrival reads the kernel's time stamp.
func (m *mailbox) arrival() int64 {
	const head = int(unsafe.Sizeof(unix.Cmsghdr{}))
	if int(m.msg.Controllen) < head+int(unsafe.Sizeof(unix.Timespec{})) {
		return 0
	}
	h := (*unix.Cmsghdr)(unsafe.Pointer(&m.control))
	if h.Level != unix.SOL_SOCKET || h.Type != unix.SCM_TIMESTAMPNS {
		return 0
	}
	return (*unix.Timespec)(unsafe.Pointer(&m.control[head/8])).Nano()
}
