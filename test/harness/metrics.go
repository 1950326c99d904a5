package harness

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Metric returns a value of /metrics.
func (p *Parley) Metric(name string) float64 {
	p.t.Helper()
	v, ok := p.metric(name)
	if !ok {
		p.t.Fatalf("there is no metric %s", name)
	}
	return v
}

func (p *Parley) metric(name string) (float64, bool) {
	status, body := p.ask(http.MethodGet, "/metrics", nil)
	if status != http.StatusOK {
		return 0, false
	}
	for line := range strings.Lines(string(body)) {
		if value, ok := strings.CutPrefix(line, name+" "); ok {
			v, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			return v, err == nil
		}
	}
	return 0, false
}

// watchEvery is how often Watch looks.
const watchEvery = 100 * time.Millisecond

// Watch follows metrics until the returned function is called, which tells
// the greatest value of each.
func (p *Parley) Watch(names ...string) (stop func() map[string]float64) {
	most := map[string]float64{}
	end, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-end:
				return
			case <-time.After(watchEvery):
				for _, name := range names {
					v, _ := p.metric(name)
					most[name] = max(most[name], v)
				}
			}
		}
	}()
	return func() map[string]float64 {
		close(end)
		<-done
		return most
	}
}
