package journaltest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"moiso/internal/journal"
)

func (s suite) openFaulty(t *testing.T, dir string) (journal.Log, func(Fault)) {
	t.Helper()
	l, set, err := s.OpenFaulty(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l, set
}

// atEveryWrite makes one append after another fail, at its first write, at its second
// and so on, until one goes through because it has not so many. outcome looks at the
// log afterwards.
func (s suite) atEveryWrite(t *testing.T, kind Kind, outcome func(t *testing.T, n int, l journal.Log, w *writer, tried journal.Entry)) {
	t.Helper()
	failures := 0
	for n := range 100 {
		dir := t.TempDir()
		l, set := s.openFaulty(t, dir)
		w := newWriter(l, "a")
		for range 5 {
			w.append(t, "", 2)
		}
		tried := journal.Entry{Stream: "a", First: w.next, Records: records("a", w.next, 3)}
		set(Fault{kind, n})
		err := w.try("", 3)
		if err == nil {
			if failures == 0 {
				t.Fatal("no append failed")
			}
			return
		}
		failures++
		wantErr(t, "the append", err, journal.ErrAmbiguous)
		set(Fault{})
		for what, err := range refusals(l, w) {
			wantErr(t, what, err, journal.ErrAmbiguous)
		}
		l.Close()
		l = s.open(t, dir)
		w.log = l
		outcome(t, n, l, w, tried)
		w.append(t, "", 1)
		w.check(t, l)
		verify(t, l)
		l.Close()
	}
	t.Fatal("an append has more than a hundred writes")
}

func (s suite) failed(t *testing.T) {
	s.atEveryWrite(t, Failed, func(t *testing.T, _ int, l journal.Log, w *writer, _ journal.Entry) {
		w.check(t, l)
	})
}

func (s suite) persisted(t *testing.T) {
	there := 0
	s.atEveryWrite(t, Persisted, func(t *testing.T, n int, l journal.Log, w *writer, tried journal.Entry) {
		got := all(t, l, "a", 0)
		if len(got) == len(w.wrote) {
			return // it was not the last of the writes
		}
		there++
		e := got[len(got)-1]
		tried.Pos = e.Pos
		w.wrote = append(w.wrote, tried)
		w.pos, w.next = e.Pos, w.next+3
		w.check(t, l)
	})
	if there == 0 {
		t.Fatal("no failed append was persisted")
	}
}

func (s suite) failedTogether(t *testing.T) {
	dir := t.TempDir()
	l, set := s.openFaulty(t, dir)
	const n = 24
	writers := make([]*writer, n)
	for i := range writers {
		writers[i] = newWriter(l, fmt.Sprint("s", i))
		writers[i].append(t, "", 1)
	}
	set(Fault{Failed, 7})
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i, w := range writers {
		wg.Go(func() {
			for errs[i] == nil {
				errs[i] = w.try("", 1)
			}
		})
	}
	wg.Wait()
	for i, err := range errs {
		wantErr(t, writers[i].stream, err, journal.ErrAmbiguous)
	}
	l.Close()
	l = s.open(t, dir)
	for _, w := range writers {
		w.check(t, l)
	}
	verify(t, l)
}

// full fills the disk again and again, at every write of a commit.
func (s suite) full(t *testing.T) {
	dir := t.TempDir()
	l, set := s.openFaulty(t, dir)
	ctx := context.Background()
	w, b := newWriter(l, "a"), newWriter(l, "b")
	refused := 0
	for n := range 40 {
		w.append(t, "", 2)
		set(Fault{Full, n % 8})
		for range 4 {
			if err := w.try("", 3); err != nil {
				wantErr(t, "append to a full disk", err, journal.ErrNoSpace)
				refused++
			}
			if err := b.try("", 1); err != nil {
				wantErr(t, "append to a full disk", err, journal.ErrNoSpace)
			}
			w.check(t, l)
		}
		for what, err := range map[string]error{
			"seal":     l.Seal(ctx, "a", w.wrote[len(w.wrote)/2].Pos, [][10]byte{{byte(n)}}),
			"snapshot": l.SaveSnapshot(ctx, "a", journal.Snapshot{Pos: w.pos, Next: w.next}),
			"writable": l.Writable(ctx),
		} {
			if !errors.Is(err, journal.ErrNoSpace) {
				t.Fatalf("%s on a full disk: %v", what, err)
			}
		}
		set(Fault{})
		b.append(t, "", 1) // whose very first append was refused
		if n%10 == 9 {
			upTo := w.wrote[len(w.wrote)/2].Pos
			if err := l.Seal(ctx, "a", upTo, nil); err != nil {
				t.Fatal(err)
			}
		}
		if err := l.Writable(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if refused < 40 {
		t.Fatalf("the full disk refused only %d appends", refused)
	}
	w.check(t, l)
	verify(t, l)
	l = s.reopen(t, l, dir)
	w.check(t, l)
	b.check(t, l)
	verify(t, l)
}
