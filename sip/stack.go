package sip

import (
	"context"
	"log/slog"
	"net"
	"sync"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

// maxDatagram lets sipgo send responses of any size over UDP; requests that
// outgrow a packet change to TCP in uac_transport.go (§18.1.1).
const maxDatagram = 65535

// tcpWriteTimeout bounds how long a peer that does not read can hold up a
// transaction.
const tcpWriteTimeout = 5 * time.Second

var stack struct {
	sync.Mutex
	timers Timers
}

// tuneStack sets what sipgo keeps in package variables. A second server with
// the same timers changes nothing.
func tuneStack(t Timers) {
	stack.Lock()
	defer stack.Unlock()
	if stack.timers == t {
		return
	}
	if (stack.timers == Timers{}) {
		sipmsg.SetDefaultLogger(slog.New(slog.DiscardHandler))
		sipmsg.UDPMTUSize = maxDatagram + 200 // sipgo subtracts 200
		sipmsg.Timer_1xx = time.Hour          // we send 100 Trying at once ourselves
	}
	stack.timers = t
	sipmsg.SetTimers(t.T1, t.T2, t.T4)
	sipmsg.Timer_D = t.giveUp() // sipgo: 32 s whatever T1 is
	sipmsg.Timer_L = t.T1       // the absorber goes on
}

// startStack builds sipgo's transport and transaction layers for s.
func (s *Server) startStack() {
	tuneStack(s.config().Timers)
	quiet := slog.New(slog.DiscardHandler) // what matters comes back as errors
	s.transport = sipmsg.NewTransportLayer(net.DefaultResolver, sipmsg.NewParser(), nil,
		sipmsg.WithTransportLayerLogger(quiet),
		sipmsg.WithTransportLayerTransports(sipmsg.TransportsConfig{
			TCP: &sipmsg.TransportTCP{WriteTimeout: tcpWriteTimeout, DialerCreate: dialer},
		}))
	s.transport.OnMessage(s.tags.stamp) // before the transactions see it
	s.transport.OnMessage(s.noticeACK)
	s.transactions = sipmsg.NewTransactionLayer(s.transport,
		sipmsg.WithTransactionLayerLogger(quiet),
		sipmsg.WithTransactionLayerUnhandledResponseHandler(s.stray))
	s.transactions.OnRequest(s.receive)
}

// dialer bounds TCP connects also where sipgo gives no context.
func dialer(local net.Addr) net.Dialer {
	d := net.Dialer{Timeout: setupTimeout}
	if a, ok := local.(*net.TCPAddr); ok && a != nil {
		d.LocalAddr = a
	}
	return d
}

// count keeps the number of live transactions.
func (s *Server) count(tx interface {
	OnTerminate(sipmsg.FnTxTerminate) bool
}) {
	s.txs.Add(1)
	if !tx.OnTerminate(func(string, error) { s.txs.Add(-1) }) {
		s.txs.Add(-1)
	}
}

// send starts a client transaction for req.
func (s *Server) send(req *sipmsg.Request) (*sipmsg.ClientTx, error) {
	ctx, cancel := s.timeout()
	defer cancel()
	select { // sipgo finds our sockets only while it reads from them
	case <-s.ready:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if err := s.reach(ctx, req); err != nil {
		return nil, err
	}
	tx, err := s.transactions.NewClientTransaction(ctx, req)
	if err != nil {
		return nil, err
	}
	s.count(tx)
	if err := tx.Init(); err != nil {
		tx.Terminate()
		return nil, err
	}
	return tx, nil
}

// write sends what has no transaction: an ACK. While the server closes it
// does not, since sipgo would open a socket for it that nobody closes.
func (s *Server) write(m sipmsg.Message) error {
	if !s.tails.enter() {
		return context.Canceled
	}
	defer s.tails.leave()
	return s.transport.WriteMsg(m)
}
