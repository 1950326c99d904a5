// Package locate finds out where a SIP request goes: RFC 3263, from NAPTR by
// SRV to addresses, all of them in the order in which they are to be tried.
//
// It asks the configured DNS servers itself, since the system's resolver knows
// no NAPTR and says nothing of how long an answer may be kept. What stands in
// /etc/hosts comes first and is asked of nobody.
//
// Answers, also those that there is nothing, are kept for as long as they say;
// when no server answers, an old answer counts for another hour (RFC 8767).
// Addresses that have failed are put last for half a minute.
package locate
