package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

const (
	askedSetups  = 1500.0 // calls a second and core
	askedSetup   = 30.0   // ms at p99, at half that rate
	askedRatio   = 2.0    // CPU per call, of the baseline's
	askedDialog  = 40.0   // KB
	setupRoutes  = "routes:\n  - {called: \"101\", echo: true}\n"
	setupRecords = "records: {recording: false, max_calls: 100000}\n"
)

// setupLimits lets as many calls be up as a measurement makes.
const setupSIP = "  limits: {max_calls: 100000}\n"

// setupHouse starts a Parley whose number 101 echoes.
func setupHouse(ctx context.Context, o options) (*house, error) {
	return startWith(ctx, o, setupSIP, setupRoutes+setupRecords, nil)
}

// dialAll makes n calls at a rate.
func dialAll(ctx context.Context, to string, n int, rate float64) (r dialersReport, err error) {
	h, err := startHelper(ctx, "dialers", "-sip", to, "-n", fmt.Sprint(n), "-rate", fmt.Sprint(rate))
	if err != nil {
		return r, err
	}
	defer h.stop()
	line, err := h.line(time.Duration(float64(n)/rate)*time.Second + 3*time.Minute)
	if err != nil {
		return r, err
	}
	return r, json.Unmarshal([]byte(line), &r)
}

// measureSetups takes what a call costs that is answered and released, beside
// what the baseline takes for the same, in turns; and how long it takes to be
// answered.
func measureSetups(ctx context.Context, o options, print func(figure)) error {
	h, err := setupHouse(ctx, o)
	if err != nil {
		return err
	}
	defer h.stop()
	base, err := startHelper(ctx, "baseline")
	if err != nil {
		return err
	}
	defer base.stop()
	baseAddr, err := base.line(5 * time.Second)
	if err != nil {
		return err
	}
	// A port rests for 30 s after a call: no more calls than ports in that time.
	rounds, calls, paced := o.pick(8, 2), o.pick(10000, 4000), o.pick(3000, 1500)
	var own, least spread
	var setup spread
	failures, repeated, total := 0, 0, 0
	count := func(r dialersReport) {
		failures, repeated, total = failures+r.Failures, repeated+r.Repeated, total+r.Calls
	}
	for range rounds {
		r, err := dialAll(ctx, h.sip, paced, askedSetups/2)
		if err != nil {
			return err
		}
		setup = append(setup, r.Setup...)
		count(r)
		for _, side := range []struct {
			to  string
			cpu func() (time.Duration, error)
			per *spread
		}{{h.sip, h.cpu, &own}, {baseAddr, func() (time.Duration, error) { return cpuTimeOf(base.cmd.Process.Pid) }, &least}} {
			before, err := side.cpu()
			if err != nil {
				return err
			}
			r, err := dialAll(ctx, side.to, calls, askedSetups)
			if err != nil {
				return err
			}
			time.Sleep(2 * time.Second) // records are written
			after, err := side.cpu()
			if err != nil {
				return err
			}
			*side.per = append(*side.per, float64((after-before).Microseconds())/float64(r.Calls))
			if side.per == &own {
				count(r)
			}
		}
	}
	cost := own.at(0.5)
	f := figure{Figure: "calls_set_up_per_second_and_core", Unit: "calls/s", Value: round(1e6 / cost), N: total,
		More: map[string]float64{"cpu_us_per_call": round(cost), "failures": float64(failures), "repeated": float64(repeated)},
		Note: "answered and released at 1500 a second, route echo, records kept; one core's worth of Parley's own CPU"}
	f.ask("≥ 1500 with 0 failures", 1e6/cost >= askedSetups && failures == 0)
	print(f)
	f = figure{Figure: "call_set_up_ms", Unit: "ms at p99", Value: round(setup.at(0.99)), Note: "INVITE to 200 at 750 calls a second"}
	setup.quantiles(&f)
	f.ask("<= 30 ms at p99", setup.at(0.99) <= askedSetup)
	print(f)
	ratio := cost / least.at(0.5)
	f = figure{Figure: "cpu_per_call_of_baseline", Unit: "times", Value: round(ratio), N: total,
		More: map[string]float64{"baseline_us_per_call": round(least.at(0.5)), "parley_us_per_call": round(cost)}}
	f.ask("<= 2 times", ratio <= askedRatio)
	print(f)
	return leftovers(ctx, h, print)
}

// leftovers takes what is there 64 s after the last call.
func leftovers(ctx context.Context, h *house, print func(figure)) error {
	select {
	case <-time.After(66 * time.Second):
	case <-ctx.Done():
		return ctx.Err()
	}
	left, err := metrics(h, "parley_sip_dialogs", "parley_sip_transactions", "go_goroutines")
	if err != nil {
		return err
	}
	sockets, err := openSockets(h.cmd.Process.Pid)
	if err != nil {
		return err
	}
	f := figure{Figure: "left_after_calls", Unit: "dialogs and transactions", Value: left[0] + left[1], N: 1,
		More: map[string]float64{"dialogs": left[0], "transactions": left[1], "goroutines": left[2], "sockets": float64(sockets)},
		Note: "66 s after the last call"}
	f.ask("0", left[0]+left[1] == 0)
	print(f)
	return nil
}

// measureDialogs takes the memory of a call that stays up without media.
func measureDialogs(ctx context.Context, o options, print func(figure)) error {
	h, err := setupHouse(ctx, o)
	if err != nil {
		return err
	}
	defer h.stop()
	n := o.pick(2000, 500)
	time.Sleep(2 * time.Second)
	before, err := h.pss()
	if err != nil {
		return err
	}
	d, err := startHelper(ctx, "dialers", "-sip", h.sip, "-n", fmt.Sprint(n), "-rate", "300", "-hold")
	if err != nil {
		return err
	}
	defer d.stop()
	if _, err := d.line(time.Minute); err != nil {
		return err
	}
	time.Sleep(5 * time.Second)
	after, err := h.pss()
	if err != nil {
		return err
	}
	each := float64(after-before) / float64(n)
	f := figure{Figure: "memory_per_dialog_kb", Unit: "KB/dialog", Value: round(each), N: n, Note: "answered, a=inactive, PSS difference, with its open RTP ports"}
	f.ask("<= 40 KB", each <= askedDialog)
	print(f)
	return nil
}

// metrics reads values of /metrics.
func metrics(h *house, names ...string) (values []float64, err error) {
	req, err := http.NewRequest(http.MethodGet, "http://"+h.http+"/metrics", nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		found := false
		for line := range strings.Lines(string(text)) {
			if key, value, ok := strings.Cut(strings.TrimSpace(line), " "); ok && key == name {
				v, err := strconv.ParseFloat(value, 64)
				if err != nil {
					return nil, err
				}
				values, found = append(values, v), true
			}
		}
		if !found {
			return nil, errors.New("/metrics has no " + name)
		}
	}
	return values, nil
}

// openSockets counts a process's sockets.
func openSockets(pid int) (n int, err error) {
	dir := fmt.Sprintf("/proc/%d/fd", pid)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0, err
	}
	for _, e := range entries {
		if to, err := os.Readlink(dir + "/" + e.Name()); err == nil && strings.HasPrefix(to, "socket:") {
			n++
		}
	}
	return n, nil
}
