package boltlog

import (
	"context"
	"encoding/binary"
	"errors"
	"slices"

	"go.etcd.io/bbolt"

	"moiso/internal/journal"
)

// A snapshot: version, CRC-32C of the name and the rest, position, number of the next
// record, length of the bytes, the bytes in one zstd frame.
const snapshotHeader = 1 + 4 + 8 + 8 + 4

// SaveSnapshot keeps a snapshot unless a newer one is kept already.
func (l *Log) SaveSnapshot(_ context.Context, name string, s journal.Snapshot) error {
	if name == "" {
		return errors.New("journal: a snapshot needs a stream")
	}
	v := make([]byte, snapshotHeader)
	v[0] = entryVersion
	binary.LittleEndian.PutUint64(v[5:], uint64(s.Pos))
	binary.LittleEndian.PutUint64(v[13:], s.Next)
	binary.LittleEndian.PutUint32(v[21:], uint32(len(s.Bytes)))
	v = append(v, l.codec.pack(s.Bytes)...)
	binary.LittleEndian.PutUint32(v[1:], keyedChecksum([]byte(name), v[5:]))
	err := l.write(len(v), func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucketSnapshots)
		if old := b.Get([]byte(name)); len(old) >= snapshotHeader && binary.LittleEndian.Uint64(old[5:]) > uint64(s.Pos) {
			return errNothing
		}
		return b.Put([]byte(name), v)
	})
	if err == errNothing {
		return nil
	}
	return err
}

// LoadSnapshot gives the newest snapshot.
func (l *Log) LoadSnapshot(_ context.Context, name string) (journal.Snapshot, bool, error) {
	var v []byte
	err := l.view(func(tx *bbolt.Tx) error {
		v = slices.Clone(tx.Bucket(bucketSnapshots).Get([]byte(name)))
		return nil
	})
	if err != nil || v == nil {
		return journal.Snapshot{}, false, err
	}
	s, err := l.decodeSnapshot(name, v)
	return s, err == nil, err
}

func (l *Log) decodeSnapshot(name string, v []byte) (journal.Snapshot, error) {
	bad := &journal.CorruptError{Stream: name, Reason: "the snapshot is damaged"}
	if len(v) < snapshotHeader || v[0] != entryVersion ||
		binary.LittleEndian.Uint32(v[1:]) != keyedChecksum([]byte(name), v[5:]) {
		return journal.Snapshot{}, bad
	}
	s := journal.Snapshot{Pos: journal.Pos(binary.LittleEndian.Uint64(v[5:])), Next: binary.LittleEndian.Uint64(v[13:])}
	bytes, err := l.codec.unpack(v[snapshotHeader:], int(binary.LittleEndian.Uint32(v[21:])))
	if err != nil {
		bad.Pos = s.Pos
		return journal.Snapshot{}, bad
	}
	s.Bytes = bytes
	return s, nil
}

// view runs a short read transaction.
func (l *Log) view(fn func(*bbolt.Tx) error) error {
	if err := l.usable(); err != nil {
		return err
	}
	err := guard(func() error { return l.db.View(fn) })
	if d := (*damage)(nil); errors.As(err, &d) {
		return &journal.CorruptError{Reason: d.Error()}
	}
	if err != nil && l.usable() != nil {
		return l.usable()
	}
	return err
}
