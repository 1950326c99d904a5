package sip

import (
	"context"
	"reflect"
	"sync"
	"time"

	"parley/sip/trunk"
)

// outposts are the goroutines that keep trunks registered and ask whether
// their peers are there.
type outposts struct {
	mu      sync.Mutex
	running map[string]*outpost // by trunk
	all     sync.WaitGroup      // also those that are leaving
	closed  bool
}

// outpost is what runs for one trunk.
type outpost struct {
	cfg           trunk.Config
	stop          context.CancelFunc
	done          chan struct{}
	registrations []*registering
	probe         *qualifying
}

// keepOutposts makes the outposts what the trunks of set want. Those whose
// trunk has not changed go on; one that has changed takes its contact back
// before its successor registers.
func (s *Server) keepOutposts(set *trunk.Set) {
	s.outposts.mu.Lock()
	defer s.outposts.mu.Unlock()
	if s.outposts.closed {
		return
	}
	for name, o := range s.outposts.running {
		if t := set.Trunk(name); t == nil || !reflect.DeepEqual(t.Config, o.cfg) {
			o.stop()
		}
	}
	running := make(map[string]*outpost)
	for _, t := range set.All() {
		was := s.outposts.running[t.Name]
		if was != nil && reflect.DeepEqual(t.Config, was.cfg) {
			running[t.Name] = was
			continue
		}
		if o := s.newOutpost(t); o != nil {
			running[t.Name] = o
			s.startOutpost(o, was)
		}
	}
	s.outposts.running = running
}

// newOutpost returns nil if there is nothing to do for t.
func (s *Server) newOutpost(t *trunk.Trunk) *outpost {
	o := &outpost{cfg: t.Config, done: make(chan struct{})}
	add := func(registrars []string) {
		r, err := s.newRegistering(t, registrars)
		if err != nil {
			s.log.Error("trunk cannot register", "trunk", t.Name, "error", err)
			return
		}
		o.registrations = append(o.registrations, r)
	}
	if list := t.Register.Registrars; t.Register.All {
		for i := range list {
			add(list[i : i+1])
		}
	} else if len(list) > 0 {
		add(list)
	}
	if t.Qualify.Every > 0 {
		q, err := s.newQualifying(t)
		if err != nil {
			s.log.Error("trunk cannot be asked", "trunk", t.Name, "error", err)
		} else {
			o.probe = q
		}
	}
	if len(o.registrations) == 0 && o.probe == nil {
		return nil
	}
	return o
}

func (s *Server) startOutpost(o, before *outpost) {
	ctx, stop := context.WithCancel(context.Background()) // it has to say goodbye
	o.stop = stop
	s.outposts.all.Go(func() {
		defer close(o.done)
		if before != nil {
			<-before.done
		}
		var wg sync.WaitGroup
		for _, r := range o.registrations {
			wg.Go(func() { r.run(ctx) })
		}
		if o.probe != nil {
			wg.Go(func() { o.probe.run(ctx) })
		}
		wg.Wait()
	})
}

// closeOutposts ends them all, and returns when the registrars know.
func (s *Server) closeOutposts() {
	s.outposts.mu.Lock()
	s.outposts.closed = true
	for _, o := range s.outposts.running {
		o.stop()
	}
	s.outposts.mu.Unlock()
	s.outposts.all.Wait()
}

// TrunkStatus is what is known of a trunk.
type TrunkStatus struct {
	Name string `json:"name"`
	Host string `json:"host,omitempty"`
	// Health is what OPTIONS have found out.
	Health        string               `json:"health" enum:"unknown,up,down"`
	RoundTrip     time.Duration        `json:"-"`
	RoundTripMS   float64              `json:"round_trip_ms,omitempty" doc:"of the last OPTIONS"`
	MaxChannels   int                  `json:"max_channels,omitempty"`
	Calls         trunk.Usage          `json:"calls"`
	Registrations []RegistrationStatus `json:"registrations,omitempty"`
}

// TrunkStatus returns the state of every trunk, in the order of the
// configuration.
func (s *Server) TrunkStatus() []TrunkStatus {
	list := []TrunkStatus{}
	s.outposts.mu.Lock()
	defer s.outposts.mu.Unlock()
	for _, t := range s.Trunks().All() {
		st := TrunkStatus{Name: t.Name, Host: t.Host, Health: t.Health().String(), MaxChannels: t.MaxChannels, Calls: t.Usage()}
		if o := s.outposts.running[t.Name]; o != nil {
			for _, r := range o.registrations {
				rs := *r.status.Load()
				rs.Reachable = rs.Reachable && time.Now().Before(rs.Until)
				st.Registrations = append(st.Registrations, rs)
			}
			if o.probe != nil {
				st.RoundTrip = time.Duration(o.probe.rtt.Load())
				st.RoundTripMS = float64(st.RoundTrip.Microseconds()) / 1000
			}
		}
		list = append(list, st)
	}
	return list
}
