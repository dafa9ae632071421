//go:build !linux

package main

import "time"

// uptime is not asked for where there is no boot_id to go with it.
func uptime() (time.Duration, bool) { return 0, false }
