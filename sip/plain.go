package sip

import "bytes"

// plain is a message that is written the way nearly all are: nothing of §7.3.1's
// freedom, no header twice that may stand once, nothing to decode. The parser
// takes every plain message and normal has nothing to do about it, so who
// knows that a message is plain need not try either. FuzzPlain holds it to that.
//
// The slices are parts of the message.
type plain struct {
	method []byte // nil: a response
	branch []byte // of the topmost Via
	sentBy []byte
	callID []byte
	seq    int
}

// plainHeaders are those that the parser takes apart, and those that may stand
// once, by every name they have.
var plainHeaders = map[string]struct {
	id    uint8
	check func(value []byte) bool
}{
	"via": {0, plainVia}, "v": {0, plainVia},
	"from": {1, plainAddress}, "f": {1, plainAddress},
	"to": {2, plainAddress}, "t": {2, plainAddress},
	"contact": {3, plainAddress}, "m": {3, plainAddress},
	"call-id": {4, plainToken}, "i": {4, plainToken},
	"cseq":           {5, func([]byte) bool { return true }}, // compared with the method
	"max-forwards":   {6, plainNumber},
	"content-length": {7, plainNumber}, "l": {7, plainNumber},
	"content-type": {8, plainType}, "c": {8, plainType},
	"record-route":    {9, plainAddress},
	"route":           {10, plainAddress},
	"expires":         {11, plainNumber},
	"session-expires": {13, plainText}, "x": {13, plainText}, "min-se": {14, plainText},
	"user-agent": {12, plainText}, "server": {12, plainText}, "subject": {12, plainText}, "s": {12, plainText},
	"allow": {12, plainText}, "supported": {12, plainText}, "k": {12, plainText}, "accept": {12, plainText},
	"date": {12, plainText}, "timestamp": {12, plainText}, "privacy": {12, plainText}, "organization": {12, plainText},
	"p-asserted-identity": {12, plainText}, "p-preferred-identity": {12, plainText}, "diversion": {12, plainText}, "history-info": {12, plainText},
	"remote-party-id": {12, plainText}, "identity": {12, plainText}, "reason": {12, plainText}, "allow-events": {12, plainText}, "u": {12, plainText},
	"authorization": {12, plainText}, "proxy-authorization": {12, plainText}, "session-id": {12, plainText}, "accept-language": {12, plainText},
	"require": {12, plainText}, "proxy-require": {12, plainText}, "in-reply-to": {12, plainText}, "priority": {12, plainText},
	"accept-encoding": {12, plainText}, "content-disposition": {12, plainText}, "p-charging-vector": {12, plainText},
}

const (
	plainCallID   = 4
	plainSeq      = 5
	plainLength   = 7
	plainRepeated = 1<<0 | 1<<9 | 1<<10 | 1<<12 // what may stand more than once
	plainLongName = 32
)

// outline reads a message that is plain. Others are none the worse for it: they
// are read with more care.
func outline(data []byte) (p plain, ok bool) {
	line, rest, found := bytes.Cut(data, crlf)
	if !found {
		return p, false
	}
	if p.method, ok = plainStart(line); !ok {
		return p, false
	}
	var seen uint16
	var seq []byte
	length := -1
	for {
		line, rest, found = bytes.Cut(rest, crlf)
		if !found {
			return p, false
		}
		if len(line) == 0 {
			break
		}
		id, value, ok := plainLine(line)
		if !ok {
			return p, false
		}
		bit := uint16(1) << id
		if seen&bit&^plainRepeated != 0 {
			return p, false
		}
		switch {
		case id == 0 && seen&bit == 0:
			p.sentBy, p.branch = viaParts(value)
		case id == plainCallID:
			p.callID = value
		case id == plainSeq:
			seq = value
		case id == plainLength:
			length = number(value)
		}
		seen |= bit
	}
	const needed = 1<<0 | 1<<1 | 1<<2 | 1<<4 | 1<<plainSeq
	if seen&needed != needed || len(p.branch) == 0 || length >= 0 && length != len(rest) {
		return p, false
	}
	count, method, found := bytes.Cut(seq, []byte(" "))
	if !found || !plainNumber(count) || p.method != nil && !bytes.Equal(method, p.method) || p.method == nil && !isUpper(method) {
		return p, false
	}
	p.seq = number(count)
	return p, true
}

var crlf = []byte("\r\n")

// plainStart reads a start line; a response has no method.
func plainStart(line []byte) (method []byte, ok bool) {
	if status, found := bytes.CutPrefix(line, []byte("SIP/2.0 ")); found {
		return nil, len(status) > 4 && plainNumber(status[:3]) && status[0] >= '1' && status[0] <= '6' && status[3] == ' ' && plainText(status)
	}
	method, rest, found := bytes.Cut(line, []byte(" "))
	if !found || !isUpper(method) {
		return nil, false
	}
	uri, ok := bytes.CutSuffix(rest, []byte(" SIP/2.0"))
	return method, ok && plainURI(uri)
}

// plainLine reads "Name: value".
func plainLine(line []byte) (id uint8, value []byte, ok bool) {
	at := bytes.IndexByte(line, ':')
	if at < 1 || at > plainLongName || len(line) < at+3 || line[at+1] != ' ' {
		return 0, nil, false
	}
	var lower [plainLongName]byte
	for i, c := range line[:at] {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		lower[i] = c
	}
	value = line[at+2:]
	if value[0] == ' ' || value[len(value)-1] == ' ' {
		return 0, nil, false
	}
	h, known := plainHeaders[string(lower[:at])]
	switch {
	case known:
		return h.id, value, h.check(value)
	case bytes.HasPrefix(lower[:at], []byte("x-")):
		return 12, value, isToken(lower[:at]) && plainText(value)
	}
	return 0, nil, false
}

// viaParts is what a transaction is known by (§17.2.3).
func viaParts(value []byte) (sentBy, branch []byte) {
	_, value, _ = bytes.Cut(value, []byte(" "))
	sentBy, params, _ := bytes.Cut(value, []byte(";"))
	for len(params) > 0 {
		var one []byte
		one, params, _ = bytes.Cut(params, []byte(";"))
		if v, ok := bytes.CutPrefix(one, []byte("branch=")); ok {
			return sentBy, v
		}
	}
	return sentBy, nil
}
