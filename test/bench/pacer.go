package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"os"
	"time"
)

// pacerRole is the barest sender there is: one thread, one clock, so many
// packets every 20 ms to sockets of its own, whose kernel times tell how late
// any sender on this machine is. It runs for a time and reports.
func pacerRole(args []string) error {
	f := flag.NewFlagSet("pacer", flag.ContinueOnError)
	n := f.Int("n", 100, "streams, at most 500")
	length := f.Duration("for", 10*time.Second, "how long")
	if err := f.Parse(args); err != nil {
		return err
	}
	b := newBank()
	streams := make([]*talking, min(*n, 500))
	for i := range streams {
		c := &talking{}
		var err error
		if c.phone, err = newPhone(); err != nil {
			return err
		}
		defer c.phone.close()
		c.phone.say = func([]byte) {}
		c.phone.heard = c.heard
		// A socket that sends to itself: the way through the kernel is the same.
		if err := c.phone.connect(net.JoinHostPort("127.0.0.1", fmt.Sprint(c.phone.port))); err != nil {
			return err
		}
		streams[i] = c
		b.add(c.phone)
	}
	time.Sleep(time.Second)
	b.measure()
	for _, c := range streams {
		c.measure(true)
	}
	time.Sleep(min(*length, time.Minute))
	for _, c := range streams {
		c.measure(false)
	}
	return json.NewEncoder(os.Stdout).Encode(report(streams, b))
}
