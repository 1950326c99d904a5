package hep

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"net/netip"
	"sync/atomic"
	"time"

	"parley/sip/sdes"
)

const (
	// queued bounds the packets that wait to be sent.
	queued = 4096
	// again is how long a collector that cannot be reached is left alone.
	again = 5 * time.Second
	// within bounds what a collector may hold us up.
	within = 2 * time.Second
)

// Sender copies messages to a collector.
type Sender struct {
	cfg   Config
	log   *slog.Logger
	queue chan Packet
	// Local finds the address that a socket bound to all addresses talks to
	// remote from; set it before Run.
	Local func(bound, remote netip.Addr) netip.Addr

	sent, dropped, failed atomic.Uint64
}

// New makes a Sender; Run sends.
func New(cfg Config, log *slog.Logger) *Sender {
	return &Sender{cfg: cfg, log: log, queue: make(chan Packet, queued), Local: func(bound, _ netip.Addr) netip.Addr { return bound }}
}

// RTCP tells whether RTCP is wanted.
func (s *Sender) RTCP() bool { return s.cfg.RTCP }

// Stats counts copies.
type Stats struct {
	Sent    uint64 `json:"sent"`
	Dropped uint64 `json:"dropped" doc:"for want of room in the queue"`
	Failed  uint64 `json:"failed" doc:"that the collector could not be given"`
}

// Stats returns the counters.
func (s *Sender) Stats() Stats {
	return Stats{Sent: s.sent.Load(), Dropped: s.dropped.Load(), Failed: s.failed.Load()}
}

// Copy sends a copy of p, whose payload it copies. It never waits.
func (s *Sender) Copy(p Packet) {
	if len(s.queue) == cap(s.queue) {
		s.dropped.Add(1)
		return
	}
	p.Payload = bytes.Clone(p.Payload[:min(len(p.Payload), maxPayload)])
	select {
	case s.queue <- p:
	default:
		s.dropped.Add(1)
	}
}

// Run sends until ctx ends.
func (s *Sender) Run(ctx context.Context) {
	var line collector
	defer line.close()
	buf := make([]byte, 0, 70000)
	for {
		select {
		case p := <-s.queue:
			s.complete(&p)
			buf = p.Append(buf[:0], s.cfg.ID, string(s.cfg.Password))
			if err := line.send(ctx, s.cfg, buf); err != nil {
				s.failed.Add(1)
				if line.tell() {
					s.log.Warn("HEP collector not reached", "collector", s.cfg.Collector, "error", err, "check", "sip.hep.collector and sip.hep.network")
				}
				continue
			}
			s.sent.Add(1)
		case <-ctx.Done():
			return
		}
	}
}

// complete does what need not be done where the message passes.
func (s *Sender) complete(p *Packet) {
	if p.From.Addr().IsUnspecified() {
		p.From = netip.AddrPortFrom(s.Local(p.From.Addr(), p.To.Addr()), p.From.Port())
	}
	if p.To.Addr().IsUnspecified() {
		p.To = netip.AddrPortFrom(s.Local(p.To.Addr(), p.From.Addr()), p.To.Port())
	}
	switch p.Kind {
	case SIP:
		if p.CallID == "" {
			p.CallID = callID(p.Payload)
		}
		sdes.Mask(p.Payload)
	case RTCP:
		p.Payload = rtcpJSON(p.Payload)
	}
}

// callID is the Call-ID of a SIP message.
func callID(message []byte) string {
	for line := range bytes.Lines(message) {
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}
		name, value, ok := bytes.Cut(line, []byte(":"))
		name = bytes.TrimSpace(name)
		if ok && (bytes.EqualFold(name, []byte("call-id")) || bytes.EqualFold(name, []byte("i"))) {
			return string(bytes.TrimSpace(value))
		}
	}
	return ""
}

// collector is the line to the collector.
type collector struct {
	conn   net.Conn
	next   time.Time // when it may be tried again
	told   bool
	lately error
}

func (c *collector) send(ctx context.Context, cfg Config, packet []byte) error {
	now := time.Now()
	if c.conn == nil {
		if now.Before(c.next) {
			return c.lately
		}
		d := net.Dialer{Timeout: within}
		conn, err := d.DialContext(ctx, cfg.Network, cfg.Collector)
		if err != nil {
			c.next, c.lately, c.told = now.Add(again), err, false
			return err
		}
		c.conn = conn
	}
	_ = c.conn.SetWriteDeadline(now.Add(within))
	_, err := c.conn.Write(packet)
	if err != nil {
		c.close()
		c.next, c.lately, c.told = now.Add(again), err, false
		if cfg.Network == "udp" { // nobody listened to the one before
			c.next = now.Add(time.Second)
		}
	}
	return err
}

// tell is true once for each failure.
func (c *collector) tell() bool {
	told := c.told
	c.told = true
	return !told
}

func (c *collector) close() {
	if c.conn != nil {
		c.conn.Close()
		c.conn = nil
	}
}
