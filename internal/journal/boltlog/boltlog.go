// Package boltlog keeps a journal in one bbolt file.
//
// Layout, one bucket each:
//
//	meta       the format's version
//	streams    name → number of the stream, and where its sealed part ends
//	tail       global append order → entry; every stream's open entries in one bucket,
//	           because a bucket a stream costs a page a stream and commit
//	blocks     stream, last position → compressed entries of one business day
//	runs       sorted lists of sealed ids, merged as they grow in number
//	seals      number of a seal → the stream and where in it the seal begins
//	snapshots  name → the newest snapshot
//
// A position is the global append order, so it is also the key in the tail.
//
// Promises beyond those of package journal, each with a test:
//
//   - Waiting appends of all streams are coalesced into one commit of two fsyncs.
//   - A full disk fails the appends of one commit and nothing else; the log goes on
//     when there is space again.
//   - After any other failed commit the log refuses everything with ErrAmbiguous.
//   - A read holds its transaction for one page, so a slow reader never keeps the
//     writer from mapping a grown file again.
//   - Opening reads the open entries and one record a stream, never history.
package boltlog

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"moiso/internal/journal"
)

// format is the version of the file's layout, kept under keyFormat.
const format = 1

var (
	bucketMeta      = []byte("meta")
	bucketStreams   = []byte("streams")
	bucketTail      = []byte("tail")
	bucketBlocks    = []byte("blocks")
	bucketRuns      = []byte("runs")
	bucketSeals     = []byte("seals")
	bucketSnapshots = []byte("snapshots")

	buckets = [][]byte{bucketMeta, bucketStreams, bucketTail, bucketBlocks, bucketRuns, bucketSeals, bucketSnapshots}

	keyFormat = []byte("format")
	keyProbe  = []byte("probe")
)

// Options may be left zero.
type Options struct {
	// InitialMmapSize is the address space taken at the start (1 GiB on 64 bit).
	// It costs no memory; a file that outgrows it makes the writer wait for readers.
	InitialMmapSize int
	// LockTimeout is how long to wait for another process to let go; one second when zero.
	LockTimeout time.Duration
	// MaxBatchBytes and MaxBatchAppends bound one commit (4 MiB, 4,096).
	MaxBatchBytes   int
	MaxBatchAppends int
	// Observe is told of every successful commit of appends. It must be quick: the
	// committer waits for it.
	Observe func(Commit)
	// Fault, for tests, is called before each commit with "commit" and after each
	// successful one with "committed". An error takes the place of the commit's own:
	// one that is syscall.ENOSPC counts as a full disk, any other as ambiguous.
	Fault func(step string) error
	// NoSync leaves out every fsync until Close. For loading in bulk only: a crash
	// loses the file, and opening it next reads all of it once.
	NoSync bool
}

// Commit describes one successful group commit.
type Commit struct {
	Appends int
	Records int
	Bytes   int
	Took    time.Duration
}

// Stats are totals since the log was opened.
type Stats struct {
	Commits     uint64
	Appends     uint64
	Records     uint64
	Bytes       uint64 // of entries, before bbolt's own
	OpenEntries int    // not sealed yet
	DeadEntries int    // sealed, and still to be swept out of the tail
	FileBytes   int64
}

// Log implements journal.Log.
type Log struct {
	db   *bbolt.DB
	file *os.File                         // the one bbolt writes; closed by bbolt
	fill func([]byte, int64) (int, error) // writes to it; tests put faults here
	opts Options

	failed atomic.Pointer[error] // set once, by whoever meets the failure

	// Guarded by mu.
	mu      sync.RWMutex
	streams map[string]*stream
	names   map[uint32]string // of the streams that have entries
	live    int               // open entries
	dead    int               // sealed entries still in the tail
	stats   Stats

	// Guarded by queueMu.
	queueMu sync.Mutex
	queue   []*request
	closed  bool
	kick    chan struct{} // capacity 1: something was queued, or the log was closed
	done    chan struct{} // closed when the committer has ended

	writeMu sync.Mutex // held during every write transaction; the next three are its
	room    int64      // bytes of the file known to be allocated
	wrote   bool       // since it was opened
	census  census

	sealMu  sync.Mutex // one Seal at a time
	codec   codec
	closing sync.Once
}

// stream is what memory holds of one stream.
type stream struct {
	name string

	// Written by the holder of writeMu only.
	ref  uint32 // 0 until the first entry
	next cursor // the head including entries of the commit in hand

	// Guarded by Log.mu.
	head   cursor // the last durable entry
	sealed uint64 // position up to which entries are in blocks
	open   []uint64
	wake   chan struct{} // closed at the next entry; nil when nobody waits
}

// cursor is a place in a stream between two entries.
type cursor struct {
	pos  uint64 // of the entry before
	next uint64 // number of the next record, from 1
	hash [hashSize]byte
}

// Open opens the journal at path and makes it when it is not there.
// The errors ErrLocked, ErrNewer and *CorruptError say why it does not open; nothing
// has been changed then.
func Open(path string, opts Options) (*Log, error) {
	if opts.InitialMmapSize == 0 && ^uint(0)>>63 == 1 {
		opts.InitialMmapSize = 1 << 30
	}
	if opts.LockTimeout == 0 {
		opts.LockTimeout = time.Second
	}
	if opts.MaxBatchBytes == 0 {
		opts.MaxBatchBytes = 4 << 20
	}
	if opts.MaxBatchAppends == 0 {
		opts.MaxBatchAppends = 4096
	}
	if err := create(path, opts); err != nil {
		return nil, err
	}
	l := &Log{
		opts:    opts,
		streams: make(map[string]*stream),
		names:   make(map[uint32]string),
		kick:    make(chan struct{}, 1),
		done:    make(chan struct{}),
	}
	if err := l.open(path); err != nil {
		return nil, err
	}
	go l.run()
	return l, nil
}

func (l *Log) open(path string) error {
	if err := inspect(path); err != nil {
		return err
	}
	db, file, err := openFile(path, l.opts)
	if err != nil {
		return err
	}
	l.db, l.file, l.fill = db, file, file.WriteAt
	if err := guard(func() error { return db.View(l.load) }); err != nil {
		db.Close()
		if d := (*damage)(nil); errors.As(err, &d) {
			return &journal.CorruptError{Reason: d.Error()}
		}
		return err
	}
	return nil
}

// load checks the file and rebuilds what memory holds.
func (l *Log) load(tx *bbolt.Tx) error {
	missing := slices.DeleteFunc(slices.Clone(buckets), func(b []byte) bool { return tx.Bucket(b) != nil })
	switch {
	case len(missing) == len(buckets):
		return fmt.Errorf("journal: %s is not a journal", l.file.Name())
	case tx.Bucket(bucketMeta) == nil:
		return &journal.CorruptError{Reason: "the format's version is missing"}
	}
	v := tx.Bucket(bucketMeta).Get(keyFormat)
	if len(v) != 4 {
		return &journal.CorruptError{Reason: "the format's version is not readable"}
	}
	if got := binary.BigEndian.Uint32(v); got > format {
		return fmt.Errorf("%w (format %d, this one knows %d)", journal.ErrNewer, got, format)
	}
	if len(missing) > 0 {
		return &journal.CorruptError{Reason: fmt.Sprintf("part %q is missing", missing[0])}
	}
	info, err := l.file.Stat()
	if err != nil {
		return err
	}
	if info.Size() < tx.Size() {
		return &journal.CorruptError{Reason: fmt.Sprintf("the file is cut off: %d of %d bytes", info.Size(), tx.Size())}
	}
	l.room = info.Size()
	want, ok := loadCensus(tx)
	if !ok {
		return &journal.CorruptError{Reason: "the census is damaged"}
	}
	byRef, err := l.loadStreams(tx)
	if err != nil {
		return err
	}
	if err := l.loadTail(tx, byRef); err != nil {
		return err
	}
	runs := tx.Bucket(bucketRuns).Cursor()
	for k, _ := runs.First(); k != nil; k, _ = runs.Next() {
		l.census.runs++
	}
	return want.compare(l.census)
}

func (l *Log) loadStreams(tx *bbolt.Tx) (map[uint32]*stream, error) {
	byRef := make(map[uint32]*stream)
	err := tx.Bucket(bucketStreams).ForEach(func(k, v []byte) error {
		ref, at, ok := decodeStream(k, v)
		if !ok || byRef[ref] != nil {
			return &journal.CorruptError{Stream: string(k), Reason: "the stream's record is damaged"}
		}
		s := &stream{name: string(k), ref: ref, head: at, next: at, sealed: at.pos}
		byRef[ref] = s
		l.streams[s.name], l.names[ref] = s, s.name
		l.census.streams++
		l.census.last = max(l.census.last, at.pos)
		return nil
	})
	return byRef, err
}

func (l *Log) loadTail(tx *bbolt.Tx, byRef map[uint32]*stream) error {
	c := tx.Bucket(bucketTail).Cursor()
	before := uint64(0)
	for k, v := c.First(); k != nil; k, v = c.Next() {
		if len(k) != 8 {
			return &journal.CorruptError{Reason: "a key of the tail is damaged"}
		}
		pos := binary.BigEndian.Uint64(k)
		if pos <= before {
			return &journal.CorruptError{Pos: journal.Pos(pos), Reason: "an entry stands in the place of another"}
		}
		before = pos
		h, ok := decodeHeader(pos, v)
		s := byRef[h.ref]
		if !ok || s == nil {
			return damagedEntry(pos, v, byRef)
		}
		l.census.entries++
		l.census.last = max(l.census.last, pos)
		if pos <= s.sealed {
			l.dead++
			continue
		}
		if h.first != s.head.next {
			return &journal.CorruptError{Stream: s.name, Pos: journal.Pos(pos), Record: s.head.next,
				Reason: fmt.Sprintf("an entry begins with record %d", h.first)}
		}
		s.head = cursor{pos: pos, next: h.first + uint64(h.records), hash: h.hash}
		s.next = s.head
		s.open = append(s.open, pos)
		l.live++
	}
	return nil
}

// damagedEntry says where the damage is. The number of the stream may be what is damaged:
// then the checksum fits with the right one in its place.
func damagedEntry(pos uint64, v []byte, byRef map[uint32]*stream) error {
	c := &journal.CorruptError{Pos: journal.Pos(pos), Reason: "checksum of an entry is wrong"}
	h, _ := decodeHeader(pos, v)
	s := byRef[h.ref]
	if len(v) >= headerSize {
		v = slices.Clone(v)
		for ref, other := range byRef {
			binary.LittleEndian.PutUint32(v[5:], ref)
			if _, ok := decodeHeader(pos, v); ok {
				s = other
			}
		}
	}
	if s != nil {
		c.Stream, c.Record = s.name, s.head.next
	}
	return c
}

// lookup gives the stream in memory, made when there is none yet.
func (l *Log) lookup(name string) *stream {
	l.mu.RLock()
	s := l.streams[name]
	l.mu.RUnlock()
	if s != nil {
		return s
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if s = l.streams[name]; s == nil {
		at := cursor{next: 1, hash: genesis(name)}
		s = &stream{name: name, head: at, next: at}
		l.streams[name] = s
	}
	return s
}

// peek gives the stream in memory, nil when there is none.
func (l *Log) peek(name string) *stream {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.streams[name]
}

// Streams lists the streams that have entries.
func (l *Log) Streams(context.Context) ([]string, error) {
	if err := l.usable(); err != nil {
		return nil, err
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	names := make([]string, 0, len(l.streams))
	for name, s := range l.streams {
		if s.head.pos != 0 {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// Last gives a stream's head.
func (l *Log) Last(_ context.Context, name string) (journal.Head, error) {
	if err := l.usable(); err != nil {
		return journal.Head{}, err
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	s := l.streams[name]
	if s == nil || s.head.pos == 0 {
		return journal.Head{}, nil
	}
	return journal.Head{Pos: journal.Pos(s.head.pos), Next: s.head.next}, nil
}

// Stats gives the totals since the log was opened.
func (l *Log) Stats() Stats {
	l.mu.RLock()
	st := l.stats
	st.OpenEntries, st.DeadEntries = l.live, l.dead
	l.mu.RUnlock()
	if info, err := os.Stat(l.file.Name()); err == nil {
		st.FileBytes = info.Size()
	}
	return st
}

// Close commits what was queued, ends every Follow and closes the file.
func (l *Log) Close() error {
	err := journal.ErrClosed
	l.closing.Do(func() { err = l.close() })
	return err
}

func (l *Log) close() error {
	l.queueMu.Lock()
	l.closed = true
	l.queueMu.Unlock()
	l.wakeCommitter()
	<-l.done
	l.writeMu.Lock()
	defer l.writeMu.Unlock()
	closed := journal.ErrClosed
	failed := !l.failed.CompareAndSwap(nil, &closed)
	l.wakeAll()
	var err error
	if !failed && l.wrote {
		err = l.keepFreeList()
	}
	if !failed && l.opts.NoSync {
		err = errors.Join(err, l.db.Sync())
	}
	return errors.Join(err, l.db.Close())
}

// usable gives the error with which the log refuses everything, if it does.
func (l *Log) usable() error {
	if err := l.failed.Load(); err != nil {
		return *err
	}
	return nil
}

// fail makes the log refuse everything from now on.
func (l *Log) fail(err error) error {
	l.failed.CompareAndSwap(nil, &err)
	l.wakeAll()
	return l.usable()
}

// wakeAll ends the waiting of every follower.
func (l *Log) wakeAll() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.streams {
		if s.wake != nil {
			close(s.wake)
			s.wake = nil
		}
	}
}

// Writable makes a commit that changes nothing of value.
func (l *Log) Writable(context.Context) error {
	return l.write(64, func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketMeta).Put(keyProbe, []byte{format})
	})
}

// lockError says in the journal's words why bbolt did not open the file.
func lockError(path string, err error) error {
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return fmt.Errorf("%w (%s)", journal.ErrLocked, path)
	case errors.Is(err, os.ErrPermission):
		return fmt.Errorf("journal: %s is not writable: %w", path, err)
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrChecksum), errors.Is(err, berrors.ErrVersionMismatch):
		return &journal.CorruptError{Reason: fmt.Sprintf("%s does not begin as a journal does: %v", path, err)}
	}
	return fmt.Errorf("journal: open %s: %w", path, err)
}

var _ journal.Log = (*Log)(nil)
