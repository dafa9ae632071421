// Package journal keeps the ordered, durable logs of events, one stream a centre.
// It stores bytes and knows nothing of queues.
//
// Promises, each with a test of that name in journaltest:
//
//   - An append that returned nil is on disk and survives a crash at any moment.
//   - An append is atomic: after a crash all of its records are there, or none.
//   - An append with a position other than the stream's last fails with ErrConflict,
//     and fails only its own stream.
//   - Records of a stream are read in the order in which they were appended.
//   - A changed byte is found, and named by stream and position.
package journal

import (
	"context"
	"errors"
	"fmt"
	"iter"
)

// Pos is a stream's position after an entry: opaque, increasing, 0 before the first.
type Pos uint64

// Key is an idempotency key and the answer it was given. Keys stand outside the
// hashed bytes, live in the open tail only and go when their entry is sealed;
// whoever needs them longer keeps them in the snapshot.
type Key struct {
	Key    string `json:"k"`
	Hash   []byte `json:"h"` // of the request
	Answer []byte `json:"a"` // what was answered
	At     int64  `json:"t"` // unix milliseconds
}

// Entry is one atomic append.
type Entry struct {
	Stream  string
	Pos     Pos
	First   uint64 // number of the first record in its stream, from 1, dense
	Records [][]byte
	Keys    []Key
	Day     string // the business day of the records, "2025-07-14"; a day change starts a new entry
}

// Append is what is asked to be written.
type Append struct {
	Stream  string
	Expect  Pos // the stream's last position; 0 for an empty stream
	Day     string
	Records [][]byte
	Keys    []Key
}

// Snapshot is a state after an entry, so that reading can begin there.
type Snapshot struct {
	Pos   Pos
	Next  uint64 // number of the next record
	Bytes []byte // what the caller stored
}

// Head is where a stream ends.
type Head struct {
	Pos  Pos
	Next uint64 // number of the next record
}

// Log is a set of streams.
type Log interface {
	// Append writes one entry durably and returns the stream's new position.
	// It may be called from many goroutines; calls are coalesced into one commit.
	Append(ctx context.Context, a Append) (Pos, error)
	// Read yields the entries of a stream after a position, sealed ones included.
	Read(ctx context.Context, stream string, after Pos) iter.Seq2[Entry, error]
	// Follow yields as Read does and then waits for more until ctx ends.
	Follow(ctx context.Context, stream string, after Pos) iter.Seq2[Entry, error]
	// Streams lists the streams by name.
	Streams(ctx context.Context) ([]string, error)
	// Last gives a stream's head; the zero Head for a stream without entries.
	Last(ctx context.Context, stream string) (Head, error)
	// SaveSnapshot keeps one snapshot a stream, the newest.
	SaveSnapshot(ctx context.Context, stream string, s Snapshot) error
	// LoadSnapshot gives the newest snapshot, false when there is none.
	LoadSnapshot(ctx context.Context, stream string) (Snapshot, bool, error)
	// Seal packs the open entries of a stream up to a position into a compressed
	// block a business day, and files ids (10 bytes each, any order) under the stream.
	Seal(ctx context.Context, stream string, upTo Pos, ids [][10]byte) error
	// FindID gives the stream under which a sealed id was filed, and a position
	// before the id's first record from which Read finds it soon.
	FindID(ctx context.Context, id [10]byte) (stream string, after Pos, found bool, err error)
	// Verify reads everything and recomputes checksums and hashes; progress, when
	// not nil, is called now and then with the number of records checked.
	// The first fault is returned as *CorruptError.
	Verify(ctx context.Context, progress func(records uint64)) (VerifyReport, error)
	// Writable makes a commit that changes nothing of value and reports whether it went through.
	Writable(ctx context.Context) error
	Close() error
}

// VerifyReport sums up what was checked.
type VerifyReport struct {
	Streams int
	Records uint64
	Entries uint64
	Sealed  uint64 // blocks
	Bytes   int64  // file size
}

var (
	// ErrConflict: another writer appended first; nothing was written.
	ErrConflict = errors.New("journal: stream is not at the expected position")
	// ErrNoSpace: the disk is full; nothing was written, try again later.
	ErrNoSpace = errors.New("journal: no space left on the disk")
	// ErrAmbiguous: the commit failed in a way that leaves open whether it was
	// persisted. The process must stop and read the journal again.
	ErrAmbiguous = errors.New("journal: a commit failed and may or may not be on disk")
	// ErrLocked: another process holds the file.
	ErrLocked = errors.New("journal: another process has the data folder open")
	// ErrNewer: the file was made by a newer version.
	ErrNewer  = errors.New("journal: made by a newer version of the program")
	ErrClosed = errors.New("journal: closed")
)

// CorruptError names the place of a fault.
type CorruptError struct {
	Stream string
	Pos    Pos
	Record uint64
	Reason string
}

func (e *CorruptError) Error() string {
	return fmt.Sprintf("journal: stream %q is damaged at position %d (record %d): %s", e.Stream, e.Pos, e.Record, e.Reason)
}
