package boltlog

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"

	"moiso/internal/journal"
)

// bbolt would write its whole list of free pages with each commit: eight bytes a page,
// and after a year of the city some fifty thousand pages are free, so that the list would
// take several times as long as all else. So commits leave it out and Close writes it.
// Where the power was cut, the next to open walks through the tree to find the free
// pages, as it does not have to look into blocks: a tenth of a second for a year, or
// about a second when nothing of the file is in memory.

// keepFreeList writes the list of free pages. A full disk is no error: the next to open
// finds them.
// THE CALLER MUST HOLD l.writeMu.
func (l *Log) keepFreeList() error {
	l.db.NoFreelistSync = false
	return guard(func() error {
		tx, err := l.db.Begin(true)
		if err != nil {
			return err
		}
		st := l.db.Stats()
		if err := l.reserve(tx.Size(), 8*(st.FreePageN+st.PendingPageN)); err != nil {
			return tx.Rollback()
		}
		if err := fullDisk(tx.Commit()); !errors.Is(err, journal.ErrNoSpace) {
			return err
		}
		return nil
	})
}

// inspect looks at a file without a list of free pages before bbolt does: over a page that
// makes no sense its walk may end the process, and here it is an error.
func inspect(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return nil // opening it says what is wrong
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return nil
	}
	t, ok := newest(file)
	if !ok || t.listed {
		return nil
	}
	t.pages = uint64(info.Size()) / t.size
	t.seen = make(map[uint64]bool)
	return t.visit(t.root, nil, nil, true)
}

// tree is a file as bbolt's pages in force describe it.
type tree struct {
	file   io.ReaderAt
	size   uint64 // of a page
	root   uint64
	listed bool   // it has a list of free pages
	pages  uint64 // of the file
	seen   map[uint64]bool
}

// Where bbolt keeps what (its internal/common). A file begins with two pages that describe
// it, of which the one with the higher number and a good checksum is in force.
const (
	pageHeader = 16 // id 8, flags 2, count 2, overflow 4
	branchPage = 1
	leafPage   = 2
	element    = 16 // branch: position 4, key 4, page 8; leaf: flags 4, position 4, key 4, value 4
	partFlag   = 1  // the value is a part's (bbolt: a bucket's) root 8 and sequence 8, and if the root is 0 all of it
	partHeader = 16

	metaPageSize = pageHeader + 8
	metaRoot     = pageHeader + 16
	metaFreeList = pageHeader + 32
	metaNumber   = pageHeader + 48
	metaSum      = pageHeader + 56
	metaEnd      = metaSum + 8
)

// newest reads the page in force; false when there is none or it is in doubt.
func newest(file io.ReaderAt) (t tree, ok bool) {
	t.file, t.size = file, uint64(os.Getpagesize())
	number := uint64(0)
	for page := range uint64(2) {
		b := make([]byte, metaEnd)
		if _, err := file.ReadAt(b, int64(page*t.size)); err != nil {
			return t, false
		}
		sum := fnv.New64a()
		sum.Write(b[pageHeader:metaSum])
		if sum.Sum64() != binary.LittleEndian.Uint64(b[metaSum:]) || uint64(binary.LittleEndian.Uint32(b[metaPageSize:])) != t.size {
			continue
		}
		if n := binary.LittleEndian.Uint64(b[metaNumber:]); !ok || n > number {
			number, ok = n, true
			t.root, t.listed = binary.LittleEndian.Uint64(b[metaRoot:]), binary.LittleEndian.Uint64(b[metaFreeList:]) != ^uint64(0)
		}
	}
	return t, ok
}

// visit checks a page and those below it: that each is in the file, is the page it is
// taken for, is met once, and has its keys in order, from least on and before end, which
// may be nil. In the topmost tree values are the roots of the others.
func (t *tree) visit(id uint64, least, end []byte, top bool) error {
	if id < 2 || id >= t.pages {
		return wrong(id, "is not in the file")
	}
	if t.seen[id] {
		return wrong(id, "is referred to twice")
	}
	t.seen[id] = true
	p, err := t.load(id, top)
	if err != nil {
		return err
	}
	keys := make([][]byte, p.count+1)
	keys[p.count] = end
	for i := range p.count {
		if keys[i], err = t.key(p, i); err != nil {
			return err
		}
		if i == 0 && bytes.Compare(keys[i], least) < 0 || i > 0 && bytes.Compare(keys[i-1], keys[i]) >= 0 || end != nil && bytes.Compare(keys[i], end) >= 0 {
			return wrong(id, "has keys out of order")
		}
	}
	for i := range p.count {
		below, bucket := uint64(0), top
		if p.branch {
			below = binary.LittleEndian.Uint64(p.element(i)[8:])
		} else if top {
			at, _ := p.value(i)
			b, err := t.bytes(p, at, 8)
			if err != nil {
				return err
			}
			if below = binary.LittleEndian.Uint64(b); below == 0 {
				continue // a part so small that it stands in its value
			}
			bucket = false
		} else {
			continue
		}
		from, to := keys[i], keys[i+1]
		if !p.branch {
			from, to = nil, nil
		}
		if err := t.visit(below, from, to, bucket); err != nil {
			return err
		}
	}
	return nil
}

func wrong(id uint64, what string) error {
	return &journal.CorruptError{Reason: fmt.Sprintf("the file's structure is damaged: page %d %s", id, what)}
}

// page is one of the tree: its first part, and how long it is in all.
type page struct {
	id     uint64
	b      []byte
	length uint64
	branch bool
	count  int
}

func (p *page) element(i int) []byte { return p.b[pageHeader+i*element:][:element] }

// keyAt gives where a key begins and how long it is.
func (p *page) keyAt(i int) (at, n uint64) {
	e := p.element(i)
	if p.branch {
		at, n = uint64(binary.LittleEndian.Uint32(e)), uint64(binary.LittleEndian.Uint32(e[4:]))
	} else {
		at, n = uint64(binary.LittleEndian.Uint32(e[4:])), uint64(binary.LittleEndian.Uint32(e[8:]))
	}
	return uint64(pageHeader+i*element) + at, n
}

func (p *page) value(i int) (at, n uint64) {
	at, n = p.keyAt(i)
	return at + n, uint64(binary.LittleEndian.Uint32(p.element(i)[12:]))
}

// load reads a page as far as its elements go and checks that they point into it.
func (t *tree) load(id uint64, top bool) (*page, error) {
	p := &page{id: id, b: make([]byte, t.size)}
	if _, err := t.file.ReadAt(p.b, int64(id*t.size)); err != nil {
		return nil, wrong(id, "cannot be read: "+err.Error())
	}
	flags, overflow := binary.LittleEndian.Uint16(p.b[8:]), uint64(binary.LittleEndian.Uint32(p.b[12:]))
	p.count, p.branch, p.length = int(binary.LittleEndian.Uint16(p.b[10:])), flags == branchPage, (1+overflow)*t.size
	need := pageHeader + p.count*element
	if binary.LittleEndian.Uint64(p.b) != id || flags != branchPage && flags != leafPage || id+overflow >= t.pages || uint64(need) > p.length {
		return nil, wrong(id, "is not what it is taken for")
	}
	if need > len(p.b) {
		p.b = make([]byte, need)
		if _, err := t.file.ReadAt(p.b, int64(id*t.size)); err != nil {
			return nil, wrong(id, "cannot be read: "+err.Error())
		}
	}
	for i := range p.count {
		at, n := p.keyAt(i)
		if !p.branch {
			at, n = p.value(i)
			if part := binary.LittleEndian.Uint32(p.element(i)) == partFlag; part != top || top && n < partHeader {
				return nil, wrong(id, "has an element of the wrong kind")
			}
		}
		if at+n > p.length {
			return nil, wrong(id, "has an element outside of itself")
		}
	}
	return p, nil
}

// key reads a key; only blocks are so long that another's key stands behind them.
func (t *tree) key(p *page, i int) ([]byte, error) {
	at, n := p.keyAt(i)
	return t.bytes(p, at, n)
}

func (t *tree) bytes(p *page, at, n uint64) ([]byte, error) {
	if at+n > p.length {
		return nil, wrong(p.id, "has an element outside of itself")
	}
	if at+n <= uint64(len(p.b)) {
		return p.b[at : at+n], nil
	}
	b := make([]byte, n)
	if _, err := t.file.ReadAt(b, int64(p.id*t.size+at)); err != nil {
		return nil, wrong(p.id, "cannot be read: "+err.Error())
	}
	return b, nil
}
