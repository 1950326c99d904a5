// Package hostile tries the real program against those who mean it harm, while
// ordinary calls go on.
package hostile

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"
)

// sources is how many addresses of the loopback network an attack comes from.
const sources = 3000

// source is the address with that number: 127.1.0.0 and up.
func source(n int) net.IP { return net.IPv4(127, 1+byte(n>>16), byte(n>>8), byte(n)) }

// request is a request as an attacker writes it.
func request(method, agent, from string, headers, body string) string {
	return requestTo(strconv.Itoa(100+rand.IntN(900)), method, agent, from, headers, body)
}

func requestTo(user, method, agent, from string, headers, body string) string {
	id := rand.Uint64()
	return fmt.Sprintf("%s sip:%s@parley SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%x;rport\r\nMax-Forwards: 70\r\nFrom: <sip:%d@x>;tag=%x\r\nTo: <sip:%d@parley>\r\n"+
		"Call-ID: %x@x\r\nCSeq: 1 %s\r\nContact: <sip:a@%s>\r\nUser-Agent: %s\r\n%sContent-Length: %d\r\n\r\n%s",
		method, user, from, id, rand.IntN(1000), id, rand.IntN(1000), id, method, from, agent, headers, len(body), body)
}

const offer = "v=0\r\no=x 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n"

// messages are what a flood consists of.
var messages = []func(from string) string{
	func(from string) string { return request("OPTIONS", "friendly-scanner", from, "", "") },
	func(from string) string { return request("REGISTER", "sipvicious", from, "", "") },
	func(from string) string { return request("REGISTER", "telephone", from, "Expires: 60\r\n", "") },
	func(from string) string {
		return request("REGISTER", "telephone", from, `Authorization: Digest username="anna", realm="parley", nonce="x", uri="sip:x", response="0", algorithm=MD5`+"\r\n", "")
	},
	func(from string) string {
		return request("INVITE", "telephone", from, "Content-Type: application/sdp\r\n", offer)
	},
	func(string) string { return strings.Repeat("\x00\xff", 200) },
	func(string) string { return "REGISTER sip:x SIP/2.0\r\nVia: \r\nFrom: <\r\n\r\n" },
	func(string) string { return "\r\n\r\n" },
	func(from string) string { return request("INVITE", "x", from, "", "")[:100] },
}

// flood sends bursts from all sources, one after the other, until ctx ends.
// It returns how many datagrams it has sent.
func flood(ctx context.Context, to *net.UDPAddr) (sent int) {
	for n := 0; ctx.Err() == nil; n = (n + 1) % sources {
		c, err := net.DialUDP("udp4", &net.UDPAddr{IP: source(n)}, to)
		if err != nil {
			continue
		}
		for i := range 5 {
			if _, err := c.Write([]byte(messages[(n+i)%len(messages)](c.LocalAddr().String()))); err == nil {
				sent++
			}
		}
		c.Close()
		if n%20 == 0 {
			rest(ctx, 10*time.Millisecond) // the machine is for both of us
		}
	}
	return sent
}

// storm sends INVITEs from a peer that may call, and never answers a thing:
// dialogs stay half open.
func storm(ctx context.Context, from net.IP, to *net.UDPAddr, every time.Duration) (sent int) {
	c, err := net.DialUDP("udp4", &net.UDPAddr{IP: from}, to)
	if err != nil {
		return 0
	}
	defer c.Close()
	for ctx.Err() == nil {
		if _, err := c.Write([]byte(requestTo("echo", "INVITE", "storm", c.LocalAddr().String(), "Content-Type: application/sdp\r\n", offer))); err == nil {
			sent++
		}
		rest(ctx, every)
	}
	return sent
}

// crowd opens connections that say nothing, or nothing to an end.
func crowd(ctx context.Context, to string) (opened int) {
	var wg sync.WaitGroup
	defer wg.Wait()
	for n := 0; ctx.Err() == nil; n++ {
		d := net.Dialer{LocalAddr: &net.TCPAddr{IP: source(n % 50)}, Timeout: time.Second}
		c, err := d.DialContext(ctx, "tcp4", to)
		if err == nil {
			opened++
			if n%2 == 0 {
				_, _ = c.Write([]byte("REGISTER sip:x SIP/2.0\r\nVia: "))
			}
			wg.Go(func() { rest(ctx, 5*time.Second); c.Close() })
		}
		rest(ctx, 5*time.Millisecond)
	}
	return opened
}

func rest(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
