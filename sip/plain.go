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

// The classes of characters that follow.
const (
	charAlnum = 1 << iota
	charUpper
	charUser  // beside them in the user part of a URI
	charHost  // in host and port
	charParam // in parameters
	charName  // in a display name
	charText  // in a header that nobody takes apart
)

var charClass = func() (t [256]uint8) {
	mark := func(chars string, bits uint8) {
		for _, c := range []byte(chars) {
			t[c] |= bits
		}
	}
	upper, others := "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz0123456789"
	all := uint8(charAlnum | charUser | charHost | charParam | charName | charText)
	mark(upper, all|charUpper)
	mark(others, all)
	mark("-_.+", charUser|charHost|charParam|charName|charText)
	mark("!~*'", charUser|charText)
	mark("-_.+!*~%", charParam|charText)
	mark(" ", charName|charText)
	for c := range 256 {
		if c > ' ' && c != 0x7f {
			t[c] |= charText
		}
	}
	return t
}()

func only(b []byte, class uint8) bool {
	for _, c := range b {
		if charClass[c]&class == 0 {
			return false
		}
	}
	return len(b) > 0
}

func isUpper(b []byte) bool     { return only(b, charUpper) }
func isToken(b []byte) bool     { return only(b, charParam) }
func plainText(b []byte) bool   { return only(b, charText) }
func plainNumber(b []byte) bool { return number(b) >= 0 }

func plainToken(b []byte) bool {
	for _, c := range b {
		if charClass[c]&charText == 0 || c == ' ' || c > 0x7e {
			return false
		}
	}
	return len(b) > 0
}

// number reads up to nine digits; -1: it is no such number.
func number(b []byte) (n int) {
	if len(b) == 0 || len(b) > 9 {
		return -1
	}
	for _, c := range b {
		if c < '0' || c > '9' {
			return -1
		}
		n = 10*n + int(c-'0')
	}
	return n
}

// plainType is type/subtype without parameters.
func plainType(b []byte) bool {
	kind, sub, ok := bytes.Cut(b, []byte("/"))
	return ok && isToken(kind) && isToken(sub)
}

func plainVia(b []byte) bool {
	rest, ok := bytes.CutPrefix(b, []byte("SIP/2.0/"))
	if !ok {
		return false
	}
	transport, rest, ok := bytes.Cut(rest, []byte(" "))
	if !ok || !isUpper(transport) {
		return false
	}
	sentBy, params, more := bytes.Cut(rest, []byte(";"))
	return plainHost(sentBy) && (!more || plainParams(params))
}

// plainAddress is <sip:…>, after a name or none, with parameters or without.
func plainAddress(b []byte) bool {
	open := bytes.IndexByte(b, '<')
	if open < 0 {
		return false
	}
	if name := b[:open]; len(name) > 0 {
		if name[0] == '"' {
			if len(name) < 3 || !bytes.HasSuffix(name, []byte("\" ")) || len(name) > 3 && !only(name[1:len(name)-2], charName) {
				return false
			}
		} else if name[len(name)-1] != ' ' || name[0] == ' ' || !only(name, charName) || bytes.Contains(name, []byte("  ")) {
			return false
		}
		if bytes.Contains(name, []byte("  ")) {
			return false
		}
	}
	uri, params, ok := bytes.Cut(b[open+1:], []byte(">"))
	if !ok || !plainURI(uri) {
		return false
	}
	return len(params) == 0 || params[0] == ';' && plainParams(params[1:])
}

// plainURI is sip:user@host:port;parameters, without what is optional there.
func plainURI(b []byte) bool {
	rest, ok := bytes.CutPrefix(b, []byte("sip:"))
	if !ok {
		return false
	}
	if at := bytes.IndexByte(rest, '@'); at >= 0 {
		if !only(rest[:at], charUser) {
			return false
		}
		rest = rest[at+1:]
	}
	host, params, more := bytes.Cut(rest, []byte(";"))
	return plainHost(host) && (!more || plainParams(params))
}

// plainHost is a name or IPv4 address, with a port or without.
func plainHost(b []byte) bool {
	host, port, more := bytes.Cut(b, []byte(":"))
	return only(host, charHost) && (!more || len(port) < 6 && plainNumber(port) && port[0] != '0' && number(port) < 65536)
}

// plainParams is a;b=c;…
func plainParams(b []byte) bool {
	for {
		one, rest, more := bytes.Cut(b, []byte(";"))
		name, value, valued := bytes.Cut(one, []byte("="))
		if !isToken(name) || valued && !isToken(value) {
			return false
		}
		if !more {
			return true
		}
		b = rest
	}
}
