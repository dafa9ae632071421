package boltlog

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math"
	"slices"
	"sort"

	"go.etcd.io/bbolt"

	"moiso/internal/journal"
)

// Sealed ids stand in runs: sorted lists of (id, number of the seal). The seal's record
// says which stream was sealed and from which position on. A Seal adds a run at level 0; sixteen runs of one level are merged into one of the next. A merged
// run of more than runMost ids is cut into sixteen by the next four bits of the id, and
// each part goes on by itself. So a look-up searches, for each length of prefix, the
// few runs that can have the id: below sixteen a level, and their number grows with the
// logarithm of all ids ever sealed.
//
// A run's key: number of nibbles in the prefix, the nibbles, level, serial number.
// Its value: version, CRC-32C of the rest, then idSize bytes an id.
const (
	idSize    = 14
	runHeader = 5
	runMost   = 64 << 10
	runFanout = 16
)

// runPlace is where a run belongs.
type runPlace struct {
	prefix string // nibbles, a byte each
	level  byte
}

func (p runPlace) key() []byte {
	return append(append([]byte{byte(len(p.prefix))}, p.prefix...), p.level)
}

// placeOf reads a run's key; false when it is damaged.
func placeOf(k []byte) (runPlace, bool) {
	if len(k) < 1 || len(k) != 1+int(k[0])+1+8 {
		return runPlace{}, false
	}
	n := 1 + int(k[0])
	return runPlace{prefix: string(k[1:n]), level: k[n]}, true
}

func nibble(id []byte, i int) byte {
	if i%2 == 0 {
		return id[i/2] >> 4
	}
	return id[i/2] & 15
}

// newRun makes a run's value of ids in any order.
func newRun(seal uint32, ids [][10]byte) []byte {
	all := make([][idSize]byte, len(ids))
	for i, id := range ids {
		copy(all[i][:], id[:])
		binary.BigEndian.PutUint32(all[i][10:], seal)
	}
	return encodeRun(all)
}

// encodeRun sorts ids, of a repeated one keeps the earliest seal, and makes a run's value.
func encodeRun(all [][idSize]byte) []byte {
	slices.SortFunc(all, func(a, b [idSize]byte) int { return bytes.Compare(a[:], b[:]) })
	all = slices.CompactFunc(all, func(a, b [idSize]byte) bool { return [10]byte(a[:]) == [10]byte(b[:]) })
	v := make([]byte, runHeader, runHeader+len(all)*idSize)
	v[0] = entryVersion
	for i := range all {
		v = append(v, all[i][:]...)
	}
	binary.LittleEndian.PutUint32(v[1:], crc32.Checksum(v[runHeader:], castagnoli))
	return v
}

// checkRun says whether a run is whole.
func checkRun(v []byte) bool {
	return len(v) > runHeader && (len(v)-runHeader)%idSize == 0 && v[0] == entryVersion &&
		binary.LittleEndian.Uint32(v[1:]) == crc32.Checksum(v[runHeader:], castagnoli)
}

func putRun(tx *bbolt.Tx, p runPlace, v []byte) error {
	b := tx.Bucket(bucketRuns)
	seq, err := b.NextSequence()
	if err != nil {
		return err
	}
	return b.Put(binary.BigEndian.AppendUint64(p.key(), seq), v)
}

// putSeal records a seal of a stream's entries after a position, and files its ids.
func putSeal(tx *bbolt.Tx, ref uint32, after uint64, ids [][10]byte) error {
	b := tx.Bucket(bucketSeals)
	seq, err := b.NextSequence()
	if err != nil {
		return err
	}
	if seq > math.MaxUint32 {
		return errors.New("journal: no number is left for a seal")
	}
	v := make([]byte, 4, 16)
	v = binary.LittleEndian.AppendUint32(v, ref)
	v = binary.LittleEndian.AppendUint64(v, after)
	key := binary.BigEndian.AppendUint32(nil, uint32(seq))
	binary.LittleEndian.PutUint32(v, keyedChecksum(key, v[4:]))
	b.FillPercent = 1
	if err := b.Put(key, v); err != nil {
		return err
	}
	return putRun(tx, runPlace{}, newRun(uint32(seq), ids))
}

// decodeSeal reads a seal's record; false when it is damaged.
func decodeSeal(key, v []byte) (ref uint32, after uint64, ok bool) {
	if len(key) != 4 || len(v) != 16 || binary.LittleEndian.Uint32(v) != keyedChecksum(key, v[4:]) {
		return 0, 0, false
	}
	return binary.LittleEndian.Uint32(v[4:]), binary.LittleEndian.Uint64(v[8:]), true
}

// searchRun looks for an id in a run.
func searchRun(v []byte, id []byte) (seal uint32, found bool) {
	if len(v) < runHeader {
		return 0, false
	}
	v = v[runHeader:]
	n := len(v) / idSize
	i := sort.Search(n, func(i int) bool { return bytes.Compare(v[i*idSize:i*idSize+10], id) >= 0 })
	if i == n || !bytes.Equal(v[i*idSize:i*idSize+10], id) {
		return 0, false
	}
	return binary.BigEndian.Uint32(v[i*idSize+10:]), true
}

// FindID gives the stream under which a sealed id was filed, and the position after
// which that seal began.
func (l *Log) FindID(_ context.Context, id [10]byte) (stream string, after journal.Pos, found bool, err error) {
	var ref uint32
	err = l.view(func(tx *bbolt.Tx) error {
		seal, ok := searchRuns(tx, id[:])
		if !ok {
			return nil
		}
		key := binary.BigEndian.AppendUint32(nil, seal)
		r, pos, ok := decodeSeal(key, tx.Bucket(bucketSeals).Get(key))
		if !ok {
			return &journal.CorruptError{Reason: "the record of a seal is damaged"}
		}
		ref, after, found = r, journal.Pos(pos), true
		return nil
	})
	if err != nil || !found {
		return "", 0, false, err
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	name, ok := l.names[ref]
	if !ok {
		return "", 0, false, &journal.CorruptError{Reason: "a seal names a stream that is not there"}
	}
	return name, after, true, nil
}

// searchRuns gives the earliest seal that filed an id: a Seal that was cut off and done
// again files its ids twice, and the first time is the one that says where they begin.
func searchRuns(tx *bbolt.Tx, id []byte) (seal uint32, found bool) {
	c := tx.Bucket(bucketRuns).Cursor()
	prefix := []byte{0}
	for depth := 0; ; depth++ {
		prefix[0] = byte(depth)
		k, v := c.Seek(prefix)
		if k == nil {
			return seal, found // no run has a longer prefix
		}
		for ; bytes.HasPrefix(k, prefix); k, v = c.Next() {
			if s, ok := searchRun(v, id); ok && (!found || s < seal) {
				seal, found = s, true
			}
		}
		if depth == 2*len(id) {
			return seal, found
		}
		prefix = append(prefix, nibble(id, depth))
	}
}

// mergeRuns merges until no place has sixteen runs. The work is done outside of any
// write transaction: runs are never changed, and only the holder of sealMu removes them.
func (l *Log) mergeRuns() error {
	for {
		place, keys, err := l.crowded()
		if err != nil || keys == nil {
			return err
		}
		if err := l.merge(place, keys); err != nil {
			return err
		}
	}
}

// crowded finds a place with sixteen runs.
func (l *Log) crowded() (place runPlace, keys [][]byte, err error) {
	err = l.view(func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucketRuns).Cursor()
		for k, _ := c.First(); k != nil; k, _ = c.Next() {
			p, ok := placeOf(k)
			if !ok {
				return &journal.CorruptError{Reason: "the key of a list of sealed ids is damaged"}
			}
			if p != place {
				place, keys = p, keys[:0]
			}
			keys = append(keys, slices.Clone(k))
			if len(keys) == runFanout {
				return nil
			}
		}
		keys = nil
		return nil
	})
	return place, keys, err
}

func (l *Log) merge(place runPlace, keys [][]byte) error {
	var all [][idSize]byte
	for _, k := range keys {
		err := l.view(func(tx *bbolt.Tx) error {
			v := tx.Bucket(bucketRuns).Get(k)
			if !checkRun(v) {
				return &journal.CorruptError{Reason: "a list of sealed ids is damaged"}
			}
			for v = v[runHeader:]; len(v) > 0; v = v[idSize:] {
				all = append(all, [idSize]byte(v))
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	parts := make(map[runPlace][]byte)
	depth, up := len(place.prefix), place.level+1
	if len(all) <= runMost || depth == 20 {
		parts[runPlace{place.prefix, up}] = encodeRun(all)
	} else {
		var byNibble [16][][idSize]byte
		for _, e := range all {
			n := nibble(e[:], depth)
			byNibble[n] = append(byNibble[n], e)
		}
		for n, part := range byNibble {
			if len(part) > 0 {
				parts[runPlace{place.prefix + string([]byte{byte(n)}), up}] = encodeRun(part)
			}
		}
	}
	size := 0
	for _, v := range parts {
		size += len(v) + 4096
	}
	return l.write(size, func(tx *bbolt.Tx) error {
		for _, k := range keys {
			if err := tx.Bucket(bucketRuns).Delete(k); err != nil {
				return err
			}
		}
		for p, v := range parts {
			if err := putRun(tx, p, v); err != nil {
				return err
			}
		}
		return l.change(tx, func(c *census) { c.runs += uint64(len(parts)) - uint64(len(keys)) })
	})
}
