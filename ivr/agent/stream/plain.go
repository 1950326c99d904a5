package stream

import (
	"strings"
	"unicode"
)

// maxLink is the longest address of a link that is left out.
const maxLink = 300

// plain leaves out of a text what is for the eye: Markdown, emoji, tags. It
// looks ahead no further than it has to.
type plain struct {
	in    []rune
	prev  rune // the last that was taken of in; 0 at the beginning
	mid   bool // something of the present line was given
	ticks int  // ` in a row at the beginning of a line
	fence bool // after ```: the name of a language
}

// feed takes a character and gives those that are known because of it.
func (p *plain) feed(r rune, give func(rune)) {
	p.in = append(p.in, r)
	p.run(false, give)
}

func (p *plain) flush(give func(rune)) { p.run(true, give) }

func (p *plain) run(final bool, give func(rune)) {
	for len(p.in) > 0 {
		n, keep, ok := p.judge(final)
		if !ok {
			return
		}
		for _, r := range p.in[:n] {
			if keep {
				give(r)
				p.mid = p.mid || !unicode.IsSpace(r)
			}
			p.prev = r
		}
		p.in = p.in[n:]
	}
}

// judge says what becomes of the next n characters. ok is false if more have
// to be known.
func (p *plain) judge(final bool) (n int, keep, ok bool) {
	r := p.in[0]
	if r == '\n' {
		p.mid, p.ticks, p.fence = false, 0, false
		return 1, true, true
	}
	if r == '`' {
		if !p.mid {
			p.ticks++
			p.fence = p.ticks >= 3
		}
		return 1, false, true
	}
	switch {
	case p.fence && !unicode.IsSpace(r), forTheEye(r), r == '[' || r == '|':
		return 1, false, true
	case !p.mid && (unicode.IsSpace(r) || r == '>' || r == '•'):
		return 1, false, true
	case r == ']':
		return p.link(final)
	case !strings.ContainsRune(`#-+*_~\<`, r):
		return 1, true, true
	}
	run := 1
	for run < len(p.in) && p.in[run] == r {
		run++
	}
	if run == len(p.in) && !final && run <= 6 {
		return 0, false, false
	}
	next := ' '
	if run < len(p.in) {
		next = p.in[run]
	}
	if !p.mid && unicode.IsSpace(next) && r != '~' && r != '<' && r != '\\' && (r != '*' || run > 1 || run < len(p.in)) {
		return run, false, true // a heading, a bullet, a rule
	}
	switch r {
	case '*':
		return run, run == 1 && p.asterisk(next), true
	case '_':
		return run, run == 1 && alnum(p.prev) && alnum(next), true
	case '~':
		return run, run == 1, true
	case '\\':
		return run, alnum(next), true
	case '<':
		return p.tag(final)
	}
	return run, true, true
}

// asterisk tells a key of the telephone or a product from emphasis.
func (p *plain) asterisk(next rune) bool {
	free := p.prev == 0 || unicode.IsSpace(p.prev)
	return free && !unicode.IsLetter(next) || unicode.IsDigit(p.prev) && unicode.IsDigit(next)
}

// link leaves out the address of [text](address).
func (p *plain) link(final bool) (n int, keep, ok bool) {
	for i, r := range p.in[1:] {
		switch {
		case i == 0 && r != '(', unicode.IsSpace(r), i > maxLink:
			return 1, false, true
		case r == ')':
			return i + 2, false, true
		}
	}
	return 1, false, final
}

// tag leaves out <b>, </b> and <br/>.
func (p *plain) tag(final bool) (n int, keep, ok bool) {
	for i, r := range p.in[1:] {
		switch {
		case r == '>' && i > 0:
			return i + 2, false, true
		case r != '/' && !(r >= 'a' && r <= 'z') && !(i > 0 && unicode.IsDigit(r)), i > 10:
			return 1, true, true
		}
	}
	return 1, true, final
}

func alnum(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// forTheEye tells emoji, arrows, dingbats, what joins and colours them, and
// control characters.
func forTheEye(r rune) bool {
	switch {
	case r < ' ', r == 0x7f, r == 0xfeff, r >= 0x200b && r <= 0x200f, r == 0x20e3,
		r >= 0x2190 && r <= 0x21ff, r >= 0x2600 && r <= 0x27bf, r >= 0x2b00 && r <= 0x2bff,
		r >= 0xfe00 && r <= 0xfe0f, r >= 0x1f000 && r <= 0x1faff, r >= 0xe0000 && r <= 0xe007f:
		return r != '\t'
	}
	return false
}
