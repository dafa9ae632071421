//go:build !linux

package engine

// kernelSynced answers no where the system cannot be asked: after a jump an
// administrator confirms the clock.
func kernelSynced() bool { return false }
