package boltlog

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"time"

	"go.etcd.io/bbolt"

	"moiso/internal/journal"
)

// request is one Append on its way through the committer.
type request struct {
	stream  *stream
	expect  uint64
	records int
	value   []byte // header and body
	digest  [hashSize]byte
	key     [8]byte

	// Set by the committer before it sends on done.
	pos  uint64
	head cursor
	err  error
	done chan struct{} // capacity 1
}

var requests = sync.Pool{New: func() any { return &request{done: make(chan struct{}, 1)} }}

// largest buffer that is kept for the next append
const keptBuffer = 64 << 10

// Append writes one entry. The context is looked at before the entry is queued; a
// queued one is waited for, since it can no longer be called back.
func (l *Log) Append(ctx context.Context, a journal.Append) (journal.Pos, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	if a.Stream == "" || len(a.Stream) > 1024 || len(a.Records) == 0 {
		return 0, fmt.Errorf("journal: an append needs a stream and records")
	}
	r := requests.Get().(*request)
	r.stream, r.expect, r.records = l.lookup(a.Stream), uint64(a.Expect), len(a.Records)
	r.pos, r.err = 0, nil
	if cap(r.value) < headerSize {
		r.value = make([]byte, headerSize, 512)
	}
	r.value = appendHashed(r.value[:headerSize], a.Day, a.Records)
	r.digest = digest(r.value[headerSize:])
	r.value = appendKeys(r.value, a.Keys)
	if err := l.enqueue(r); err != nil {
		return 0, err
	}
	<-r.done
	pos, err := r.pos, r.err
	r.stream = nil
	if cap(r.value) > keptBuffer {
		r.value = nil
	}
	requests.Put(r)
	return journal.Pos(pos), err
}

func (l *Log) enqueue(r *request) error {
	l.queueMu.Lock()
	if l.closed {
		l.queueMu.Unlock()
		return journal.ErrClosed
	}
	l.queue = append(l.queue, r)
	l.queueMu.Unlock()
	l.wakeCommitter()
	return nil
}

func (l *Log) wakeCommitter() {
	select {
	case l.kick <- struct{}{}:
	default:
	}
}

// run is the committer: the only goroutine that appends.
func (l *Log) run() {
	defer close(l.done)
	var batch []*request
	for {
		var closed bool
		batch, closed = l.take(batch[:0])
		if len(batch) == 0 {
			if closed {
				return
			}
			<-l.kick
			continue
		}
		n := len(batch)
		l.commit(batch)
		for _, r := range batch {
			r.done <- struct{}{}
		}
		l.gather(n)
	}
}

// take moves queued requests to the batch, up to what one commit may hold.
func (l *Log) take(batch []*request) ([]*request, bool) {
	l.queueMu.Lock()
	defer l.queueMu.Unlock()
	n, bytes := 0, 0
	for n < len(l.queue) && n < l.opts.MaxBatchAppends && (n == 0 || bytes < l.opts.MaxBatchBytes) {
		bytes += len(l.queue[n].value)
		n++
	}
	batch = append(batch, l.queue[:n]...)
	rest := copy(l.queue, l.queue[n:])
	clear(l.queue[rest:])
	l.queue = l.queue[:rest]
	return batch, l.closed
}

// gather lets the callers that were just answered queue their next append, so that
// the first of them does not get a commit of its own while all others wait for it.
func (l *Log) gather(last int) {
	for i := 0; i < 4 && last > 1; i++ {
		l.queueMu.Lock()
		n := len(l.queue)
		l.queueMu.Unlock()
		if n >= last {
			return
		}
		runtime.Gosched()
	}
}

// commit writes the batch in one transaction and sets every request's result.
func (l *Log) commit(batch []*request) {
	start := time.Now()
	bytes := 0
	for _, r := range batch {
		bytes += len(r.value) + 16
	}
	put := 0
	err := l.write(bytes, func(tx *bbolt.Tx) error {
		var err error
		put, err = l.put(tx, batch)
		if err == nil && put == 0 {
			err = errNothing
		}
		return err
	})
	if err != nil && err != errNothing {
		for _, r := range batch {
			r.pos, r.err = 0, err
			r.stream.next = r.stream.head
			if r.stream.head.pos == 0 {
				r.stream.ref = 0
			}
		}
		return
	}
	if put == 0 {
		return
	}
	c := Commit{Appends: put, Bytes: bytes}
	l.mu.Lock()
	for _, r := range batch {
		if r.err != nil {
			continue
		}
		s := r.stream
		if s.head.pos == 0 {
			l.names[s.ref] = s.name
		}
		s.head = r.head
		s.open = append(s.open, r.pos)
		l.live++
		c.Records += r.records
		if s.wake != nil {
			close(s.wake)
			s.wake = nil
		}
	}
	l.stats.Commits++
	l.stats.Appends += uint64(put)
	l.stats.Records += uint64(c.Records)
	l.stats.Bytes += uint64(bytes)
	l.mu.Unlock()
	if l.opts.Observe != nil {
		c.Took = time.Since(start)
		l.opts.Observe(c)
	}
}

// errNothing ends a transaction in which every append was a conflict.
var errNothing = errors.New("nothing to commit")

// put puts the entries of a batch and says how many; the others have conflicts.
// A request may expect the position that another of the same batch is given.
// THE CALLER MUST HOLD l.writeMu.
func (l *Log) put(tx *bbolt.Tx, batch []*request) (int, error) {
	tail := tx.Bucket(bucketTail)
	tail.FillPercent = 1 // keys only grow
	seq, streams, n := l.census.last, l.census.streams, 0
	for _, r := range batch {
		s := r.stream
		if r.expect != s.next.pos {
			r.err = journal.ErrConflict
			continue
		}
		ref := s.ref
		if ref == 0 {
			streams++ // their numbers are dense
			if streams > math.MaxUint32 {
				return 0, errors.New("journal: no number is left for a stream")
			}
			ref = uint32(streams)
			s.ref = ref
			if err := tx.Bucket(bucketStreams).Put([]byte(s.name), encodeStream(s.name, ref, s.next)); err != nil {
				return 0, err
			}
		}
		seq++
		r.pos = seq
		r.head = cursor{pos: seq, next: s.next.next + uint64(r.records), hash: link(s.next.hash, s.next.next, r.digest)}
		putHeader(r.value, seq, header{ref: ref, hash: r.head.hash, first: s.next.next})
		binary.BigEndian.PutUint64(r.key[:], seq)
		if err := tail.Put(r.key[:], r.value); err != nil {
			return 0, err
		}
		s.next = r.head
		n++
	}
	if n == 0 {
		return 0, nil
	}
	return n, l.change(tx, func(c *census) {
		c.last, c.streams, c.entries = seq, streams, c.entries+uint64(n)
	})
}

// write runs fn in a write transaction and commits it. bytes is about how much fn puts.
// An error of fn rolls back and is returned as it is.
func (l *Log) write(bytes int, fn func(*bbolt.Tx) error) error {
	l.writeMu.Lock()
	defer l.writeMu.Unlock()
	if err := l.usable(); err != nil {
		return err
	}
	var own error // of fn
	var tx *bbolt.Tx
	err := guard(func() (err error) {
		if tx, err = l.db.Begin(true); err != nil {
			return err
		}
		if err := l.reserve(tx.Size(), bytes); err != nil {
			return errors.Join(err, tx.Rollback())
		}
		if own = fn(tx); own != nil {
			return tx.Rollback()
		}
		l.wrote = true
		return l.finish(tx)
	})
	switch {
	case err == nil:
		return own
	case errors.Is(err, journal.ErrNoSpace):
		return err
	}
	if tx != nil {
		// After a panic bbolt still holds its lock; without it nothing could close.
		guard(tx.Rollback)
	}
	return l.fail(fmt.Errorf("%w: %w", journal.ErrAmbiguous, err))
}

// finish commits, with the faults a test asks for.
func (l *Log) finish(tx *bbolt.Tx) error {
	if l.opts.Fault == nil {
		return fullDisk(tx.Commit())
	}
	if err := l.opts.Fault("commit"); err != nil {
		tx.Rollback()
		if errors.Is(err, syscall.ENOSPC) {
			return fmt.Errorf("%w: %w", journal.ErrNoSpace, err)
		}
		return err
	}
	if err := tx.Commit(); err != nil {
		return fullDisk(err)
	}
	return l.opts.Fault("committed")
}

// fullDisk marks the errors of a write(2) that found no space. Then nothing is
// persisted: the new pages are not referred to, and if it was the page that refers to
// them, the one before is still whole. bbolt has rolled back and read its free list
// again. An fsync that finds no space proves nothing and stays what it is.
func fullDisk(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) && p.Op == "write" && slices.ContainsFunc(noSpace, func(full error) bool { return errors.Is(err, full) }) {
		return fmt.Errorf("%w: %w", journal.ErrNoSpace, err)
	}
	return err
}
