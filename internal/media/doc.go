// Package media keeps pictures and films for the screens: on the server those that
// people bring, on a screen's own disk those that it shows.
//
// It promises:
//
//   - A file is called by the SHA-256 of what is in it, so one that was damaged is
//     never taken for the one that was meant.
//   - A file is there whole or not at all: it is written beside, synced, and renamed.
//   - What a file is, its first bytes say, never its name or the one who sends it; a
//     picture must have a sane size besides.
//   - A fetch that was cut off goes on where it stopped, and what does not match its
//     hash is thrown away.
package media

import (
	"errors"
)

// Errors that a person can do something about.
var (
	ErrNotFound = errors.New("there is no such file")
	ErrType     = errors.New("this is not a picture (PNG, JPEG, WebP) or a film (MP4, WebM)")
	ErrTooLarge = errors.New("the file is larger than is allowed")
	ErrDiskFull = errors.New("the disk is full")
	ErrEmpty    = errors.New("the file is empty")
	ErrCut      = errors.New("the file did not come whole")
	ErrDamaged  = errors.New("what came is not the file that was meant")
)
