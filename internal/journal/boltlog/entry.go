package boltlog

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash/crc32"

	"moiso/internal/journal"
)

// An entry in the tail, integers little endian:
//
//	offset  0  version, 1
//	        1  CRC-32C of the key and of everything from offset 5
//	        5  number of the stream
//	        9  chain hash of this entry
//	       41  number of the first record
//	       49  body: day, record lengths, records (hashed), keys (not hashed)
//
// The body is made by the goroutine that appends; the committer only fills in the
// header, which depends on the entry before. The chain hash is
// SHA-256(hash before, number of the first record, SHA-256(hashed body)), so a position
// may change, when a stream moves to another home, and the chain stays valid.
const (
	entryVersion = 1
	hashSize     = sha256.Size
	headerSize   = 49
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// errEntry says that bytes are not an entry. The caller knows the place.
var errEntry = errors.New("the entry is malformed")

// genesis is the hash before a stream's first entry.
func genesis(stream string) [hashSize]byte {
	return sha256.Sum256([]byte("moiso stream 1\x00" + stream))
}

// digest is the hash of the hashed part of a body.
func digest(body []byte) [hashSize]byte { return sha256.Sum256(body) }

// link gives an entry's chain hash.
func link(prev [hashSize]byte, first uint64, body [hashSize]byte) [hashSize]byte {
	var b [2*hashSize + 8]byte
	copy(b[:], prev[:])
	binary.LittleEndian.PutUint64(b[hashSize:], first)
	copy(b[hashSize+8:], body[:])
	return sha256.Sum256(b[:])
}

// appendHashed appends the hashed part of a body.
func appendHashed(b []byte, day string, records [][]byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(day)))
	b = append(b, day...)
	b = binary.AppendUvarint(b, uint64(len(records)))
	for _, r := range records {
		b = binary.AppendUvarint(b, uint64(len(r)))
	}
	for _, r := range records {
		b = append(b, r...)
	}
	return b
}

func appendKeys(b []byte, keys []journal.Key) []byte {
	b = binary.AppendUvarint(b, uint64(len(keys)))
	for _, k := range keys {
		b = binary.AppendUvarint(b, uint64(len(k.Key)))
		b = append(b, k.Key...)
		b = binary.AppendUvarint(b, uint64(len(k.Hash)))
		b = append(b, k.Hash...)
		b = binary.AppendUvarint(b, uint64(len(k.Answer)))
		b = append(b, k.Answer...)
		b = binary.AppendVarint(b, k.At)
	}
	return b
}

// header is the fixed part of an entry, with the number of its records.
type header struct {
	ref     uint32
	hash    [hashSize]byte
	first   uint64
	records int
}

// putHeader fills in the first headerSize bytes of an entry whose body is in place.
func putHeader(b []byte, pos uint64, h header) {
	b[0] = entryVersion
	binary.LittleEndian.PutUint32(b[5:], h.ref)
	copy(b[9:], h.hash[:])
	binary.LittleEndian.PutUint64(b[41:], h.first)
	binary.LittleEndian.PutUint32(b[1:], checksum(pos, b[5:]))
}

// checksum covers the position too, so an entry under another's key is found.
func checksum(pos uint64, b []byte) uint32 {
	var key [8]byte
	binary.BigEndian.PutUint64(key[:], pos)
	return keyedChecksum(key[:], b)
}

// keyedChecksum covers a key and its value, so a value under another key is found.
func keyedChecksum(key, value []byte) uint32 {
	return crc32.Update(crc32.Checksum(key, castagnoli), castagnoli, value)
}

// decodeHeader checks an entry's checksum and reads its header. The stream's number
// is given even when the checksum is wrong, to name the place.
func decodeHeader(pos uint64, b []byte) (header, bool) {
	if len(b) < headerSize+2 {
		return header{}, false
	}
	h := header{ref: binary.LittleEndian.Uint32(b[5:]), first: binary.LittleEndian.Uint64(b[41:])}
	copy(h.hash[:], b[9:])
	if b[0] != entryVersion || binary.LittleEndian.Uint32(b[1:]) != checksum(pos, b[5:]) {
		return h, false
	}
	r := reader{b: b[headerSize:]}
	r.bytes()
	h.records = r.count()
	return h, !r.bad
}

// decodeEntry reads a whole entry. The result keeps b. sum is the hash of its body.
func decodeEntry(pos uint64, b []byte) (e journal.Entry, h header, sum [hashSize]byte, err error) {
	h, ok := decodeHeader(pos, b)
	if !ok {
		return e, h, sum, errors.New("checksum of an entry is wrong")
	}
	body := b[headerSize:]
	day, records, rest, err := decodeHashed(body)
	if err != nil {
		return e, h, sum, err
	}
	sum = digest(body[:len(body)-len(rest)])
	r := reader{b: rest}
	var keys []journal.Key
	if n := r.count(); n > 0 {
		keys = make([]journal.Key, n)
	}
	for i := range keys {
		keys[i] = journal.Key{Key: string(r.bytes()), Hash: r.bytes(), Answer: r.bytes(), At: r.varint()}
	}
	if r.bad || len(r.b) != 0 {
		return e, h, sum, errEntry
	}
	e = journal.Entry{Pos: journal.Pos(pos), First: h.first, Records: records, Keys: keys, Day: day}
	return e, h, sum, nil
}

func decodeHashed(b []byte) (day string, records [][]byte, rest []byte, err error) {
	r := reader{b: b}
	day = string(r.bytes())
	n := r.count()
	if r.bad {
		return "", nil, nil, errEntry
	}
	records = make([][]byte, n)
	lengths := reader{b: r.b}
	total := 0
	for range n {
		total += lengths.count()
	}
	if lengths.bad || total > len(lengths.b) {
		return "", nil, nil, errEntry
	}
	at := lengths.b
	for i := range records {
		size := r.count()
		records[i], at = at[:size:size], at[size:]
	}
	return day, records, at, nil
}

// reader takes values off the front of bytes that may be damaged: it never reads
// beyond them, and a count is never above the bytes that remain, so a damaged one
// cannot ask for more memory than the entry has.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) varint() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) count() int {
	v := r.uvarint()
	if v > uint64(len(r.b)) {
		r.bad, r.b = true, nil
		return 0
	}
	return int(v)
}

func (r *reader) bytes() []byte {
	n := r.count()
	v := r.b[:n:n]
	r.b = r.b[n:]
	if n == 0 {
		return nil
	}
	return v
}

// A stream's record: version, CRC-32C of the name and the rest, number of the stream,
// and the cursor after its last sealed entry.
const streamSize = 1 + 4 + 4 + 8 + 8 + hashSize

func encodeStream(name string, ref uint32, sealed cursor) []byte {
	b := make([]byte, streamSize)
	b[0] = entryVersion
	binary.LittleEndian.PutUint32(b[5:], ref)
	binary.LittleEndian.PutUint64(b[9:], sealed.pos)
	binary.LittleEndian.PutUint64(b[17:], sealed.next)
	copy(b[25:], sealed.hash[:])
	binary.LittleEndian.PutUint32(b[1:], keyedChecksum([]byte(name), b[5:]))
	return b
}

func decodeStream(name, b []byte) (ref uint32, sealed cursor, ok bool) {
	if len(b) != streamSize || b[0] != entryVersion {
		return 0, cursor{}, false
	}
	if binary.LittleEndian.Uint32(b[1:]) != keyedChecksum(name, b[5:]) {
		return 0, cursor{}, false
	}
	sealed = cursor{pos: binary.LittleEndian.Uint64(b[9:]), next: binary.LittleEndian.Uint64(b[17:])}
	copy(sealed.hash[:], b[25:])
	return binary.LittleEndian.Uint32(b[5:]), sealed, true
}
