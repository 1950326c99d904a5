package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"sync"
	"time"

	"parley/media"
)

// callersReport is what the role callers measured.
type callersReport struct {
	Late    lateness `json:"late"`     // of the robot's frames
	OwnLate lateness `json:"own_late"` // of our own sends
	Setup   float64  `json:"setup_ms"` // median from INVITE to 200
	// Voiced is the share of the robot's packets that were not silence.
	Voiced float64 `json:"voiced_pct"`
	Lost   int     `json:"lost"` // packets of the robot that did not come
}

// lateness is a spread in milliseconds, as it goes from process to process.
type lateness struct {
	P50, P99, P999, Max float64
	N                   int
}

func (s spread) lateness() lateness {
	return lateness{s.at(0.5), s.at(0.99), s.at(0.999), s.at(1), len(s)}
}

// arrival is one packet of the robot: its place on the grid and its time.
type arrival struct {
	frame uint32 // in time stamps of 20 ms
	at    int64  // ns
}

// callersRole calls so often, talks into every call for ever and measures
// when the robot's packets come. On its standard input: "measure", then
// "report". It ends with its standard input.
func callersRole(args []string) error {
	f := flag.NewFlagSet("callers", flag.ContinueOnError)
	far := f.String("sip", "", "address of the called side")
	user := f.String("user", "", "called user")
	n := f.Int("n", 1, "calls, at most 500")
	if err := f.Parse(args); err != nil {
		return err
	}
	x, err := newExchange(*far)
	if err != nil {
		return err
	}
	defer x.close()
	b := newBank()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	calls := make([]*talking, 0, min(*n, 500))
	defer func() {
		var all sync.WaitGroup
		for _, c := range calls {
			all.Go(func() { c.dialog.hangup(ctx) })
			time.Sleep(time.Millisecond)
		}
		all.Wait()
	}()
	var setup spread
	for range cap(calls) {
		c, err := talk(ctx, x, b, *user)
		if err != nil {
			return err
		}
		calls = append(calls, c)
		setup = append(setup, float64(c.dialog.answeredAfter)/1e6)
		time.Sleep(7 * time.Millisecond) // no burst of calls; and spread over the grid
	}
	fmt.Println("talking")
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		switch in.Text() {
		case "measure":
			b.measure()
			for _, c := range calls {
				c.measure(true)
			}
		case "report":
			for _, c := range calls {
				c.measure(false)
			}
			r := report(calls, b)
			r.Setup = setup.at(0.5)
			if err := json.NewEncoder(os.Stdout).Encode(r); err != nil {
				return err
			}
		}
	}
	b.close()
	return nil
}

// talking is a call of somebody who talks without end.
type talking struct {
	phone  *phone
	dialog *dialog
	tone   [160]byte

	mu     sync.Mutex
	keep   bool
	voiced int
	came   []arrival
	first  uint32
}

func talk(ctx context.Context, x *exchange, b *bank, user string) (*talking, error) {
	c := &talking{}
	pcm := make([]int16, 160)
	for i := range pcm {
		pcm[i] = int16(4000 * math.Sin(float64(i)*2*math.Pi*400/8000))
	}
	media.PCMU.Encode(c.tone[:], pcm)
	var err error
	if c.phone, err = newPhone(); err != nil {
		return nil, err
	}
	c.phone.say = func(payload []byte) { copy(payload, c.tone[:]) }
	c.phone.heard = c.heard
	if c.dialog, err = x.call(ctx, user, c.phone.port); err != nil {
		return nil, err
	}
	if err := c.phone.connect(c.dialog.remote); err != nil {
		return nil, err
	}
	b.add(c.phone)
	return c, nil
}

func (c *talking) measure(on bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.keep = on
}

func (c *talking) heard(payload []byte, stamp uint32, at int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.keep {
		return
	}
	if len(c.came) == 0 {
		c.first = stamp
	}
	c.came = append(c.came, arrival{(stamp - c.first) / 160, at})
	for _, v := range payload {
		if v&0x7f < 0x70 { // louder than about 100
			c.voiced++
			break
		}
	}
}

// report puts the calls together.
func report(calls []*talking, b *bank) callersReport {
	var r callersReport
	var late spread
	total, voiced := 0, 0
	for _, c := range calls {
		c.mu.Lock()
		late = append(late, behindGrid(c.came)...)
		total += len(c.came)
		voiced += c.voiced
		if n := len(c.came); n > 0 {
			r.Lost += int(c.came[n-1].frame) + 1 - n
		}
		c.mu.Unlock()
	}
	r.Late = late.lateness()
	r.Voiced = 100 * float64(voiced) / float64(max(total, 1))
	b.mu.Lock()
	r.OwnLate = b.late.lateness()
	b.mu.Unlock()
	return r
}

// gridWindow is over how many frames the earliest packet sets the grid: two
// clocks that drift apart by 100 ppm are 1 ms apart after 10 s.
const gridWindow = 250

// behindGrid returns how late each packet is (ms) against the ideal grid of
// 20 ms, on which the earliest packet of each window stands.
func behindGrid(came []arrival) spread {
	var late spread
	for len(came) > 0 {
		window := came[:min(gridWindow, len(came))]
		came = came[len(window):]
		if len(window) < gridWindow/5 {
			break
		}
		base := int64(math.MaxInt64)
		for _, a := range window {
			base = min(base, a.at-int64(a.frame)*20e6)
		}
		for _, a := range window {
			late = append(late, float64(a.at-int64(a.frame)*20e6-base)/1e6)
		}
	}
	return late
}
