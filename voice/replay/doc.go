// Package replay proves that the turn machine decided what its log says: it
// keeps every event that a conversation gave to turn.Config.Step, with its time,
// and every effect that came of it, and steps a machine again with the same.
//
// A log is JSON, compressed, and stands in the call's journal. Frames that are
// alike and follow each other are one entry. Values are written by the names of
// their fields, and what is zero is left out: so a log can be read by a machine
// that has learnt more since.
package replay

// Version is that of the format. A log of another one is refused.
const Version = 1
