package boltlog

import (
	"bytes"
	"slices"
	"testing"

	"moiso/internal/journal"
)

// A body from outside, under a header that fits, is an entry or an error; an entry is
// encoded to the same bytes again.
func FuzzEntry(f *testing.F) {
	f.Add([]byte{})
	f.Add(appendKeys(appendHashed(nil, "2025-07-14", [][]byte{[]byte(`{"t":1}`), {}}), nil))
	f.Add(appendKeys(appendHashed(nil, "", [][]byte{{1}}), []journal.Key{{Key: "k", Hash: []byte("h"), Answer: []byte("a"), At: -3}}))
	f.Add([]byte{0, 255, 255, 255, 255, 15, 0, 0})
	f.Fuzz(func(t *testing.T, body []byte) {
		v := append(make([]byte, headerSize), body...)
		putHeader(v, 9, header{ref: 3, first: 7})
		if h, ok := decodeHeader(9, v); ok && (h.ref != 3 || h.first != 7) {
			t.Fatalf("header %+v", h)
		}
		if _, ok := decodeHeader(8, v); ok {
			t.Fatal("an entry is taken under another's position")
		}
		e, _, _, err := decodeEntry(9, v)
		if err != nil {
			return
		}
		again := appendKeys(appendHashed(nil, e.Day, e.Records), e.Keys)
		_, _, _, err = decodeEntry(9, entryOf(again, 9))
		if err != nil {
			t.Fatalf("what was decoded does not decode again: %v", err)
		}
		if len(again) > len(body) || len(again) == len(body) && !bytes.Equal(again, body) {
			t.Fatalf("encoded again it is %x, was %x", again, body)
		}
	})
}

func entryOf(body []byte, pos uint64) []byte {
	v := append(make([]byte, headerSize), body...)
	putHeader(v, pos, header{ref: 3, first: 7})
	return v
}

// The columns of a block, when they are not what was sealed, are an error.
func FuzzBlock(f *testing.F) {
	var c codec
	var b block
	for i := range 3 {
		b.add(journal.Entry{Pos: journal.Pos(5 + i), First: uint64(1 + 2*i), Day: "d", Records: [][]byte{[]byte("x"), []byte("yz")}}, [hashSize]byte{})
	}
	key, value := c.encode(1, &b)
	got, err := c.decode(key, value)
	if err != nil || len(got.entries) != 3 {
		f.Fatal(err)
	}
	f.Add([]byte{0, 1, 1, 2, 2, 2, 1, 2, 1, 2, 1, 2, 'x', 'y', 'z', 'x', 'y', 'z', 'x', 'y', 'z'}, 3, 6)
	f.Add([]byte{}, 1, 0)
	f.Add(bytes.Repeat([]byte{255}, 30), 2, 2)
	f.Fuzz(func(t *testing.T, cols []byte, entries, records int) {
		if entries < 1 || records < 0 || entries > 1<<20 || records > 1<<20 {
			return
		}
		b := block{firstPos: 5, lastPos: 7, first: 1}
		if err := b.columns(slices.Clone(cols), entries, records); err != nil {
			return
		}
		n := 0
		for _, e := range b.entries {
			if e.First != uint64(1+n) {
				t.Fatalf("record %d where %d is due", e.First, 1+n)
			}
			n += len(e.Records)
		}
		if n != records || len(b.entries) != entries {
			t.Fatalf("%d records in %d entries, want %d in %d", n, len(b.entries), records, entries)
		}
	})
}
