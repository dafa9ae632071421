//go:build unix

package boltlog

import (
	"errors"
	"os"
	"syscall"
)

// unlock lets go of the lock that bbolt took on a file.
func unlock(f *os.File) { _ = syscall.Flock(int(f.Fd()), syscall.LOCK_UN) }

// syncDir makes a new name durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// noSpace are the errors of a write that found no room.
var noSpace = []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG}
