//go:build !linux

package hub

import "syscall"

// limitUnsent leaves the system's own bounds.
func limitUnsent(syscall.RawConn, int) {}
