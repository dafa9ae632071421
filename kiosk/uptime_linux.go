package main

import (
	"time"

	"golang.org/x/sys/unix"
)

// uptime is the time since boot, sleep included (CLOCK_BOOTTIME, clock_gettime(2)). It
// has to be finer than two slips are apart: by the hundredths of /proc/uptime a kiosk
// came to stand before its server.
func uptime() (time.Duration, bool) {
	var t unix.Timespec
	err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &t)
	return time.Duration(t.Nano()), err == nil
}
