package engine

import "syscall"

// ownNiceness is this process's, taken at its start: later a thread of ours
// may have another.
var ownNiceness = func() int {
	prio, err := syscall.Getpriority(syscall.PRIO_PROCESS, 0)
	if err != nil {
		return 0
	}
	return 20 - prio
}()

// Nicer returns the niceness that is by more than this process's own, at most
// 19: what Setpriority takes for a child that is to give way.
func Nicer(by int) int { return min(ownNiceness+by, 19) }
