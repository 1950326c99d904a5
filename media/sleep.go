package media

import (
	"time"

	"golang.org/x/sys/unix"
)

// nap blocks for d, or less if a signal comes. The kernel's sleep ends within
// 0.1 ms of its time, where the runtime's timers, which wait in epoll by whole
// milliseconds, are up to 1 ms late.
func nap(d time.Duration) {
	ts := unix.NsecToTimespec(int64(d))
	_ = unix.ClockNanosleep(unix.CLOCK_MONOTONIC, 0, &ts, nil)
}
