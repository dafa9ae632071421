package boltlog

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sort"

	"go.etcd.io/bbolt"

	"moiso/internal/journal"
)

// sealStep bounds the blocks that one transaction of Seal writes, in bytes before
// compression; appends wait that long.
const sealStep = 32 << 20

// Seal packs open entries into blocks and files ids. The ids are filed with the first
// blocks, so a Seal that is cut off and done again leaves none out.
//
// The entries are not taken out of the tail at once, since those of one stream lie
// scattered over all of its pages; see sweep.
func (l *Log) Seal(ctx context.Context, name string, upTo journal.Pos, ids [][10]byte) error {
	l.sealMu.Lock()
	defer l.sealMu.Unlock()
	if err := l.usable(); err != nil {
		return err
	}
	s := l.peek(name)
	if s == nil || l.window(s, false).head.pos == 0 {
		if len(ids) > 0 {
			return fmt.Errorf("journal: ids cannot be filed under %q, which has no entries", name)
		}
		return nil
	}
	w := l.window(s, false)
	end := sort.Search(len(w.open), func(i int) bool { return w.open[i] > uint64(upTo) })
	if end == 0 && len(ids) == 0 {
		return nil
	}
	p := l.newPager(s, 0)
	p.next = 0
	for first := true; first || end > 0; first = false {
		if err := ctx.Err(); err != nil {
			return err
		}
		blocks, sealed, n, err := l.pack(p, w, end)
		if err != nil {
			return err
		}
		if err := l.store(s, blocks, sealed, n, ids); err != nil {
			return err
		}
		ids, end = nil, end-n
		w = l.window(s, false)
	}
	return l.tidy()
}

// sealedBlock is ready to be put.
type sealedBlock struct{ key, value []byte }

// pack reads up to end entries of a window from its start and makes blocks of them.
// It says where they end and how many they are.
func (l *Log) pack(p *pager, w window, end int) (out []sealedBlock, sealed cursor, n int, err error) {
	var b block
	flush := func() {
		if len(b.entries) > 0 {
			k, v := l.codec.encode(w.stream.ref, &b)
			out = append(out, sealedBlock{k, v})
			b = block{}
		}
	}
	bytes := 0
	for n < end && bytes < sealStep {
		p.after = w.open[n] - 1
		items, err := p.fetch(w, w.open[end-1])
		if err == nil && len(items) == 0 {
			err = p.corrupt(w.open[n], "an entry of the tail is missing")
		}
		if err != nil {
			return nil, cursor{}, 0, err
		}
		for _, it := range items {
			e := it.entry
			if p.next != 0 && e.First != p.next {
				return nil, cursor{}, 0, p.corrupt(uint64(e.Pos), "an entry does not begin with the record that is due")
			}
			p.next = e.First + uint64(len(e.Records))
			if !b.takes(e) {
				flush()
			}
			b.add(e, it.hash)
			bytes += it.size
			n++
			sealed = cursor{pos: uint64(e.Pos), next: p.next, hash: it.hash}
		}
	}
	flush()
	return out, sealed, n, nil
}

// store writes blocks, the stream's new mark and a list of ids in one transaction.
func (l *Log) store(s *stream, blocks []sealedBlock, sealed cursor, n int, ids [][10]byte) error {
	l.mu.RLock()
	after := s.sealed
	l.mu.RUnlock()
	bytes := len(ids)*idSize + 3*4096
	for _, b := range blocks {
		bytes += len(b.value) + 4096
	}
	err := l.write(bytes, func(tx *bbolt.Tx) error {
		dst := tx.Bucket(bucketBlocks)
		for _, b := range blocks {
			if err := dst.Put(b.key, b.value); err != nil {
				return err
			}
		}
		if n > 0 {
			if err := tx.Bucket(bucketStreams).Put([]byte(s.name), encodeStream(s.name, s.ref, sealed)); err != nil {
				return err
			}
		}
		if len(ids) == 0 {
			return nil
		}
		if err := l.change(tx, func(c *census) { c.runs++ }); err != nil {
			return err
		}
		return putSeal(tx, s.ref, after, ids)
	})
	if err != nil || n == 0 {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	s.sealed = sealed.pos
	s.open = slices.Clone(s.open[n:])
	l.live -= n
	l.dead += n
	return nil
}

// tidy merges id runs and sweeps the tail. A full disk is no error here: the next Seal
// does it.
func (l *Log) tidy() error {
	err := l.mergeRuns()
	if err == nil {
		err = l.sweep()
	}
	if errors.Is(err, journal.ErrNoSpace) {
		return nil
	}
	return err
}

// sweepLeast is how many sealed entries are worth a sweep.
const sweepLeast = 1024

// sweep takes sealed entries out of the tail once they are as many as the open ones:
// each sweep passes over the whole tail, so this way an entry is passed over about
// twice, however many streams share it. It goes a few pages at a time; appends get
// their turn in between.
func (l *Log) sweep() error {
	l.mu.RLock()
	due := l.dead >= sweepLeast && l.dead >= l.live
	sealed := make(map[uint32]uint64, len(l.streams))
	if due {
		for _, s := range l.streams {
			if s.head.pos != 0 {
				sealed[s.ref] = s.sealed
			}
		}
	}
	l.mu.RUnlock()
	if !due {
		return nil
	}
	from := make([]byte, 8)
	for from != nil {
		dead, next, bytes, err := l.findDead(from, sealed)
		if err != nil {
			return err
		}
		if len(dead) > 0 {
			if err := l.remove(dead, bytes); err != nil {
				return err
			}
		}
		from = next
	}
	return nil
}

// findDead looks through a part of the tail for sealed entries. next is where to go
// on, nil at the end; bytes is the size of what was looked through.
func (l *Log) findDead(from []byte, sealed map[uint32]uint64) (dead [][]byte, next []byte, bytes int, err error) {
	err = l.view(func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucketTail).Cursor()
		for k, v := c.Seek(from); k != nil; k, v = c.Next() {
			if bytes >= 1<<20 {
				next = slices.Clone(k)
				return nil
			}
			bytes += len(k) + len(v)
			if len(v) < headerSize || len(k) != 8 {
				return &journal.CorruptError{Reason: "an entry of the tail is damaged"}
			}
			if binary.BigEndian.Uint64(k) <= sealed[binary.LittleEndian.Uint32(v[5:])] {
				dead = append(dead, slices.Clone(k))
			}
		}
		return nil
	})
	return dead, next, bytes, err
}

func (l *Log) remove(dead [][]byte, bytes int) error {
	err := l.write(bytes, func(tx *bbolt.Tx) error {
		tail := tx.Bucket(bucketTail)
		for _, k := range dead {
			if err := tail.Delete(k); err != nil {
				return err
			}
		}
		return l.change(tx, func(c *census) { c.entries -= uint64(len(dead)) })
	})
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dead -= len(dead)
	return nil
}
