package engine

import "golang.org/x/sys/unix"

// kernelSynced asks the kernel whether a time service keeps the clock (adjtimex(2)).
func kernelSynced() bool {
	var t unix.Timex
	state, err := unix.Adjtimex(&t)
	return err == nil && state != unix.TIME_ERROR && t.Status&unix.STA_UNSYNC == 0
}
