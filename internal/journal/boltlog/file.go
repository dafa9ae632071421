package boltlog

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"

	"go.etcd.io/bbolt"

	"moiso/internal/journal"
)

// openFile opens bbolt and keeps the file, which bbolt does not give out.
func openFile(path string, opts Options) (db *bbolt.DB, file *os.File, err error) {
	err = guard(func() error {
		db, err = bbolt.Open(path, 0o600, &bbolt.Options{
			Timeout:         opts.LockTimeout,
			InitialMmapSize: opts.InitialMmapSize,
			FreelistType:    bbolt.FreelistMapType,
			NoSync:          opts.NoSync,
			NoFreelistSync:  true, // see keepFreeList
			OpenFile:        keeping(&file),
		})
		if err == nil {
			db.AllocSize = 0 // reserve does it
		}
		return err
	})
	if d := (*damage)(nil); errors.As(err, &d) {
		// bbolt panicked half open. Closing alone keeps the lock, since the file is mapped.
		unlock(file)
		file.Close()
		return nil, nil, &journal.CorruptError{Reason: d.Error()}
	}
	if err != nil {
		return nil, nil, lockError(path, err)
	}
	return db, file, nil
}

// keeping opens a file for bbolt and keeps it.
func keeping(file **os.File) func(string, int, os.FileMode) (*os.File, error) {
	return func(name string, flag int, mode os.FileMode) (f *os.File, err error) {
		f, err = os.OpenFile(name, flag, mode)
		*file = f
		return f, err
	}
}

// create makes an empty journal at path when there is nothing. It is made under another
// name and linked, so a crash leaves a whole journal or none, and of two processes
// that start at once neither replaces what the other has begun to write.
func create(path string, opts Options) error {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return nil // opening it says what is wrong, if anything is
	}
	dir, err := os.MkdirTemp(filepath.Dir(path), ".new-")
	if err != nil {
		return fmt.Errorf("journal: %s is not writable: %w", filepath.Dir(path), err)
	}
	defer os.RemoveAll(dir)
	fresh := filepath.Join(dir, "journal")
	db, _, err := openFile(fresh, opts)
	if err != nil {
		return err
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		for _, b := range buckets {
			if _, err := tx.CreateBucketIfNotExists(b); err != nil {
				return err
			}
		}
		if err := (census{}).put(tx); err != nil {
			return err
		}
		return tx.Bucket(bucketMeta).Put(keyFormat, binary.BigEndian.AppendUint32(nil, format))
	})
	if err := errors.Join(err, db.Close()); err != nil {
		return fmt.Errorf("journal: make %s: %w", path, err)
	}
	if err := os.Link(fresh, path); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("journal: make %s: %w", path, err)
	}
	return syncDir(filepath.Dir(path))
}

// growStep bounds how much is allocated ahead at once, so that no commit waits long.
const (
	growLeast = 256 << 10
	growMost  = 4 << 20
)

var zeros [64 << 10]byte

// reserve allocates file space for a commit before bbolt begins to write, by writing
// zeros behind the last used page. So a full disk is met here, where nothing has been
// changed, and not between two pages; and since bbolt then writes into blocks that
// exist, its fsync need not write file system metadata.
// used is where the used pages end, bytes what the commit will put.
// THE CALLER MUST HOLD l.writeMu.
func (l *Log) reserve(used int64, bytes int) error {
	// Pages are copied on write: twice the bytes, and some pages of the trees.
	least := used + 2*int64(bytes) + growLeast
	if least <= l.room {
		return nil
	}
	err := l.extend(used, least+min(max(used/4, growLeast), growMost))
	if errors.Is(fullDisk(err), journal.ErrNoSpace) {
		err = l.extend(used, least)
	}
	return fullDisk(err)
}

func (l *Log) extend(used, size int64) error {
	// What lies behind the used pages is of no value, what lies before is.
	at := max(l.room, used)
	for at < size {
		n := min(size-at, int64(len(zeros)))
		if _, err := l.fill(zeros[:n], at); err != nil {
			return err
		}
		at += n
	}
	if !l.opts.NoSync {
		if err := l.file.Sync(); err != nil {
			return err
		}
	}
	l.room = size
	return nil
}

// damage is a panic of bbolt over a page that makes no sense.
type damage struct{ what any }

func (d *damage) Error() string { return fmt.Sprintf("the file's structure is damaged: %v", d.what) }

// guard runs fn, which reads mapped memory, and turns bbolt's panics, and the fault
// of reading a page the file does not have, into errors.
func guard(fn func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = &damage{r}
		}
	}()
	return fn()
}
