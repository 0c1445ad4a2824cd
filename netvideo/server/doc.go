// Package server keeps the rooms: it runs LiveKit's server with the door in front of
// it (Serve, Run), and looks after both as a child process that is restarted when it
// dies (Supervise).
//
// LiveKit's server ends its process after some panics and leaves goroutines behind
// when it is stopped, so a program with something to lose runs it in a child.
package server
