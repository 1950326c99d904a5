// Package sdes reads and writes SRTP keys in session descriptions: the
// a=crypto attribute of RFC 4568, with the suites of RFC 4568, RFC 6188 and
// RFC 7714.
package sdes
