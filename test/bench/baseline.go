package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

// baselineRole is the least that answers calls: sipgo, a fixed description,
// no dialog, no media, nothing kept. It stays as it is, so that figures can be
// compared with it.
func baselineRole([]string) error {
	sip.SetDefaultLogger(slog.New(slog.DiscardHandler))
	ua, err := sipgo.NewUA()
	if err != nil {
		return err
	}
	defer ua.Close()
	server, err := sipgo.NewServer(ua)
	if err != nil {
		return err
	}
	body := []byte("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4002 RTP/AVP 0\r\na=inactive\r\n")
	address := freePort("udp")
	contact := sip.NewHeader("Contact", "<sip:baseline@"+address+">")
	server.OnInvite(func(req *sip.Request, tx sip.ServerTransaction) {
		_ = tx.Respond(sip.NewResponseFromRequest(req, 100, "Trying", nil))
		res := sip.NewSDPResponseFromRequest(req, body)
		res.AppendHeader(contact)
		_ = tx.Respond(res)
	})
	server.OnAck(func(*sip.Request, sip.ServerTransaction) {})
	server.OnBye(func(req *sip.Request, tx sip.ServerTransaction) {
		_ = tx.Respond(sip.NewResponseFromRequest(req, 200, "OK", nil))
	})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	failed := make(chan error, 1)
	go func() { failed <- server.ListenAndServe(ctx, "udp", address) }()
	fmt.Println(address)
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	<-failed
	return nil
}
