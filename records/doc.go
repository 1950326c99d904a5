// Package records keeps what happened: it follows every call, records its
// audio, makes the contact record of its journal and has it stored. A store
// that is gone delays records, it does not lose them and does not touch
// calls.
package records
