package sip

import (
	"strconv"

	sipmsg "github.com/emiago/sipgo/sip"
)

const sipVersion = "SIP/2.0"

const sdpType = "application/sdp"

// retryAfter is what we ask of those we refuse for want of room, in seconds.
const retryAfter = 10

// response makes the answer to req with what all our responses carry.
func (s *Server) response(req *sipmsg.Request, code int) *sipmsg.Response {
	res := sipmsg.NewResponseFromRequest(req, code, phrase(code), nil)
	res.SipVersion = sipVersion // whatever the request said
	if from := res.From(); from != nil && fromTag(res) == "" {
		from.Params.Remove("tag") // it had none
	}
	res.AppendHeader(sipmsg.NewHeader("Server", s.agent()))
	switch code {
	case 100: // makes no dialog (§8.2.6.2)
		res.To().Params.Remove("tag")
	case 405, 200:
		res.AppendHeader(sipmsg.NewHeader("Allow", allowed))
	case 415:
		res.AppendHeader(sipmsg.NewHeader("Accept", sdpType))
	case 503:
		res.AppendHeader(sipmsg.NewHeader("Retry-After", strconv.Itoa(retryAfter)))
	}
	return res
}

// refuse ends the transaction of req with code. A transaction that cannot be
// answered ends all the same.
func (s *Server) refuse(req *sipmsg.Request, tx *sipmsg.ServerTx, code int) {
	s.reply(tx, s.response(req, code))
}

func (s *Server) reply(tx *sipmsg.ServerTx, res *sipmsg.Response) {
	err := tx.Respond(res)
	if err != nil || res.IsCancel() { // sipgo sends that one past the transaction
		tx.Terminate()
	}
}

// phrase is the reason phrase of §21.
func phrase(code int) string {
	if p, ok := phrases[code]; ok {
		return p
	}
	return "Error"
}

var phrases = map[int]string{
	100: "Trying", 180: "Ringing", 183: "Session Progress",
	200: "OK", 202: "Accepted",
	400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
	405: "Method Not Allowed", 406: "Not Acceptable", 408: "Request Timeout", 410: "Gone",
	415: "Unsupported Media Type", 416: "Unsupported URI Scheme",
	420: "Bad Extension", 421: "Extension Required", 422: "Session Interval Too Small",
	423: "Interval Too Brief", 480: "Temporarily Unavailable",
	481: "Call/Transaction Does Not Exist", 482: "Loop Detected",
	483: "Too Many Hops", 484: "Address Incomplete", 486: "Busy Here",
	487: "Request Terminated", 488: "Not Acceptable Here",
	428: "Use Identity Header", 436: "Bad Identity Info", 437: "Unsupported Credential", 438: "Invalid Identity Header",
	491: "Request Pending", 500: "Server Internal Error",
	501: "Not Implemented", 503: "Service Unavailable", 504: "Server Time-out", 505: "Version Not Supported",
	600: "Busy Everywhere", 603: "Decline",
}
