package engine

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"

	"moiso/internal/journal"
)

// memStore is what a disk holds: it outlives the engines of a test.
type memStore struct {
	mu      sync.Mutex
	pos     journal.Pos
	streams map[string]*memStream
	ids     map[[10]byte]memFiled
}

type memStream struct {
	entries  []journal.Entry
	next     uint64
	sealedTo journal.Pos
	snapshot *journal.Snapshot
	saves    int
	seals    int
}

type memFiled struct {
	stream string
	after  journal.Pos
}

func newStore() *memStore {
	return &memStore{streams: map[string]*memStream{}, ids: map[[10]byte]memFiled{}}
}

func (m *memStore) stream(name string) *memStream {
	s := m.streams[name]
	if s == nil {
		s = &memStream{next: 1}
		m.streams[name] = s
	}
	return s
}

// memLog is one process's journal over a store, with the faults that a test asks for.
// It exists because a synctest bubble cannot share the pools of boltlog, and because a
// test of the engine decides when a commit ends and how.
type memLog struct {
	*memStore
	// fault is asked before each append; after says that the append is persisted all
	// the same. Both under mu.
	fault func(journal.Append) (err error, after bool)
	full  error         // of snapshots, seals and Writable
	gate  chan struct{} // appends wait until it is closed; nil for none
	cut   bool          // the process is dead: nothing reaches the disk any more

	probes int           // calls of Writable
	reads  []journal.Pos // of every entry read
}

func (l *memLog) set(f func(*memLog)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f(l)
}

func (l *memLog) Append(_ context.Context, a journal.Append) (journal.Pos, error) {
	l.mu.Lock()
	gate := l.gate
	l.mu.Unlock()
	if gate != nil {
		<-gate
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cut {
		return 0, journal.ErrClosed
	}
	var failure error
	if l.fault != nil {
		err, after := l.fault(a)
		if err != nil && !after {
			return 0, err
		}
		failure = err
	}
	s := l.stream(a.Stream)
	if a.Expect != s.last() {
		return 0, journal.ErrConflict
	}
	l.pos++
	s.entries = append(s.entries, journal.Entry{Stream: a.Stream, Pos: l.pos, First: s.next, Records: a.Records, Keys: a.Keys, Day: a.Day})
	s.next += uint64(len(a.Records))
	return l.pos, failure
}

func (s *memStream) last() journal.Pos {
	if len(s.entries) == 0 {
		return 0
	}
	return s.entries[len(s.entries)-1].Pos
}

func (l *memLog) Read(_ context.Context, name string, after journal.Pos) iter.Seq2[journal.Entry, error] {
	l.mu.Lock()
	entries := slices.Clone(l.stream(name).entries)
	l.mu.Unlock()
	return func(yield func(journal.Entry, error) bool) {
		for _, e := range entries {
			if e.Pos <= after {
				continue
			}
			l.set(func(l *memLog) { l.reads = append(l.reads, e.Pos) })
			if !yield(e, nil) {
				return
			}
		}
	}
}

func (l *memLog) Follow(context.Context, string, journal.Pos) iter.Seq2[journal.Entry, error] {
	panic("the engine does not follow")
}

func (l *memLog) Streams(context.Context) (names []string, _ error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for name, s := range l.streams {
		if len(s.entries) > 0 {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

func (l *memLog) Last(_ context.Context, name string) (journal.Head, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.stream(name)
	return journal.Head{Pos: s.last(), Next: s.next}, nil
}

// refusal of what is not an append. THE CALLER MUST HOLD mu.
func (l *memLog) refusal() error {
	if l.cut {
		return journal.ErrClosed
	}
	return l.full
}

func (l *memLog) SaveSnapshot(_ context.Context, name string, s journal.Snapshot) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.refusal(); err != nil {
		return err
	}
	st := l.stream(name)
	if st.snapshot == nil || st.snapshot.Pos <= s.Pos {
		st.snapshot = &s
	}
	st.saves++
	return nil
}

func (l *memLog) LoadSnapshot(_ context.Context, name string) (journal.Snapshot, bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s := l.stream(name).snapshot; s != nil {
		return *s, true, nil
	}
	return journal.Snapshot{}, false, nil
}

// Seal forgets the keys of what it seals, as the journal promises.
func (l *memLog) Seal(_ context.Context, name string, upTo journal.Pos, ids [][10]byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.refusal(); err != nil {
		return err
	}
	s := l.stream(name)
	for _, id := range ids {
		if _, filed := l.ids[id]; !filed {
			l.ids[id] = memFiled{name, s.sealedTo}
		}
	}
	for i, e := range s.entries {
		if e.Pos <= upTo {
			s.entries[i].Keys = nil
		}
	}
	s.sealedTo = max(s.sealedTo, upTo)
	s.seals++
	return nil
}

func (l *memLog) FindID(_ context.Context, id [10]byte) (string, journal.Pos, bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f, ok := l.ids[id]
	return f.stream, f.after, ok, nil
}

func (l *memLog) Verify(context.Context, func(uint64)) (journal.VerifyReport, error) {
	return journal.VerifyReport{}, errors.New("not of these tests")
}

func (l *memLog) Writable(context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.probes++
	return l.refusal()
}

func (l *memLog) Close() error { return nil }

var _ journal.Log = (*memLog)(nil)

// fill makes the disk full, or gives it space again.
func (l *memLog) fill(full bool) {
	l.set(func(l *memLog) {
		l.full, l.fault = nil, nil
		if full {
			l.full = fmt.Errorf("%w: the test's disk", journal.ErrNoSpace)
			l.fault = func(journal.Append) (error, bool) { return l.full, false }
		}
	})
}
