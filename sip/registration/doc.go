// Package registration holds two pure machines: one keeps a trunk registered
// (RFC 3261 §10.2), the other finds out whether its peer is there. A step
// takes an event and the time, and says what to send and how long to wait;
// the shell that sends is in sip.
package registration
