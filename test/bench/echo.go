package main

import (
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	wire "github.com/CyCoreSystems/audiosocket"
)

// echoRole is somebody else's AudioSocket server: it says back what it hears,
// message by message. It ends when its standard input does.
func echoRole(args []string) error {
	f := flag.NewFlagSet("echo", flag.ContinueOnError)
	address := f.String("listen", "127.0.0.1:0", "address")
	if err := f.Parse(args); err != nil {
		return err
	}
	l, err := net.Listen("tcp", *address)
	if err != nil {
		return err
	}
	fmt.Println(l.Addr())
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go echoBack(conn)
		}
	}()
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// echoBack carries on one connection: whole messages in, the same out, each
// burst in one write.
func echoBack(conn net.Conn) {
	defer conn.Close()
	if _, err := wire.NextMessage(conn); err != nil { // the UUID
		return
	}
	b := make([]byte, 0, 8192)
	for {
		_ = conn.SetReadDeadline(time.Now().Add(time.Minute))
		n, err := conn.Read(b[len(b):cap(b)])
		if err != nil {
			return
		}
		b = b[:len(b)+n]
		whole := 0
		for len(b)-whole >= 3 {
			size := 3 + int(b[whole+1])<<8 + int(b[whole+2])
			if len(b)-whole < size {
				break
			}
			if b[whole] == wire.KindHangup {
				return
			}
			whole += size
		}
		if _, err := conn.Write(b[:whole]); err != nil {
			return
		}
		b = b[:copy(b, b[whole:])]
	}
}
