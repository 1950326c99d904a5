package sip

import "bytes"

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
