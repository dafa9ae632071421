package journaltest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"moiso/internal/journal"
)

// A reader that stops between two entries must hold nothing that the writer needs,
// so everything here is appended while it stands.
func (s suite) longReader(t *testing.T) {
	l := s.open(t, t.TempDir())
	w := newWriter(l, "a")
	for range 40 {
		w.append(t, "", 20)
	}
	n := 0
	for e, err := range l.Read(context.Background(), "a", 0) {
		if err != nil {
			t.Fatal(err)
		}
		if err := differ(e, w.wrote[n]); err != nil {
			t.Fatal(err)
		}
		if n++; n%8 == 0 {
			a := journal.Append{Stream: "b", Records: [][]byte{make([]byte, 4<<20)}}
			h, err := l.Last(context.Background(), "b")
			if err != nil {
				t.Fatal(err)
			}
			a.Expect = h.Pos
			if _, err := l.Append(context.Background(), a); err != nil {
				t.Fatal(err)
			}
			w.append(t, "", 20)
			if err := l.Seal(context.Background(), "a", w.pos-1, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	if n != 40 {
		t.Fatalf("the reader saw %d entries of the 40 there were", n)
	}
	w.check(t, l)
}

func (s suite) readerDuringWrite(t *testing.T) {
	l := s.open(t, t.TempDir())
	w := newWriter(l, "a")
	w.append(t, "", 1)
	var writers, readers sync.WaitGroup
	stop := make(chan struct{})
	for i := range 3 {
		readers.Go(func() {
			for last := uint64(0); ; {
				next := uint64(1)
				for e, err := range l.Read(context.Background(), "a", 0) {
					if err != nil || e.First != next {
						t.Errorf("reader %d: record %d where %d is due, %v", i, e.First, next, err)
						return
					}
					next += uint64(len(e.Records))
				}
				if next < last {
					t.Errorf("reader %d saw up to %d and then only up to %d", i, last, next)
					return
				}
				last = next
				select {
				case <-stop:
					return
				default:
				}
			}
		})
	}
	writers.Go(func() {
		for i := range 300 {
			if err := w.try("", 1+i%4); err != nil {
				t.Error(err)
				return
			}
		}
	})
	writers.Wait()
	close(stop)
	readers.Wait()
	w.check(t, l)
}

func (s suite) readerEnded(t *testing.T) {
	l := s.open(t, t.TempDir())
	w := newWriter(l, "a")
	for range 600 {
		w.append(t, "", 1)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var last error
	n := 0
	for _, err := range l.Read(ctx, "a", 0) {
		if last = err; err == nil {
			if n++; n == 3 {
				cancel()
			}
		}
	}
	wantErr(t, "the last thing read", last, context.Canceled)
	if n == len(w.wrote) {
		t.Fatal("everything was read in spite of the context")
	}
}

// follow reads with interruptions, twice at once, while the stream is written and sealed.
func (s suite) follow(t *testing.T) {
	l := s.open(t, t.TempDir())
	w := newWriter(l, "a")
	const total = 400
	var got [2][]journal.Entry
	var wg sync.WaitGroup
	for i := range got {
		wg.Go(func() { got[i] = followUpTo(t, l, "a", total, 37+i, 53-i) })
	}
	other := newWriter(l, "b")
	for i := range total {
		w.append(t, fmt.Sprint("day ", i/150), 1+i%3)
		if i%5 == 0 {
			other.append(t, "", 1)
		}
		if i%60 == 59 {
			if err := l.Seal(context.Background(), "a", w.wrote[i-20].Pos, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	wg.Wait()
	for i := range got {
		same(t, got[i], w.wrote)
	}
}

// followUpTo follows until it has so many entries. It begins anew after each so many,
// and has its context end after each so many.
func followUpTo(t *testing.T, l journal.Log, stream string, total, anew, end int) (got []journal.Entry) {
	after := journal.Pos(0)
	for len(got) < total {
		ctx, cancel := context.WithCancel(context.Background())
		for e, err := range l.Follow(ctx, stream, after) {
			if err != nil {
				t.Error(err)
				cancel()
				return got
			}
			got, after = append(got, e), e.Pos
			if len(got) == total || len(got)%anew == 0 {
				break
			}
			if len(got)%end == 0 {
				cancel() // and let Follow find out
			}
		}
		cancel()
	}
	return got
}

func (s suite) followNew(t *testing.T) {
	l := s.open(t, t.TempDir())
	started := make(chan struct{})
	got := make(chan journal.Entry)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		defer close(got)
		close(started)
		for e, err := range l.Follow(ctx, "new", 0) {
			if err != nil {
				t.Error(err)
				return
			}
			got <- e
		}
	}()
	<-started
	w := newWriter(l, "new")
	for i := range 3 {
		w.append(t, "", 1)
		e, ok := <-got
		if !ok {
			t.Fatal("the follower has ended")
		}
		if err := differ(e, w.wrote[i]); err != nil {
			t.Fatal(err)
		}
	}
	cancel()
	if _, ok := <-got; ok {
		t.Fatal("an entry came after the end")
	}
}

func (s suite) followEnds(t *testing.T) {
	l := s.open(t, t.TempDir())
	w := newWriter(l, "a")
	w.append(t, "", 1)
	ctx, cancel := context.WithCancel(context.Background())
	waitAndEnd := func(ctx context.Context, end func()) (last error) {
		for _, err := range l.Follow(ctx, "a", 0) {
			if last = err; err == nil {
				go end()
			}
		}
		return last
	}
	if err := waitAndEnd(ctx, cancel); err != nil {
		t.Fatalf("a follower whose context ended got %v", err)
	}
	err := waitAndEnd(context.Background(), func() { l.Close() })
	if !errors.Is(err, journal.ErrClosed) {
		t.Fatalf("a follower of a closed log got %v", err)
	}
}
