package audiosocket

import (
	"errors"
	"fmt"
	"net"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	// kernelBuffer bounds what the kernel holds in each direction: about a
	// second, so a peer that stops reading is noticed soon.
	kernelBuffer = 16 << 10
)

var (
	errAgain = errors.New("nothing now")
	errGone  = errors.New("peer is gone")
)

// detach takes the descriptor out of a connection, so that the tick can read
// and write it without the runtime's poller. conn is closed; the descriptor
// stays non-blocking.
func detach(conn *net.TCPConn) (fd int, err error) {
	defer func() { _ = conn.Close() }()
	_ = conn.SetNoDelay(true)
	_ = conn.SetReadBuffer(kernelBuffer)
	_ = conn.SetWriteBuffer(kernelBuffer)
	raw, err := conn.SyscallConn()
	if err != nil {
		return -1, fmt.Errorf("detach connection: %w", err)
	}
	if controlErr := raw.Control(func(p uintptr) {
		fd, err = unix.FcntlInt(p, unix.F_DUPFD_CLOEXEC, 0)
	}); controlErr != nil {
		return -1, fmt.Errorf("detach connection: %w", controlErr)
	}
	if err != nil {
		return -1, fmt.Errorf("detach connection: %w", err)
	}
	return fd, nil
}

// read takes what the socket has. Error: errAgain when that is nothing,
// errGone when the peer has closed or reset the connection. The calls are
// raw ones: they do not block, and the scheduler need not hear of them.
func read(fd int, b []byte) (int, error) {
	n, _, errno := unix.RawSyscall6(unix.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)), unix.MSG_DONTWAIT, 0, 0)
	switch {
	case errno == unix.EAGAIN || errno == unix.EINTR:
		return 0, errAgain
	case errno != 0 || n == 0:
		return 0, errGone
	}
	return int(n), nil
}

// write gives b to the socket and returns how much of it was taken.
// Error: errGone.
func write(fd int, b []byte) (int, error) {
	n, _, errno := unix.RawSyscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)), unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL, 0, 0)
	switch {
	case errno == unix.EAGAIN || errno == unix.EINTR || errno == unix.ENOBUFS:
		return 0, nil
	case errno != 0:
		return 0, errGone
	}
	return int(n), nil
}
