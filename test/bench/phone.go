package main

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"unsafe"

	"golang.org/x/sys/unix"
)

// phone is one end of RTP: a socket that a bank drives, and the kernel's time
// of each packet that came.
type phone struct {
	fd, port int
	sequence uint16
	stamp    uint32
	ssrc     uint32
	out      [12 + 160]byte
	in       [512]byte
	control  [8]uint64
	iov      unix.Iovec
	msg      unix.Msghdr

	// say gives the payload of the packet that goes out now (µ-law). heard
	// gets what has come: the payload, the RTP time stamp, the kernel's time
	// (ns, CLOCK_REALTIME). Both are called by the bank.
	say   func(payload []byte)
	heard func(payload []byte, stamp uint32, at int64)
}

func newPhone() (*phone, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return nil, err
	}
	name, err := unix.Getsockname(fd)
	if err != nil {
		return nil, err
	}
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1); err != nil {
		return nil, err
	}
	p := &phone{fd: fd, port: name.(*unix.SockaddrInet4).Port, ssrc: rand.Uint32(), stamp: rand.Uint32(), sequence: uint16(rand.Uint32())}
	p.iov.Base = &p.in[0]
	p.iov.SetLen(len(p.in))
	p.msg.Iov = &p.iov
	p.msg.SetIovlen(1)
	p.msg.Control = (*byte)(unsafe.Pointer(&p.control))
	return p, nil
}

// connect sets where the phone sends to, and from whom it hears.
func (p *phone) connect(remote string) error {
	a, err := netip.ParseAddrPort(remote)
	if err != nil {
		return fmt.Errorf("connect a phone: %w", err)
	}
	return unix.Connect(p.fd, &unix.SockaddrInet4{Port: int(a.Port()), Addr: a.Addr().As4()})
}

func (p *phone) close() { _ = unix.Close(p.fd) }

// tick sends a packet and takes what has come.
func (p *phone) tick() {
	p.out[0], p.out[1] = 0x80, 0
	binary.BigEndian.PutUint16(p.out[2:], p.sequence)
	binary.BigEndian.PutUint32(p.out[4:], p.stamp)
	binary.BigEndian.PutUint32(p.out[8:], p.ssrc)
	p.say(p.out[12:])
	p.sequence++
	p.stamp += 160
	_, _, _ = unix.RawSyscall6(unix.SYS_SENDTO, uintptr(p.fd), uintptr(unsafe.Pointer(&p.out[0])), uintptr(len(p.out)), unix.MSG_DONTWAIT, 0, 0)
	for n, at := p.receive(); n >= 12; n, at = p.receive() {
		p.heard(p.in[12:n], binary.BigEndian.Uint32(p.in[4:]), at)
	}
}

// receive returns the size of the next packet and the kernel's time of it.
func (p *phone) receive() (n int, at int64) {
	p.msg.SetControllen(int(unsafe.Sizeof(p.control)))
	r, _, errno := unix.RawSyscall(unix.SYS_RECVMSG, uintptr(p.fd), uintptr(unsafe.Pointer(&p.msg)), unix.MSG_DONTWAIT)
	if errno != 0 {
		return 0, 0
	}
	const head = unsafe.Sizeof(unix.Cmsghdr{})
	return int(r), (*unix.Timespec)(unsafe.Pointer(&p.control[head/8])).Nano()
}
