// Package hep sends copies of SIP and RTCP to a Homer collector: HEP version
// 3 (EEP). Nobody waits for it: what does not fit into its queue is dropped and
// counted. Keys of SRTP are masked.
package hep
