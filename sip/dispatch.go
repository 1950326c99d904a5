package sip

import (
	"log/slog"
	"net/netip"
	"runtime/debug"
	"strings"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"parley/sip/guard"
)

// receive gets every request that opens a transaction, on a goroutine of its
// own; retransmissions end in the transaction.
func (s *Server) receive(req *sipmsg.Request, tx *sipmsg.ServerTx) {
	s.count(tx)
	defer func() {
		if p := recover(); p != nil {
			s.panics.Add(1)
			s.log.Error("SIP request broke its handler", "request", req.StartLine(), "panic", p, "stack", string(debug.Stack()))
			s.refuse(req, tx, 500)
		}
	}()
	if req.IsAck() { // it has no responses, hence no transaction (§17)
		tx.Terminate()
		s.receiveACK(req)
		return
	}
	if req.SipVersion != sipVersion {
		s.refuse(req, tx, 505)
		return
	}
	if why := incomplete(req); why != "" {
		s.log.Debug("SIP request refused", "request", req.StartLine(), "why", why)
		s.refuse(req, tx, 400)
		return
	}
	if !unwrap(req) {
		s.refuse(req, tx, 415)
		return
	}
	if toTag(req) != "" && !s.tags.opens(req) {
		s.receiveInDialog(req, tx)
		return
	}
	s.receiveOutside(req, tx)
}

// incomplete names the mandatory header (§8.1.1) that req lacks.
func incomplete(req *sipmsg.Request) string {
	seq := req.CSeq()
	switch {
	case req.Via() == nil:
		return "no Via"
	case req.From() == nil:
		return "no From"
	case req.To() == nil:
		return "no To"
	case req.CallID() == nil || req.CallID().Value() == "":
		return "no Call-ID"
	case seq == nil:
		return "no CSeq"
	case !strings.EqualFold(string(seq.MethodName), string(req.Method)):
		return "CSeq names another method"
	}
	return ""
}

// receiveACK hands the ACK of a 2xx to its dialog.
func (s *Server) receiveACK(req *sipmsg.Request) {
	if incomplete(req) != "" {
		return
	}
	if d := s.calls.find(req); d != nil {
		d.post(func() { d.acknowledged(req) })
	}
}

// receiveInDialog hands req to the dialog that it names (§12.2.2).
func (s *Server) receiveInDialog(req *sipmsg.Request, tx *sipmsg.ServerTx) {
	d := s.calls.find(req)
	if d == nil || !d.offered(req, tx) {
		s.refuse(req, tx, 481)
	}
}

// receiveOutside serves a request that belongs to no dialog.
func (s *Server) receiveOutside(req *sipmsg.Request, tx *sipmsg.ServerTx) {
	from, err := netip.ParseAddrPort(req.Source())
	if err != nil {
		s.refuse(req, tx, 400)
		return
	}
	registers := req.Method == sipmsg.REGISTER && s.config().Registrar.Enabled()
	via, known := s.acl.trunkOf(from.Addr(), user(req.Recipient))
	if !known && s.phones.at(from.Addr()) {
		via, known = s.phones.line, true
	}
	own, hairpin := s.hairpins.of(req)
	if hairpin {
		via, known = own, true
	}
	if !known && !registers {
		s.turnAway(req, tx, from)
		return
	}
	if hops := req.MaxForwards(); hops != nil && hops.Val() == 0 && req.Method != sipmsg.OPTIONS {
		s.refuse(req, tx, 483)
		return
	}
	if scheme := req.Recipient.Scheme; scheme != "sip" && scheme != "sips" && scheme != "tel" {
		s.refuse(req, tx, 416) // §8.2.2.1
		return
	}
	if unknown := required(req); unknown != "" && !req.IsCancel() {
		res := s.response(req, 420)
		res.AppendHeader(sipmsg.NewHeader("Unsupported", unknown))
		s.reply(tx, res)
		return
	}
	switch req.Method {
	case sipmsg.INVITE:
		if !takesSDP(req) {
			s.refuse(req, tx, 406)
			return
		}
		if !hairpin && s.tooMuch(req, tx) {
			return
		}
		if !hairpin && !s.mayCall(req, tx, via, from) {
			return
		}
		s.receiveINVITE(req, tx, via, from)
	case sipmsg.OPTIONS:
		s.receiveOPTIONS(req, tx)
	case sipmsg.CANCEL:
		s.receiveStrayCANCEL(req, tx)
	case sipmsg.BYE:
		s.refuse(req, tx, 481) // §15.1.2
	case sipmsg.REGISTER:
		if !registers {
			s.refuse(req, tx, 405)
			return
		}
		s.receiveREGISTER(req, tx, from)
	default:
		s.refuse(req, tx, unserved(req.Method))
	}
}

// takesSDP tells whether the sender of an INVITE reads session descriptions,
// which is so unless Accept says otherwise (§20.1).
func takesSDP(req *sipmsg.Request) bool {
	all := req.GetHeaders("Accept")
	for _, h := range all {
		for _, kind := range strings.Split(strings.ToLower(h.Value()), ",") {
			kind, _, _ = strings.Cut(kind, ";")
			switch strings.TrimSpace(kind) {
			case sdpType, "application/*", "*/*", "multipart/mixed":
				return true
			}
		}
	}
	return len(all) == 0
}

// turnAway treats a request of a stranger who came as far as this: whom we
// have called, or who has opened a connection to register.
func (s *Server) turnAway(req *sipmsg.Request, tx *sipmsg.ServerTx, from netip.AddrPort) {
	cfg := s.config()
	s.guard.Failed(time.Now(), from.Addr(), s.acl.trusts(from.Addr()), guard.Stranger, slog.String("method", string(req.Method)))
	if cfg.Unknown == RejectUnknown || !cfg.Registrar.Enabled() {
		s.refuse(req, tx, 403)
		return
	}
	s.acl.dropped.Add(1)
	tx.Terminate()
}

// unserved is how a method that we do not serve is refused: 405 if we know
// it, else 501 (§8.2.1, §21.5.2).
func unserved(m sipmsg.RequestMethod) int {
	switch m {
	case sipmsg.REGISTER, sipmsg.SUBSCRIBE, sipmsg.NOTIFY, sipmsg.REFER, sipmsg.INFO,
		sipmsg.MESSAGE, sipmsg.PRACK, sipmsg.UPDATE, sipmsg.PUBLISH:
		return 405
	}
	return 501
}

// receiveOPTIONS says what we can do (§11.2); it is how peers ask whether we
// live, so while draining we decline.
func (s *Server) receiveOPTIONS(req *sipmsg.Request, tx *sipmsg.ServerTx) {
	if s.draining.Load() {
		s.refuse(req, tx, 503)
		return
	}
	s.reply(tx, s.capabilities(req))
}

func (s *Server) capabilities(req *sipmsg.Request) *sipmsg.Response {
	res := s.response(req, 200)
	res.AppendHeader(sipmsg.NewHeader("Accept", sdpType))
	res.AppendHeader(sipmsg.NewHeader("Accept-Encoding", "identity"))
	res.AppendHeader(sipmsg.NewHeader("Accept-Language", "en"))
	res.AppendHeader(sipmsg.NewHeader("Supported", supported))
	return res
}
