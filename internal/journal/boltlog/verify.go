package boltlog

import (
	"context"
	"io"
	"os"
	"slices"

	"go.etcd.io/bbolt"

	"moiso/internal/journal"
)

// progressEvery is how many records pass between two calls of Verify's progress.
const progressEvery = 10_000

// Verify reads every entry, sealed or open, up to the heads found at the start,
// recomputes checksums and hash chains, and checks snapshots and lists of ids.
func (l *Log) Verify(ctx context.Context, progress func(uint64)) (journal.VerifyReport, error) {
	var rep journal.VerifyReport
	names, err := l.Streams(ctx)
	if err != nil {
		return rep, err
	}
	told := uint64(0)
	tell := func() {
		if progress != nil && rep.Records >= told+progressEvery {
			told = rep.Records
			progress(told)
		}
	}
	for _, name := range names {
		if err := l.verifyStream(ctx, name, &rep, tell); err != nil {
			return rep, err
		}
		rep.Streams++
	}
	if err := l.verifySnapshots(); err != nil {
		return rep, err
	}
	if err := l.verifyIDs(); err != nil {
		return rep, err
	}
	if progress != nil {
		progress(rep.Records)
	}
	if info, err := os.Stat(l.file.Name()); err == nil {
		rep.Bytes = info.Size()
	}
	return rep, nil
}

func (l *Log) verifyStream(ctx context.Context, name string, rep *journal.VerifyReport, tell func()) error {
	s := l.peek(name)
	start := l.window(s, false)
	r := l.newPager(s, 0)
	hash := genesis(name)
	var scratch []byte
	for r.after < start.head.pos {
		if err := ctx.Err(); err != nil {
			return err
		}
		items, err := r.fetch(l.window(s, false), start.head.pos)
		if err == nil && len(items) == 0 {
			err = r.corrupt(r.after, "the entry after this one is missing")
		}
		for _, it := range items {
			e := it.entry
			if e.First != r.next {
				return r.corrupt(uint64(e.Pos), "an entry does not begin with the record that is due")
			}
			if it.block {
				it.digest, scratch = digestOf(e, scratch)
			}
			hash = link(hash, e.First, it.digest)
			if (!it.block || it.last) && it.hash != hash {
				return r.corrupt(uint64(e.Pos), "the hash chain does not fit: something was changed after it was written")
			}
			if it.last {
				rep.Sealed++
			}
			r.after, r.next = uint64(e.Pos), e.First+uint64(len(e.Records))
			rep.Entries++
			rep.Records += uint64(len(e.Records))
			tell()
		}
		if err != nil {
			return err
		}
	}
	if r.next != start.head.next || hash != start.head.hash {
		return r.corrupt(start.head.pos, "the hash chain does not end where the stream does")
	}
	return nil
}

func (l *Log) verifySnapshots() error {
	return l.each(bucketSnapshots, func(name, v []byte) error {
		_, err := l.decodeSnapshot(string(name), v)
		return err
	})
}

func (l *Log) verifyIDs() error {
	err := l.each(bucketRuns, func(k, v []byte) error {
		if _, ok := placeOf(k); !ok || !checkRun(v) {
			return &journal.CorruptError{Reason: "a list of sealed ids is damaged"}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return l.each(bucketSeals, func(k, v []byte) error {
		if _, _, ok := decodeSeal(k, v); !ok {
			return &journal.CorruptError{Reason: "the record of a seal is damaged"}
		}
		return nil
	})
}

// each visits the pairs of a bucket in short transactions.
func (l *Log) each(bucket []byte, visit func(k, v []byte) error) error {
	var after []byte
	for {
		var ks, vs [][]byte
		bytes := 0
		err := l.view(func(tx *bbolt.Tx) error {
			c := tx.Bucket(bucket).Cursor()
			k, v := c.First()
			if after != nil {
				k, v = c.Seek(append(slices.Clone(after), 0))
			}
			for ; k != nil && bytes < pageBytes; k, v = c.Next() {
				ks, vs = append(ks, slices.Clone(k)), append(vs, slices.Clone(v))
				bytes += len(k) + len(v)
			}
			return nil
		})
		if err != nil || len(ks) == 0 {
			return err
		}
		for i, k := range ks {
			if err := visit(k, vs[i]); err != nil {
				return err
			}
		}
		after = ks[len(ks)-1]
	}
}

// Backup writes a copy of the file as it is at this moment, while appends go on, and
// says how long it is. Pages that appends free meanwhile are reused only after it has
// ended, so w should be a file, not somebody's slow line.
func (l *Log) Backup(_ context.Context, w io.Writer) (int64, error) {
	var n int64
	err := l.view(func(tx *bbolt.Tx) error {
		var err error
		n, err = tx.WriteTo(w)
		return err
	})
	return n, err
}
