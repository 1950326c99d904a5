package sip

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"strings"

	sipmsg "github.com/emiago/sipgo/sip"
)

// maxParts bounds a body of several parts, in number.
const maxParts = 8

// unwrap takes the session description out of a body of several parts (RFC 5621),
// as SIP-I carriers send it beside ISUP. Other parts are left out, unless they
// say that they must be understood: then ok is false, and so it is if the body
// cannot be read.
func unwrap(req *sipmsg.Request) (ok bool) {
	switch req.Method {
	case sipmsg.INVITE, sipmsg.UPDATE, sipmsg.PRACK:
	default:
		return true // nobody looks into it
	}
	ct := req.ContentType()
	if ct == nil || len(ct.Value()) < len("multipart/") || !strings.EqualFold(ct.Value()[:len("multipart/")], "multipart/") {
		return true
	}
	_, params, err := mime.ParseMediaType(ct.Value())
	if err != nil || params["boundary"] == "" {
		return false
	}
	var sdp []byte
	parts := multipart.NewReader(bytes.NewReader(req.Body()), params["boundary"])
	for range maxParts {
		p, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			replaceBody(req, sdp)
			return true
		}
		if err != nil {
			return false
		}
		body, err := io.ReadAll(p)
		if err != nil {
			return false
		}
		if isSDP(p.Header.Get("Content-Type")) && sdp == nil {
			sdp = body
			continue
		}
		_, how, _ := mime.ParseMediaType(p.Header.Get("Content-Disposition"))
		if !strings.EqualFold(how["handling"], "optional") { // RFC 3261 §20.11: required unless it says otherwise
			return false
		}
	}
	return false
}

func replaceBody(req *sipmsg.Request, sdp []byte) {
	for req.RemoveHeader("Content-Type") {
	}
	if sdp != nil {
		kind := sipmsg.ContentTypeHeader(sdpType)
		req.AppendHeader(&kind)
	}
	req.SetBody(sdp)
}
