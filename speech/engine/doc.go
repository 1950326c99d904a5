// Package engine runs C libraries that recognise or speak in child processes
// of our own binary, so that a crash costs one utterance and never a call.
//
// The parent owns a Pool of children of one Kind and opens Works on them; the
// child serves each Work in a goroutine of its own as a Task. Both talk in
// frames over the child's standard input and output; its standard error goes
// to the log. A child that dies is started again, its Works end with
// speech.ErrUnavailable. A child ends with its parent, whatever ends that.
//
// The program calls Main from a hidden subcommand:
//
//	parley engine NAME
//
// and a test binary calls ServeIfChild first in TestMain.
package engine
