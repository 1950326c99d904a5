// Package guard keeps abuse away from the parser: a limit of messages and of
// connections for each source address, scanners that say who they are, and
// bans of those who keep failing to prove who they are.
//
// Nothing of a message is parsed here, nothing is answered: what is refused
// is dropped in silence. Memory is fixed: so many sources are remembered, the
// idlest is forgotten for a new one. IPv6 sources count by /64, which is what
// one customer gets.
//
// What an operator or fail2ban should know is one line each,
//
//	msg="sip security" event=auth-failed source=198.51.100.7 ...
//
// where event is auth-failed, unknown-user, stranger, scanner, flood, crowd
// or banned.
// Their number is limited; what is left out is told with the next.
package guard
