// Package bridge joins two calls. To is a program that calls somebody else
// for a caller and stands between the two, a back-to-back user agent: what
// one side does (rings, speaks early, answers, fails, hangs up, presses keys)
// the other side sees. Join joins two calls that are answered.
package bridge
