package sip

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
	"golang.org/x/sys/unix"

	"parley/sip/overload"
)

// load measures how busy we are: the shell of an overload.Machine.
type load struct {
	machine atomic.Pointer[overload.Machine]
	refused atomic.Uint64
	// Since the last sample: what INVITEs have waited for our decision, in
	// nanoseconds, and how many.
	waited, decided atomic.Int64
}

func (l *load) init() {
	m := overload.New()
	l.machine.Store(&m)
}

// took notes how long the decision about an INVITE has taken.
func (l *load) took(d time.Duration) {
	l.waited.Add(int64(d))
	l.decided.Add(1)
}

// sample is what has been measured since the last one; late is by how much
// the sampler itself was late: what is ready to run waits as long.
func (l *load) sample(late time.Duration, cpu float64) overload.Sample {
	s := overload.Sample{Delay: late, CPU: cpu}
	if n := l.decided.Swap(0); n > 0 {
		s.Delay = max(s.Delay, time.Duration(l.waited.Swap(0)/n))
	}
	return s
}

// watchLoad takes samples until ctx ends.
func (s *Server) watchLoad(ctx context.Context) {
	timer := time.NewTimer(overload.Every)
	defer timer.Stop()
	began, used := time.Now(), processTime()
	for {
		select {
		case <-timer.C:
		case <-ctx.Done():
			return
		}
		now, total := time.Now(), processTime()
		passed := now.Sub(began)
		cpu := float64(total-used) / float64(passed) / float64(runtime.GOMAXPROCS(0))
		sample := s.load.sample(max(passed-overload.Every, 0), cpu)
		s.judgeLoad(sample)
		s.absorber.sweep(now)
		began, used = now, total
		timer.Reset(overload.Every)
	}
}

// judgeLoad takes a sample, and logs when calls begin or cease to be refused.
func (s *Server) judgeLoad(sample overload.Sample) {
	was := *s.load.machine.Load()
	m := was.Step(s.config().Overload, sample)
	s.load.machine.Store(&m)
	switch {
	case m.Overloaded() && !was.Overloaded():
		s.log.Warn("overload: calls are refused", "why", m.Why(), "setup_delay", sample.Delay, "cpu", fmt.Sprintf("%.0f%%", 100*sample.CPU))
	case !m.Overloaded() && was.Overloaded():
		s.log.Info("overload is over", "refused", s.load.refused.Load())
	}
}

// processTime is what the process has used of all cores.
func processTime() time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// tooMuch refuses a new call with 503 if there is too much to do. Emergency
// calls are taken.
func (s *Server) tooMuch(req *sipmsg.Request, tx *sipmsg.ServerTx) bool {
	m := s.load.machine.Load()
	if !m.Overloaded() || m.Takes(rand.Float64()) || slices.Contains(s.config().Emergency, user(req.Recipient)) {
		return false
	}
	s.load.refused.Add(1)
	res := s.response(req, 503)
	res.RemoveHeader("Retry-After")
	res.AppendHeader(sipmsg.NewHeader("Retry-After", strconv.Itoa(5+rand.IntN(11)))) // not all at once again
	s.reply(tx, res)
	return true
}

// Ready says why a call would be refused just now, nil if it would not.
func (s *Server) Ready() error {
	if m := s.load.machine.Load(); m.Overloaded() {
		return fmt.Errorf("overload (%s): %.0f%% of the calls are taken", m.Why(), 100*m.Share())
	}
	return nil
}
