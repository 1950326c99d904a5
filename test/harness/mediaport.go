package harness

import (
	"net"
	"strconv"
	"testing"
)

// MediaPort returns an even UDP port on loopback, free together with the two
// after the next, for a program that is told where to send its media from.
func MediaPort(t testing.TB) string {
	t.Helper()
	for range 100 {
		c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			t.Fatal(err)
		}
		port := c.LocalAddr().(*net.UDPAddr).Port &^ 1
		c.Close()
		if free(port) && free(port+1) && free(port+2) && free(port+3) {
			return strconv.Itoa(port)
		}
	}
	t.Fatal("no four UDP ports in a row are free")
	return ""
}

func free(port int) bool {
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
	if err != nil {
		return false
	}
	c.Close()
	return true
}
