//go:build unix

package media

import (
	"errors"
	"os"
	"syscall"
)

// errQuota is the other way in which a disk says that it is full.
var errQuota error = syscall.EDQUOT

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
