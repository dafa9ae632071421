package boltlog

import (
	"context"
	"encoding/binary"
	"errors"
	"iter"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"moiso/internal/journal"
)

// A page is what one read transaction takes out of the tail.
const (
	pageEntries = 512
	pageBytes   = 256 << 10
	pageTime    = 20 * time.Millisecond
)

// window is what a page may see: taken before its transaction begins, so that the
// transaction has every entry of it, in the tail or, sealed since, in a block.
type window struct {
	stream *stream
	open   []uint64 // positions in the tail, never changed in place
	head   cursor
	wake   <-chan struct{} // closed at the next entry; nil unless asked for
}

func (l *Log) window(s *stream, wake bool) window {
	if !wake {
		l.mu.RLock()
		defer l.mu.RUnlock()
		return window{stream: s, open: s.open, head: s.head}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if s.wake == nil {
		s.wake = make(chan struct{})
	}
	return window{stream: s, open: s.open, head: s.head, wake: s.wake}
}

// Read yields the entries after a position that were durable when it was called.
// When ctx ends early it yields the context's error.
func (l *Log) Read(ctx context.Context, name string, after journal.Pos) iter.Seq2[journal.Entry, error] {
	return func(yield func(journal.Entry, error) bool) {
		if err := l.usable(); err != nil {
			yield(journal.Entry{}, err)
			return
		}
		s := l.peek(name)
		if s == nil {
			return
		}
		w := l.window(s, false)
		r := l.newPager(s, uint64(after))
		for r.after < w.head.pos {
			if err := ctx.Err(); err != nil {
				yield(journal.Entry{}, err)
				return
			}
			if !r.page(l.window(s, false), w.head.pos, yield) {
				return
			}
		}
	}
}

// Follow yields as Read does, waits for more, and returns when ctx ends.
func (l *Log) Follow(ctx context.Context, name string, after journal.Pos) iter.Seq2[journal.Entry, error] {
	return func(yield func(journal.Entry, error) bool) {
		s := l.lookup(name)
		r := l.newPager(s, uint64(after))
		for ctx.Err() == nil {
			w := l.window(s, true)
			if err := l.usable(); err != nil {
				yield(journal.Entry{}, err)
				return
			}
			if r.after < w.head.pos {
				if !r.page(w, w.head.pos, yield) {
					return
				}
				continue
			}
			select {
			case <-w.wake:
			case <-ctx.Done():
			}
		}
	}
}

// pager reads a stream from a place on, a page at a time.
type pager struct {
	log    *Log
	stream *stream
	after  uint64 // position of the last entry yielded
	next   uint64 // number of the record that must come now; 0 when not known
}

func (l *Log) newPager(s *stream, after uint64) *pager {
	r := &pager{log: l, stream: s, after: after}
	if after == 0 {
		r.next = 1
	}
	return r
}

// page yields the next entries up to a position, and says whether to go on.
func (r *pager) page(w window, upTo uint64, yield func(journal.Entry, error) bool) bool {
	items, err := r.fetch(w, upTo)
	for _, it := range items {
		e := it.entry
		if r.next != 0 && e.First != r.next {
			err = r.corrupt(uint64(e.Pos), "an entry does not begin with the record that is due")
			break
		}
		r.after, r.next = uint64(e.Pos), e.First+uint64(len(e.Records))
		if !yield(e, nil) {
			return false
		}
	}
	if err == nil && len(items) == 0 {
		err = r.corrupt(r.after, "the entry after this one is missing")
	}
	if err != nil {
		yield(journal.Entry{}, err)
		return false
	}
	return true
}

// item is an entry with what Verify needs of it. A sealed entry has no hash of its own.
type item struct {
	entry  journal.Entry
	digest [hashSize]byte
	hash   [hashSize]byte // chain hash as stored; zero within a block
	block  bool
	last   bool // of its block
	size   int
}

// fetch reads one page: the rest of a block, or some of the tail.
func (r *pager) fetch(w window, upTo uint64) (items []item, err error) {
	l := r.log
	if err := l.usable(); err != nil {
		return nil, err
	}
	var sealed []byte // a block's value, copied
	var key []byte
	var raw [][]byte // entries of the tail, copied
	var positions []uint64
	err = guard(func() error {
		return l.db.View(func(tx *bbolt.Tx) error {
			c := tx.Bucket(bucketBlocks).Cursor()
			k, v := c.Seek(blockKey(w.stream.ref, r.after+1))
			if k != nil && blockOf(k, w.stream.ref) {
				key, sealed = slices.Clone(k), slices.Clone(v)
				return nil
			}
			i, _ := slices.BinarySearch(w.open, r.after+1)
			positions, raw = copyTail(tx.Bucket(bucketTail), w.open[i:], upTo)
			return nil
		})
	})
	if d := (*damage)(nil); errors.As(err, &d) {
		return nil, r.corrupt(r.after, d.Error())
	}
	if err != nil {
		if u := l.usable(); u != nil {
			err = u
		}
		return nil, err
	}
	if sealed != nil {
		return r.unpack(key, sealed, upTo)
	}
	for i, pos := range positions {
		e, h, digest, err := decodeEntry(pos, raw[i])
		if err == nil && h.ref != w.stream.ref {
			err = errors.New("the entry is of another stream")
		}
		if err != nil {
			return items, r.corrupt(pos, err.Error())
		}
		e.Stream = w.stream.name
		items = append(items, item{entry: e, digest: digest, hash: h.hash, size: len(raw[i])})
	}
	return items, nil
}

// unpack gives the entries of a block that come after r.after.
func (r *pager) unpack(key, value []byte, upTo uint64) ([]item, error) {
	b, err := r.log.codec.decode(key, value)
	if err != nil {
		return nil, r.corrupt(b.lastPos, err.Error())
	}
	items := make([]item, 0, len(b.entries))
	for i, e := range b.entries {
		if uint64(e.Pos) <= r.after || uint64(e.Pos) > upTo {
			continue
		}
		e.Stream = r.stream.name
		it := item{entry: e, block: true, size: b.size(i)}
		if i == len(b.entries)-1 {
			it.last, it.hash = true, b.hash
		}
		items = append(items, it)
	}
	return items, nil
}

// copyTail copies entries out of a transaction until the page is full. It ends early
// where an entry is missing.
func copyTail(tail *bbolt.Bucket, open []uint64, upTo uint64) (positions []uint64, raw [][]byte) {
	start := time.Now()
	var key [8]byte
	bytes := 0
	for i, pos := range open {
		if pos > upTo || i == pageEntries || bytes >= pageBytes || i%64 == 63 && time.Since(start) > pageTime {
			break
		}
		binary.BigEndian.PutUint64(key[:], pos)
		v := tail.Get(key[:])
		if v == nil {
			break
		}
		positions = append(positions, pos)
		raw = append(raw, slices.Clone(v))
		bytes += len(v)
	}
	return positions, raw
}

func (r *pager) corrupt(pos uint64, reason string) error {
	return &journal.CorruptError{Stream: r.stream.name, Pos: journal.Pos(pos), Record: r.next, Reason: reason}
}
