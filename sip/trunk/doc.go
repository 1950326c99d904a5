// Package trunk holds what is agreed with those we exchange calls with: who
// may call in, how numbers and identities are written in either direction,
// where calls may go, how many there may be at once, and which trunk is tried
// after which. It decides and never acts: no socket, no clock, no random
// source; the time and random numbers are passed in.
package trunk
