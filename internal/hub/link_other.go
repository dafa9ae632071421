//go:build !unix

package hub

import (
	"errors"
	"syscall"
)

const canTry = false

func tryWrite(syscall.RawConn, []byte) (int, error) {
	return 0, errors.ErrUnsupported
}
