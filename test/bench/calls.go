package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// quietRecords is for measurements that need no records:
// what is measured is the way of the audio.
const quietRecords = "records: {recording: false}\n"

// crowd is a Parley with many calls that go on.
type crowd struct {
	house   *house
	echo    *helper
	callers *helper
	idle    int // KB of Parley before the calls
}

// gather starts Parley and lets n callers talk to user: "foreign" crosses to
// an echoing AudioSocket server in another process, "own" to one of Parley's
// own voice side.
func gather(ctx context.Context, o options, user string, n int) (_ *crowd, err error) {
	c := &crowd{}
	defer func() {
		if err != nil {
			c.leave()
		}
	}()
	if c.echo, err = startHelper(ctx, "echo"); err != nil {
		return nil, err
	}
	foreign, err := c.echo.line(5 * time.Second)
	if err != nil {
		return nil, err
	}
	routes := fmt.Sprintf("routes:\n  - {called: foreign, audiosocket: %q}\n  - {called: own, flow: echo}\n", foreign)
	if c.house, err = start(ctx, o, routes+quietRecords, nil); err != nil {
		return nil, err
	}
	time.Sleep(2 * time.Second)
	if c.idle, err = c.house.pss(); err != nil {
		return nil, err
	}
	if c.callers, err = startHelper(ctx, "callers", "-sip", c.house.sip, "-user", user, "-n", fmt.Sprint(n)); err != nil {
		return nil, err
	}
	if _, err = c.callers.line(time.Minute); err != nil {
		return nil, err
	}
	time.Sleep(2 * time.Second) // settled
	return c, nil
}

func (c *crowd) leave() {
	for _, h := range []*helper{c.callers, c.echo} {
		if h != nil {
			h.stop()
		}
	}
	if c.house != nil {
		c.house.stop()
	}
}

// measured is what a crowd did in a time.
type measured struct {
	callersReport
	cpu float64 // % of a core
	pss int     // KB
}

// measure watches the crowd for a time.
func (c *crowd) measure(ctx context.Context, length time.Duration) (m measured, err error) {
	if err := c.callers.tell("measure"); err != nil {
		return m, err
	}
	before, err := c.house.cpu()
	if err != nil {
		return m, err
	}
	began := time.Now()
	select {
	case <-time.After(length):
	case <-ctx.Done():
		return m, ctx.Err()
	}
	after, err := c.house.cpu()
	if err != nil {
		return m, err
	}
	m.cpu = 100 * float64(after-before) / float64(time.Since(began))
	if m.pss, err = c.house.pss(); err != nil {
		return m, err
	}
	if err := c.callers.tell("report"); err != nil {
		return m, err
	}
	line, err := c.callers.line(20 * time.Second)
	if err != nil {
		return m, err
	}
	return m, json.Unmarshal([]byte(line), &m.callersReport)
}

const (
	askedLate   = 3.0  // ms at p99.9
	askedCPU    = 0.15 // % of a core per call
	askedBoth   = 0.28
	askedMemory = 250.0 // KB
)

// measureLateness takes how late the robot's frames are with 100 calls on an
// echoing voice side, several times, with the bare sender before each.
func measureLateness(ctx context.Context, o options, print func(figure)) error {
	const calls = 100
	runs := o.pick(5, 2)
	length := time.Duration(o.pick(20, 6)) * time.Second
	c, err := gather(ctx, o, "foreign", calls)
	if err != nil {
		return err
	}
	defer c.leave()
	var all, bare []measured
	for i := range runs {
		if i > 0 {
			if err := c.again(ctx); err != nil {
				return err
			}
		}
		m, err := c.measure(ctx, length)
		if err != nil {
			return err
		}
		all = append(all, m)
		c.callers.stop()
		if m, err = barePacer(ctx, calls, length/2); err != nil {
			return err
		}
		bare = append(bare, m)
	}
	f, own := latenessFigure("robot_frame_lateness_ms", all), spread{}
	for _, m := range all {
		own = append(own, m.OwnLate.P999)
	}
	f.More["generator_p99_9"] = round(own.at(0.5))
	f.More["voiced_pct"] = round(all[0].Voiced)
	f.More["lost"] = float64(all[0].Lost)
	f.ask("p99.9 <= 3 ms", f.Value <= askedLate)
	f.Note = fmt.Sprintf("100 calls over AudioSocket to an echo in another process; kernel time stamps at the callers against a grid of 20 ms per call; median of %d runs of %s", runs, length)
	print(f)
	f = latenessFigure("bare_sender_lateness_ms", bare)
	f.Note = "100 streams from one thread that does nothing else, on the same machine, after each of those runs"
	print(f)
	return nil
}

// barePacer runs the bare sender for a time.
func barePacer(ctx context.Context, streams int, length time.Duration) (m measured, err error) {
	h, err := startHelper(ctx, "pacer", "-n", fmt.Sprint(streams), "-for", length.String())
	if err != nil {
		return m, err
	}
	defer h.stop()
	line, err := h.line(length + 20*time.Second)
	if err != nil {
		return m, err
	}
	return m, json.Unmarshal([]byte(line), &m.callersReport)
}

// again sends new callers after those that have left.
func (c *crowd) again(ctx context.Context) (err error) {
	args := c.callers.cmd.Args[2:]
	if c.callers, err = startHelper(ctx, "callers", args...); err != nil {
		return err
	}
	if _, err = c.callers.line(time.Minute); err != nil {
		return err
	}
	time.Sleep(2 * time.Second)
	return nil
}

// latenessFigure is the median of runs; More has the best and the worst.
func latenessFigure(name string, all []measured) figure {
	var p50, p99, p999, worst spread
	n := 0
	for _, m := range all {
		l := m.Late
		p50, p99, p999, worst = append(p50, l.P50), append(p99, l.P99), append(p999, l.P999), append(worst, l.Max)
		n += l.N
	}
	med := func(s spread) *float64 { v := round(s.at(0.5)); return &v }
	return figure{
		Figure: name, Unit: "ms at p99.9", Value: *med(p999), P50: med(p50), P99: med(p99), P999: med(p999), Max: med(worst), N: n,
		More: map[string]float64{"best_p99_9": round(p999.at(0)), "worst_p99_9": round(p999.at(1)), "worst_max": round(worst.at(1))},
	}
}

// measureCalls takes CPU and memory of 200 calls with the echo in another
// process.
func measureCalls(ctx context.Context, o options, print func(figure)) error {
	const calls = 200
	f, memory, err := cpuOf(ctx, o, "foreign", calls)
	if err != nil {
		return err
	}
	f.Figure = "cpu_per_call_pct"
	f.ask(fmt.Sprintf("<= %.2f %% of a core", askedCPU), f.Value <= askedCPU)
	f.Note += "; the echoing AudioSocket server is another process"
	print(f)
	memory.ask("<= 250 KB", memory.Value <= askedMemory)
	print(memory)
	return nil
}

// measureBothEnds takes the CPU of 200 calls whose AudioSocket ends in the
// same Parley, at its echo program.
func measureBothEnds(ctx context.Context, o options, print func(figure)) error {
	const calls = 200
	f, _, err := cpuOf(ctx, o, "own", calls)
	if err != nil {
		return err
	}
	f.Figure = "cpu_per_call_both_ends_pct"
	f.ask(fmt.Sprintf("<= %.2f %% of a core", askedBoth), f.Value <= askedBoth)
	f.Note += "; the call side and the voice side (its echo program) are one process"
	print(f)
	return nil
}

// cpuOf takes CPU and memory per call, over several spans of the same calls.
func cpuOf(ctx context.Context, o options, user string, calls int) (cpu, memory figure, err error) {
	c, err := gather(ctx, o, user, calls)
	if err != nil {
		return cpu, memory, err
	}
	defer c.leave()
	var percent, kb, late, own spread
	length := time.Duration(o.pick(20, 8)) * time.Second
	runs := o.pick(3, 1)
	var last measured
	for range runs {
		if last, err = c.measure(ctx, length); err != nil {
			return cpu, memory, err
		}
		percent = append(percent, last.cpu/float64(calls))
		kb = append(kb, float64(last.pss-c.idle)/float64(calls))
		late = append(late, last.Late.P999)
		own = append(own, last.OwnLate.P999)
	}
	note := fmt.Sprintf("SIP, RTP (PCMU) and AudioSocket, %d calls, recording off; median of %d spans of %s", calls, runs, length)
	cpu = figure{
		Unit: "% of a core/call", Value: round(percent.at(0.5)), N: calls, Note: note + "; utime and stime of Parley",
		More: map[string]float64{
			"best": round(percent.at(0)), "worst": round(percent.at(1)), "late_p99_9_ms": round(late.at(0.5)),
			"generator_late_p99_9_ms": round(own.at(0.5)), "voiced_pct": round(last.Voiced), "lost": float64(last.Lost), "setup_ms": round(last.Setup),
		},
	}
	memory = figure{
		Figure: "memory_per_call_kb", Unit: "KB/call", Value: round(kb.at(0.5)), N: calls, Note: note + "; difference of PSS against idle",
		More: map[string]float64{"best": round(kb.at(0)), "worst": round(kb.at(1)), "idle_kb": float64(c.idle), "last_kb": float64(last.pss)},
	}
	return cpu, memory, nil
}
