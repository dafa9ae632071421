package boltlog

import (
	"encoding/binary"
	"fmt"

	"go.etcd.io/bbolt"

	"moiso/internal/journal"
)

// census says how much the file must hold. Checksums and chains find what was changed
// and what is missing in between; what is missing at the end only a count can find.
// It is written with every commit, into a page that every commit writes anyway.
type census struct {
	last    uint64 // position given last
	entries uint64 // in the tail, sealed ones still to be swept included
	streams uint64
	runs    uint64
}

var keyCensus = []byte("census")

const censusSize = 4 + 4*8

func (c census) put(tx *bbolt.Tx) error {
	b := make([]byte, 4, censusSize)
	for _, n := range [...]uint64{c.last, c.entries, c.streams, c.runs} {
		b = binary.LittleEndian.AppendUint64(b, n)
	}
	binary.LittleEndian.PutUint32(b, keyedChecksum(keyCensus, b[4:]))
	return tx.Bucket(bucketMeta).Put(keyCensus, b)
}

func loadCensus(tx *bbolt.Tx) (c census, ok bool) {
	b := tx.Bucket(bucketMeta).Get(keyCensus)
	if len(b) != censusSize || binary.LittleEndian.Uint32(b) != keyedChecksum(keyCensus, b[4:]) {
		return c, false
	}
	for i, n := range [...]*uint64{&c.last, &c.entries, &c.streams, &c.runs} {
		*n = binary.LittleEndian.Uint64(b[4+8*i:])
	}
	return c, true
}

// change writes a census that differs from the present one, which it becomes when the
// transaction is committed. A transaction changes it once.
// THE CALLER MUST HOLD l.writeMu.
func (l *Log) change(tx *bbolt.Tx, edit func(*census)) error {
	c := l.census
	edit(&c)
	tx.OnCommit(func() { l.census = c })
	return c.put(tx)
}

// compare says what is missing, if anything is.
func (want census) compare(got census) error {
	for _, n := range [...]struct {
		what      string
		got, want uint64
	}{
		{"last position", got.last, want.last},
		{"number of streams", got.streams, want.streams},
		{"number of entries that are not swept", got.entries, want.entries},
		{"number of lists of sealed ids", got.runs, want.runs},
	} {
		if n.got != n.want {
			return &journal.CorruptError{Pos: journal.Pos(got.last),
				Reason: fmt.Sprintf("something is missing: the %s is %d and ought to be %d", n.what, n.got, n.want)}
		}
	}
	return nil
}
