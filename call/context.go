package call

import "context"

type journalKey struct{}

// WithJournal gives the call's journal to the Handlers below.
func WithJournal(ctx context.Context, j *Journal) context.Context {
	return context.WithValue(ctx, journalKey{}, j)
}

// JournalFrom returns the call's journal, or nil if nobody keeps one.
func JournalFrom(ctx context.Context) *Journal {
	j, _ := ctx.Value(journalKey{}).(*Journal)
	return j
}
