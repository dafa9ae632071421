package boltlog

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync"

	"github.com/klauspost/compress/zstd"

	"moiso/internal/journal"
)

// A sealed block is consecutive entries of one stream and one business day. Its key is
// the stream's number and the last entry's position, big endian, so that seeking the
// position after the last one read finds the block that has it. Its value, little endian:
//
//	offset  0  version, 1
//	        1  CRC-32C of the key and of everything from offset 5
//	        5  first entry's position
//	       13  number of its first record
//	       21  entries, 25 records
//	       29  chain hash of the last entry
//	       61  length of the columns before compression
//	       65  day (length, bytes), then the columns in one zstd frame
//
// The columns: distances between positions, record counts, record lengths, records.
const (
	blockVersion = 1
	blockHeader  = 65
	blockRaw     = 4 << 20 // a day longer than this has several blocks
)

func blockKey(ref uint32, pos uint64) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint32(make([]byte, 0, 12), ref), pos)
}

func blockOf(key []byte, ref uint32) bool {
	return len(key) == 12 && binary.BigEndian.Uint32(key) == ref
}

// codec compresses and decompresses; the parts are made at first use and kept.
type codec struct {
	mu  sync.Mutex // guards enc
	enc *zstd.Encoder

	once sync.Once
	dec  *zstd.Decoder
}

func (c *codec) pack(src []byte) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.enc == nil {
		// The options are constant and valid. On a centre's day the best level saves
		// another 7 % and takes twenty times as long.
		c.enc, _ = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedDefault),
			zstd.WithEncoderConcurrency(1), zstd.WithEncoderCRC(false), zstd.WithWindowSize(blockRaw))
	}
	return c.enc.EncodeAll(src, nil)
}

func (c *codec) unpack(src []byte, size int) ([]byte, error) {
	c.once.Do(func() {
		c.dec, _ = zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(1<<30))
	})
	out, err := c.dec.DecodeAll(src, make([]byte, 0, size))
	if err == nil && len(out) != size {
		err = fmt.Errorf("%d bytes where %d are due", len(out), size)
	}
	return out, err
}

// block collects entries, or holds those of a decoded one.
type block struct {
	firstPos, lastPos uint64
	first             uint64
	hash              [hashSize]byte
	day               string
	entries           []journal.Entry
	raw               int // bytes of records
	records           int
}

func (b *block) size(i int) int {
	n := 0
	for _, r := range b.entries[i].Records {
		n += len(r)
	}
	return n
}

// add takes an entry; hash is its chain hash.
func (b *block) add(e journal.Entry, hash [hashSize]byte) {
	if len(b.entries) == 0 {
		b.firstPos, b.first, b.day = uint64(e.Pos), e.First, e.Day
	}
	b.lastPos, b.hash = uint64(e.Pos), hash
	b.raw += b.grown(e)
	b.records += len(e.Records)
	b.entries = append(b.entries, e)
}

func (b *block) grown(e journal.Entry) int {
	n := 0
	for _, r := range e.Records {
		n += len(r)
	}
	return n
}

// takes says whether an entry belongs into the same block.
func (b *block) takes(e journal.Entry) bool {
	return len(b.entries) == 0 || e.Day == b.day && b.raw+b.grown(e) <= blockRaw
}

// encode gives the block's key and value.
func (c *codec) encode(ref uint32, b *block) (key, value []byte) {
	cols := make([]byte, 0, b.raw+8*len(b.entries)+2*b.records)
	pos := b.firstPos
	for _, e := range b.entries {
		cols = binary.AppendUvarint(cols, uint64(e.Pos)-pos)
		pos = uint64(e.Pos)
	}
	for _, e := range b.entries {
		cols = binary.AppendUvarint(cols, uint64(len(e.Records)))
	}
	for _, e := range b.entries {
		for _, r := range e.Records {
			cols = binary.AppendUvarint(cols, uint64(len(r)))
		}
	}
	for _, e := range b.entries {
		for _, r := range e.Records {
			cols = append(cols, r...)
		}
	}
	packed := c.pack(cols)
	v := make([]byte, blockHeader, blockHeader+2+len(b.day)+len(packed))
	v[0] = blockVersion
	binary.LittleEndian.PutUint64(v[5:], b.firstPos)
	binary.LittleEndian.PutUint64(v[13:], b.first)
	binary.LittleEndian.PutUint32(v[21:], uint32(len(b.entries)))
	binary.LittleEndian.PutUint32(v[25:], uint32(b.records))
	copy(v[29:], b.hash[:])
	binary.LittleEndian.PutUint32(v[61:], uint32(len(cols)))
	v = binary.AppendUvarint(v, uint64(len(b.day)))
	v = append(v, b.day...)
	v = append(v, packed...)
	key = blockKey(ref, b.lastPos)
	binary.LittleEndian.PutUint32(v[1:], keyedChecksum(key, v[5:]))
	return key, v
}

var errBlock = errors.New("the sealed block is malformed")

// decode reads a block. When it fails, lastPos of the result, which is from the key,
// still tells the place. The records share one buffer.
func (c *codec) decode(key, v []byte) (*block, error) {
	b := &block{}
	if len(key) != 12 || len(v) < blockHeader+1 {
		return b, errBlock
	}
	b.lastPos = binary.BigEndian.Uint64(key[4:])
	if v[0] != blockVersion || binary.LittleEndian.Uint32(v[1:]) != keyedChecksum(key, v[5:]) {
		return b, errors.New("checksum of a sealed block is wrong")
	}
	b.firstPos, b.first = binary.LittleEndian.Uint64(v[5:]), binary.LittleEndian.Uint64(v[13:])
	entries, records := int(binary.LittleEndian.Uint32(v[21:])), int(binary.LittleEndian.Uint32(v[25:]))
	copy(b.hash[:], v[29:])
	size := binary.LittleEndian.Uint32(v[61:])
	r := reader{b: v[blockHeader:]}
	b.day = string(r.bytes())
	if r.bad || entries == 0 {
		return b, errBlock
	}
	cols, err := c.unpack(r.b, int(size))
	if err != nil {
		return b, fmt.Errorf("a sealed block does not decompress: %w", err)
	}
	return b, b.columns(cols, entries, records)
}

func (b *block) columns(cols []byte, entries, records int) error {
	if entries > len(cols) || records > len(cols) {
		return errBlock
	}
	r := reader{b: cols}
	b.entries = make([]journal.Entry, entries)
	pos := b.firstPos
	for i := range b.entries {
		pos += r.uvarint()
		b.entries[i] = journal.Entry{Pos: journal.Pos(pos), Day: b.day}
	}
	all := make([][]byte, records)
	rest, next := all, b.first
	for i := range b.entries {
		n := r.count()
		if n > len(rest) {
			return errBlock
		}
		b.entries[i].First, b.entries[i].Records = next, rest[:n:n]
		rest, next = rest[n:], next+uint64(n)
	}
	at := reader{b: r.b}
	for range records {
		at.count()
	}
	if r.bad || at.bad || len(rest) != 0 || pos != b.lastPos {
		return errBlock
	}
	data := at.b
	for i := range all {
		n := r.count()
		if n > len(data) {
			return errBlock
		}
		all[i], data = data[:n:n], data[n:]
	}
	if len(data) != 0 {
		return errBlock
	}
	for i := range b.entries {
		b.raw += b.size(i)
	}
	b.records = records
	return nil
}

// digestOf gives the hash of an entry's body as it was when it was appended.
func digestOf(e journal.Entry, scratch []byte) ([hashSize]byte, []byte) {
	scratch = appendHashed(scratch[:0], e.Day, e.Records)
	return digest(scratch), scratch
}
