// Package rehearsal runs voice loops on the scenes of a corpus, in virtual
// time: the real one as it is, with its frames, queues and goroutines but a
// clock that waits for it, and a plain one beside it that shows what is gained.
package rehearsal
