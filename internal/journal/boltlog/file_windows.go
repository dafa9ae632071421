package boltlog

import (
	"os"

	"golang.org/x/sys/windows"
)

// unlock does nothing: closing the file ends the lock that bbolt took on it.
func unlock(*os.File) {}

// syncDir does nothing: NTFS journals names by itself, and folders cannot be synced.
func syncDir(string) error { return nil }

// noSpace are the errors of a write that found no room.
var noSpace = []error{windows.ERROR_DISK_FULL, windows.ERROR_HANDLE_DISK_FULL, windows.ERROR_DISK_QUOTA_EXCEEDED}
