package stream

import (
	"strings"
	"unicode"
)

// Lengths of lines, in characters; those of Chinese and the like count twice.
const (
	firstClause = 25  // the first line may end with a clause from here on
	longClause  = 140 // any other may from here on
	longLine    = 240 // no line is longer
)

// Chunker cuts text that comes in pieces into lines for a synthesizer: the
// first clause if it is long enough, then whole sentences.
type Chunker struct {
	decode runes
	plain  plain
	buf    []rune
	said   bool // a line has been given
	inside bool // buf begins in the middle of a line of the text
}

// Feed takes the next piece of text and returns the lines that it completes.
func (c *Chunker) Feed(text string) []string {
	c.decode.feed(text, func(r rune) { c.plain.feed(r, c.add) })
	return c.lines(false)
}

// Flush says that the text is over and returns the rest of it. A Chunker may
// be used again after it; its first line has then been.
func (c *Chunker) Flush() []string {
	c.plain.flush(c.add)
	lines := c.lines(true)
	c.buf, c.inside, c.plain, c.decode = nil, false, plain{}, runes{}
	return lines
}

func (c *Chunker) add(r rune) { c.buf = append(c.buf, r) }

func (c *Chunker) lines(final bool) (lines []string) {
	for {
		n := c.border(final)
		if n == 0 {
			return lines
		}
		line := strings.TrimSpace(string(c.buf[:n]))
		c.inside = c.buf[n-1] != '\n'
		c.buf = c.buf[n:]
		if speakable(line) {
			lines, c.said = append(lines, strings.Join(strings.Fields(line), " ")), true
		}
	}
}

// speakable tells whether there is anything in a line that has a sound.
func speakable(line string) bool {
	return strings.ContainsFunc(line, func(r rune) bool { return alnum(r) || unicode.IsSymbol(r) || strings.ContainsRune("#*%&@", r) })
}

// border returns the length of the next line, 0 if it is not known yet.
func (c *Chunker) border(final bool) int {
	t := text{c.buf, final, c.inside}
	clause := longClause
	if !c.said {
		clause = firstClause
	}
	width, space, sound := 0, 0, false
	for i := 0; i < len(c.buf); {
		r := c.buf[i]
		sound = sound || speakable(string(r))
		if r == '\n' && sound {
			return i + 1
		}
		end, is := t.sentence(i)
		if is == no && width+1 >= clause {
			end, is = t.clause(i)
		}
		if is == unknown {
			return 0
		}
		if is == yes && sound {
			return end
		}
		if unicode.IsSpace(r) {
			space = i + 1
		}
		for ; i < max(end, 1) && i < len(c.buf); i++ {
			width++
			if wide(c.buf[i]) {
				width++
			}
		}
		if width >= longLine {
			if space > 0 {
				return space
			}
			return i
		}
	}
	if final {
		return len(c.buf)
	}
	return 0
}
