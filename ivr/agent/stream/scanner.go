package stream

import (
	"strings"
	"unicode"
)

// Kind is what a Token is.
type Kind uint8

const (
	// Text is to be spoken.
	Text Kind = iota
	// Command leaves the agent: #Hangup#. Its text is the command's name as
	// it was declared.
	Command
	// Action does something and stays: {DTMF 123#}. Its text is what stands
	// between the braces.
	Action
	// Stray looks like a command or an action that nobody has declared, or
	// breaks off. It is not spoken and does nothing.
	Stray
)

// Token is a piece of a model's answer.
type Token struct {
	Kind Kind
	Text string
}

// The longest command and action, in characters. Text is held back so long at
// most until it is known not to be one.
const (
	maxCommand = 40
	maxAction  = 80
	maxWords   = 5 // of a command that was not declared
)

// Scanner takes commands (requirement V11) out of a stream of text.
type Scanner struct {
	commands map[string]string // by folded name
	actions  map[string]bool   // by folded verb

	decode runes
	held   []rune // from a # or { on, while it may be a command
	depth  int    // of braces in held
	tokens []Token
}

// NewScanner returns a Scanner that knows commands by their names and actions
// by their first words. Case and spaces do not matter.
func NewScanner(commands, actions []string) *Scanner {
	s := &Scanner{commands: map[string]string{}, actions: map[string]bool{}}
	for _, c := range commands {
		s.commands[Fold(c)] = c
	}
	for _, a := range actions {
		s.actions[Fold(a)] = true
	}
	return s
}

// Fold returns what two writings of the same command have in common.
func Fold(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '_' || r == '-' {
			return -1
		}
		return unicode.ToLower(r)
	}, name)
}

// Feed takes the next piece of text and returns what is known because of it.
func (s *Scanner) Feed(text string) []Token {
	s.decode.feed(text, s.take)
	return s.give()
}

// Flush says that the text is over and returns the rest of it.
func (s *Scanner) Flush() []Token {
	for len(s.held) > 0 {
		if s.held[0] == '{' {
			s.endBrace()
		} else {
			s.endHash()
		}
	}
	return s.give()
}

func (s *Scanner) give() []Token {
	t := s.tokens
	s.tokens = nil
	return t
}

func (s *Scanner) put(k Kind, text string) {
	if n := len(s.tokens); k == Text && n > 0 && s.tokens[n-1].Kind == Text {
		s.tokens[n-1].Text += text
		return
	}
	s.tokens = append(s.tokens, Token{k, text})
}

func (s *Scanner) take(r rune) {
	switch r {
	case '＃':
		r = '#'
	case '｛':
		r = '{'
	case '｝':
		r = '}'
	}
	switch {
	case len(s.held) > 0:
		s.held = append(s.held, r)
		if s.held[0] == '{' {
			s.judgeBrace(r)
		} else {
			s.judgeHash(r)
		}
	case r == '#', r == '{':
		s.held, s.depth = append(s.held, r), 1
	default:
		s.put(Text, string(r))
	}
}

// drop forgets what is held and takes rest again.
func (s *Scanner) drop(rest []rune) {
	s.held = nil
	for _, r := range rest {
		s.take(r)
	}
}

// release finds that what is held is ordinary text, as far as its first
// character goes.
func (s *Scanner) release() {
	held := s.held
	s.put(Text, string(held[0]))
	s.drop(held[1:])
}

// judgeHash looks at what follows a #, of which r is the last.
func (s *Scanner) judgeHash(r rune) {
	body := s.held[1:]
	switch {
	case r == '#':
		name := body[:len(body)-1]
		if known, ok := s.commands[Fold(string(name))]; ok {
			s.put(Command, known)
			s.drop(nil)
		} else if shaped(name) {
			s.put(Stray, string(s.held))
			s.drop(nil)
		} else {
			s.unclosed()
		}
	case !nameRune(r), len(body) > maxCommand, !unicode.IsLetter(body[0]) && !s.begins(body):
		s.unclosed()
	}
}

// unclosed takes a declared command although its second # is missing, if the
// first stands right before it; all else is ordinary text.
func (s *Scanner) unclosed() {
	if n, name := s.longest(); n > 0 {
		rest := s.held[1+n:]
		s.put(Command, name)
		s.drop(rest)
		return
	}
	s.release()
}

// longest finds the longest declared command that what is held begins with, up
// to the end of a word.
func (s *Scanner) longest() (n int, name string) {
	body := s.held[1:]
	if len(body) == 0 || unicode.IsSpace(body[0]) {
		return 0, ""
	}
	for n := len(body); n > 0; n-- {
		within := n < len(body) && nameRune(body[n]) && !unicode.IsSpace(body[n])
		if within || unicode.IsSpace(body[n-1]) {
			continue
		}
		if name, ok := s.commands[Fold(string(body[:n]))]; ok {
			return n, name
		}
	}
	return 0, ""
}

// endHash: the text ends in what may have become a command.
func (s *Scanner) endHash() {
	body := s.held[1:]
	if n, _ := s.longest(); n == 0 && len(Fold(string(body))) >= 3 && unicode.IsLetter(body[0]) && s.begins(body) {
		s.put(Stray, string(s.held))
		s.drop(nil)
		return
	}
	s.unclosed()
}

// begins tells whether a declared command begins with these letters.
func (s *Scanner) begins(body []rune) bool {
	f := Fold(string(body))
	for c := range s.commands {
		if strings.HasPrefix(c, f) {
			return true
		}
	}
	return false
}

// nameRune tells what may stand in the name of a command.
func nameRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r) || r == ' ' || strings.ContainsRune("_-'’&/", r)
}

// shaped tells whether a name between two # looks like a command.
func shaped(name []rune) bool {
	return len(name) > 0 && unicode.IsLetter(name[0]) && !unicode.IsSpace(name[len(name)-1]) &&
		len(strings.Fields(string(name))) <= maxWords
}

// judgeBrace looks at what follows a {, of which r is the last.
func (s *Scanner) judgeBrace(r rune) {
	body := s.held[1:]
	switch r {
	case '{':
		s.depth++
	case '}':
		s.depth--
	}
	switch {
	case s.depth == 0:
		s.closed(strings.TrimSpace(string(body[:len(body)-1])))
	case r == '\n', len(body) > maxAction, unicode.IsSpace(body[0]) && !s.verb(string(body)):
		s.release()
	}
}

// closed judges what stood between braces.
func (s *Scanner) closed(inner string) {
	name, within := strings.CutPrefix(inner, "#")
	known, ok := s.commands[Fold(strings.TrimSuffix(name, "#"))]
	verb, _, _ := strings.Cut(inner, " ")
	switch {
	case within && ok:
		s.put(Command, known)
	case s.actions[Fold(verb)]:
		s.put(Action, inner)
	default:
		s.put(Stray, string(s.held))
	}
	s.drop(nil)
}

// endBrace: the text ends in what may have become an action.
func (s *Scanner) endBrace() {
	if body := string(s.held[1:]); strings.TrimSpace(body) != "" && s.verb(body) {
		s.put(Stray, string(s.held))
		s.drop(nil)
		return
	}
	s.release()
}

// verb tells whether text is the beginning of an action or begins with one.
func (s *Scanner) verb(text string) bool {
	word, _, more := strings.Cut(strings.TrimLeft(text, " "), " ")
	word = Fold(word)
	for a := range s.actions {
		if word == a || !more && strings.HasPrefix(a, word) {
			return true
		}
	}
	return false
}
