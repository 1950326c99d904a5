// Package voice runs a spoken conversation: the shell of the turn machine.
//
// One goroutine, the owner, consumes one ordered queue of events and steps
// the machine; it alone holds its state. The clock's tick reads the caller's
// frames into the queue and plays the robot's; recogniser, program and
// synthesizer work in goroutines of their own and only post events. What they
// post carries the epoch it belongs to, so cancelling is one bump.
package voice
