// Package journaltest is the suite that every journal.Log passes. Each promise of
// package journal has a test here whose name says it.
package journaltest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"testing"

	"moiso/internal/journal"
)

// Options say how to make logs, and what the implementation can have done to it.
// A nil function leaves out the tests that need it.
type Options struct {
	// Open opens the log in a folder, and makes it at first.
	Open func(dir string) (journal.Log, error)
	// OpenFaulty does so too; storage fails as the returned function says.
	OpenFaulty func(dir string) (journal.Log, func(Fault), error)
	// Record opens a log in a folder and records what is written to storage from then on.
	Record func(dir string) (journal.Log, Recorder, error)
	// Damage flips one bit in a closed log: of the stored form of the entry that has
	// this position, or of the sealed block that contains it. n chooses the byte; false
	// when there are not so many.
	Damage func(dir, stream string, pos journal.Pos, n int) (bool, error)
	// Exclusive: while a log is open, opening it again fails with ErrLocked.
	Exclusive bool
	// Killable: a process that has the log open may be killed, so the suite runs the
	// test binary again as such a process.
	Killable bool
}

// Fault is what storage does.
type Fault struct {
	Kind Kind
	// After is how many more writes go well before the fault.
	After int
}

// Kind is a kind of fault.
type Kind int

// Failed: the write is not done and an error is returned. Persisted: it is done, and an
// error is returned. Full: as Failed, and the error says that the disk is full, until
// the fault is taken back.
const (
	None Kind = iota
	Failed
	Persisted
	Full
)

// Recorder knows what was written to storage.
type Recorder interface {
	// Writes is how many writes have been done.
	Writes() int
	// Images gives folders as a crash can have left them. sure is the number of
	// writes that were on disk for certain by then. Each folder may be removed
	// once the next is asked for. The log is closed already.
	Images(dir string) func(yield func(image Image) bool)
}

// Image is storage after a crash.
type Image struct {
	Dir    string
	Sure   int
	Detail string // for the message when a test fails
}

type suite struct {
	Options
	name string // of the test that called Run
}

// Run runs the suite.
func Run(t *testing.T, o Options) {
	s := suite{Options: o, name: t.Name()}
	if dir := os.Getenv(childEnv); dir != "" && o.Killable {
		s.child(t, dir)
		return
	}
	for _, c := range []struct {
		name string
		need bool
		run  func(*testing.T)
	}{
		{"an append that returned nil is read back after reopening", true, s.durable},
		{"entries keep their boundaries, days and keys", true, s.boundaries},
		{"streams are listed by name", true, s.listed},
		{"a wrong position is a conflict and changes nothing", true, s.conflict},
		{"a conflict fails only its own stream", true, s.conflictAlone},
		{"of many appends at one position one wins", true, s.oneWins},
		{"an append whose context has ended is not made", true, s.ended},
		{"everything after Close is refused", true, s.closed},
		{"a second opening is refused", o.Exclusive, s.locked},
		{"a paused reader does not hold up the writer", true, s.longReader},
		{"a reader beside writers sees a prefix in order", true, s.readerDuringWrite},
		{"reading ends with its context", true, s.readerEnded},
		{"follow has no gap and no repeat", true, s.follow},
		{"follow waits for a stream that is not there yet", true, s.followNew},
		{"follow ends with its context and with Close", true, s.followEnds},
		{"the newest snapshot is kept", true, s.snapshots},
		{"sealing changes only keys", true, s.sealed},
		{"sealing twice is sealing once", true, s.sealedTwice},
		{"sealing in steps while others append", true, s.sealedBeside},
		{"a sealed id is found after many seals", true, s.findID},
		{"verify counts everything", true, s.verified},
		{"a changed byte of an open entry is found and named", o.Damage != nil, s.damagedTail},
		{"a changed byte of a sealed block is found and named", o.Damage != nil, s.damagedBlock},
		{"a failed append is ambiguous and the log refuses everything", o.OpenFaulty != nil, s.failed},
		{"an append reported failed and yet persisted is whole", o.OpenFaulty != nil, s.persisted},
		{"a failed commit is ambiguous for every append in it", o.OpenFaulty != nil, s.failedTogether},
		{"a full disk fails the append and the log recovers", o.OpenFaulty != nil, s.full},
		{"a crash between any two writes", o.Record != nil, s.crashImages},
		{"a killed process loses nothing it has acknowledged", o.Killable, s.killed},
	} {
		if c.need {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel() // most of their time is the disk's
				c.run(t)
			})
		}
	}
}

// open opens a log and closes it with the test.
func (s suite) open(t *testing.T, dir string) journal.Log {
	t.Helper()
	l, err := s.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// reopen closes a log and opens it again.
func (s suite) reopen(t *testing.T, l journal.Log, dir string) journal.Log {
	t.Helper()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return s.open(t, dir)
}

// writer appends to one stream and remembers what it wrote.
type writer struct {
	log    journal.Log
	stream string
	pos    journal.Pos
	next   uint64
	wrote  []journal.Entry
}

func newWriter(l journal.Log, stream string) *writer {
	return &writer{log: l, stream: stream, next: 1}
}

// records makes n records that say which they are.
func records(stream string, first uint64, n int) [][]byte {
	out := make([][]byte, n)
	for i := range out {
		out[i] = fmt.Appendf(nil, `{"stream":%q,"record":%d,"of":"%d+%d"}`, stream, first+uint64(i), first, n)
	}
	return out
}

// try appends n records and says how it went.
func (w *writer) try(day string, n int, keys ...journal.Key) error {
	a := journal.Append{Stream: w.stream, Expect: w.pos, Day: day, Records: records(w.stream, w.next, n), Keys: keys}
	pos, err := w.log.Append(context.Background(), a)
	if err != nil {
		return err
	}
	if pos <= w.pos {
		return fmt.Errorf("position %d does not come after %d", pos, w.pos)
	}
	w.wrote = append(w.wrote, journal.Entry{Stream: w.stream, Pos: pos, First: w.next, Records: a.Records, Keys: keys, Day: day})
	w.pos, w.next = pos, w.next+uint64(n)
	return nil
}

func (w *writer) append(t *testing.T, day string, n int, keys ...journal.Key) {
	t.Helper()
	if err := w.try(day, n, keys...); err != nil {
		t.Fatal(err)
	}
}

// check compares the log with what was written.
func (w *writer) check(t *testing.T, l journal.Log) {
	t.Helper()
	same(t, all(t, l, w.stream, 0), w.wrote)
	head, err := l.Last(context.Background(), w.stream)
	if err != nil {
		t.Fatal(err)
	}
	if want := (journal.Head{Pos: w.pos, Next: w.next}); len(w.wrote) > 0 && head != want {
		t.Fatalf("stream %s ends at %+v, want %+v", w.stream, head, want)
	}
}

func all(t *testing.T, l journal.Log, stream string, after journal.Pos) []journal.Entry {
	t.Helper()
	out, err := collect(l, stream, after)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func collect(l journal.Log, stream string, after journal.Pos) ([]journal.Entry, error) {
	var out []journal.Entry
	for e, err := range l.Read(context.Background(), stream, after) {
		if err != nil {
			return out, err
		}
		out = append(out, e)
	}
	return out, nil
}

func same(t *testing.T, got, want []journal.Entry) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d entries, want %d", len(got), len(want))
	}
	for i := range want {
		if err := differ(got[i], want[i]); err != nil {
			t.Fatalf("entry %d: %v", i, err)
		}
	}
}

func differ(got, want journal.Entry) error {
	switch {
	case got.Stream != want.Stream, got.Pos != want.Pos, got.First != want.First, got.Day != want.Day:
		return fmt.Errorf("got %s/%d first %d day %q, want %s/%d first %d day %q",
			got.Stream, got.Pos, got.First, got.Day, want.Stream, want.Pos, want.First, want.Day)
	case !slices.EqualFunc(got.Records, want.Records, bytes.Equal):
		return fmt.Errorf("records are %q, want %q", got.Records, want.Records)
	case len(got.Keys)+len(want.Keys) > 0 && !reflect.DeepEqual(got.Keys, want.Keys):
		return fmt.Errorf("keys are %+v, want %+v", got.Keys, want.Keys)
	}
	return nil
}

// verify fails the test when Verify finds a fault.
func verify(t *testing.T, l journal.Log) journal.VerifyReport {
	t.Helper()
	rep, err := l.Verify(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

func wantErr(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Fatalf("%s: got error %v, want %v", what, got, want)
	}
}
