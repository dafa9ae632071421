package boltlog

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"sync"
	"syscall"
	"testing"
	"unsafe"

	"go.etcd.io/bbolt"

	"moiso/internal/journal"
	"moiso/internal/journal/journaltest"
)

func file(dir string) string { return filepath.Join(dir, "journal.db") }

// A small map makes the writer map the file again and again while it grows.
var small = Options{InitialMmapSize: 32 << 10}

func TestLog(t *testing.T) {
	journaltest.Run(t, journaltest.Options{
		Open:       func(dir string) (journal.Log, error) { return Open(file(dir), small) },
		OpenFaulty: openFaulty,
		Record:     record,
		Damage:     damageStored,
		Exclusive:  true,
		Killable:   true,
	})
}

type writeAt = func([]byte, int64) (int, error)

// intercept puts a function between the log and its file, zeros written ahead included.
// bbolt has no door for this: its own is a private field.
func intercept(l *Log, wrap func(writeAt) writeAt) {
	field := reflect.ValueOf(l.db).Elem().FieldByName("ops").FieldByName("writeAt")
	own := (*writeAt)(unsafe.Pointer(field.UnsafeAddr()))
	wrapped := wrap(*own)
	*own = func(b []byte, off int64) (int, error) { return wrapped(b, off) }
	l.fill = wrapped
}

func openFaulty(dir string) (journal.Log, func(journaltest.Fault), error) {
	l, err := Open(file(dir), small)
	if err != nil {
		return nil, nil, err
	}
	var mu sync.Mutex
	var fault journaltest.Fault
	set := func(f journaltest.Fault) {
		mu.Lock()
		defer mu.Unlock()
		fault = f
	}
	intercept(l, func(next writeAt) writeAt {
		return func(b []byte, off int64) (int, error) {
			mu.Lock()
			defer mu.Unlock()
			if fault.Kind == journaltest.None {
				return next(b, off)
			}
			if fault.After > 0 {
				fault.After--
				return next(b, off)
			}
			cause := syscall.EIO
			switch fault.Kind {
			case journaltest.Full:
				cause = syscall.ENOSPC
			case journaltest.Persisted:
				next(b, off)
			}
			return 0, &fs.PathError{Op: "write", Path: file(dir), Err: cause}
		}
	})
	return l, set, nil
}

// write is one write to the file.
type write struct {
	off  int64
	data []byte
}

// meta says whether it is one of the two pages that begin the file, by which a
// commit becomes valid. bbolt syncs before and after it.
func (w write) meta() bool { return w.off < 2*int64(os.Getpagesize()) }

type recorder struct {
	mu     sync.Mutex
	base   []byte
	writes []write
}

func record(dir string) (journal.Log, journaltest.Recorder, error) {
	l, err := Open(file(dir), small)
	if err != nil {
		return nil, nil, err
	}
	r := &recorder{}
	if r.base, err = os.ReadFile(file(dir)); err != nil {
		return nil, nil, err
	}
	intercept(l, func(next writeAt) writeAt {
		return func(b []byte, off int64) (int, error) {
			r.mu.Lock()
			r.writes = append(r.writes, write{off, slices.Clone(b)})
			r.mu.Unlock()
			return next(b, off)
		}
	})
	return l, r, nil
}

func (r *recorder) Writes() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.writes)
}

// Images gives the file after every write (a killed process), and after losing, tearing
// or keeping at random the writes since the last sync (a power cut).
func (r *recorder) Images(dir string) func(func(journaltest.Image) bool) {
	return func(yield func(journaltest.Image) bool) {
		rnd := rand.New(rand.NewPCG(5, 6))
		synced, done := slices.Clone(r.base), slices.Clone(r.base)
		sure := 0
		path := file(dir)
		give := func(img []byte, sure int, detail string) bool {
			if err := os.WriteFile(path, img, 0o600); err != nil {
				panic(err)
			}
			return yield(journaltest.Image{Dir: dir, Sure: sure, Detail: detail})
		}
		for i, w := range r.writes {
			if w.meta() {
				// Everything before it is synced. It may be torn.
				synced, sure = slices.Clone(done), i
				torn := apply(slices.Clone(synced), w, len(w.data)/256)
				if !give(torn, sure, fmt.Sprintf("write %d torn", i)) {
					return
				}
			} else {
				img := slices.Clone(synced)
				for _, u := range r.writes[sure : i+1] {
					switch rnd.IntN(3) {
					case 0:
						img = apply(img, u, len(u.data))
					case 1:
						img = apply(img, u, rnd.IntN(len(u.data)))
					}
				}
				if !give(img, sure, fmt.Sprintf("power cut in writes %d to %d", sure, i)) {
					return
				}
			}
			done = apply(done, w, len(w.data))
			if !give(done, i+1, fmt.Sprintf("killed after write %d", i)) {
				return
			}
			if w.meta() {
				synced, sure = slices.Clone(done), i+1
			}
		}
	}
}

// apply does the first n bytes of a write.
func apply(img []byte, w write, n int) []byte {
	if short := w.off + int64(n) - int64(len(img)); short > 0 {
		img = append(img, make([]byte, short)...)
	}
	copy(img[w.off:], w.data[:n])
	return img
}

// damageStored flips a bit in the n-th byte of an entry's value, or of its block's,
// wherever the file has it: pages that are no longer in use keep what they had.
func damageStored(dir, stream string, pos journal.Pos, n int) (bool, error) {
	v, err := stored(dir, stream, pos)
	if err != nil || n >= len(v) {
		return false, err
	}
	b, err := os.ReadFile(file(dir))
	if err != nil {
		return false, err
	}
	for at := 0; ; at++ {
		i := bytes.Index(b[at:], v)
		if i < 0 {
			return at > 0, nil
		}
		at += i
		if err := flip(file(dir), int64(at+n), byte(n)); err != nil {
			return false, err
		}
	}
}

// flip changes one bit of a file.
func flip(path string, at int64, bit byte) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	b := make([]byte, 1)
	if _, err := f.ReadAt(b, at); err != nil {
		return err
	}
	b[0] ^= 1 << (bit % 8)
	_, err = f.WriteAt(b, at)
	return err
}

// stored gives the value in which an entry is kept.
func stored(dir, stream string, pos journal.Pos) (v []byte, err error) {
	db, err := bbolt.Open(file(dir), 0o600, &bbolt.Options{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer db.Close()
	err = db.View(func(tx *bbolt.Tx) error {
		ref, sealed, _ := decodeStream([]byte(stream), tx.Bucket(bucketStreams).Get([]byte(stream)))
		if uint64(pos) <= sealed.pos {
			_, v = tx.Bucket(bucketBlocks).Cursor().Seek(blockKey(ref, uint64(pos)))
		} else {
			v = tx.Bucket(bucketTail).Get(binary.BigEndian.AppendUint64(nil, uint64(pos)))
		}
		if v == nil {
			return fmt.Errorf("no entry %s/%d", stream, pos)
		}
		v = slices.Clone(v)
		return nil
	})
	return v, err
}
