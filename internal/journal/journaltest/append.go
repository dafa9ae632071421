package journaltest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"moiso/internal/journal"
)

func (s suite) durable(t *testing.T) {
	dir := t.TempDir()
	l := s.open(t, dir)
	a, b := newWriter(l, "a"), newWriter(l, "b")
	for i := range 50 {
		a.append(t, "2025-07-14", 1+i%3)
		b.append(t, "2025-07-14", 1)
	}
	a.check(t, l)
	l = s.reopen(t, l, dir)
	a.log = l
	a.append(t, "2025-07-15", 2)
	a.check(t, l)
	b.check(t, l)
	same(t, all(t, l, "a", a.wrote[20].Pos), a.wrote[21:])
	same(t, all(t, l, "nobody", 0), nil)
	verify(t, l)
}

func (s suite) boundaries(t *testing.T) {
	dir := t.TempDir()
	l := s.open(t, dir)
	w := newWriter(l, "centre")
	w.append(t, "2025-07-14", 3, journal.Key{Key: "clerk/k1", Hash: []byte{1, 2}, Answer: []byte(`{"n":1}`), At: 1752451200000})
	w.append(t, "2025-07-14", 1)
	w.append(t, "", 1, journal.Key{Key: "k2", At: -1}, journal.Key{Key: "k3", Hash: []byte("h")})
	big := journal.Append{Stream: "centre", Expect: w.pos, Day: "2025-07-15", Records: [][]byte{make([]byte, 300<<10), {}, []byte("Đà Nẵng")}}
	pos, err := l.Append(context.Background(), big)
	if err != nil {
		t.Fatal(err)
	}
	w.wrote = append(w.wrote, journal.Entry{Stream: "centre", Pos: pos, First: w.next, Records: big.Records, Day: big.Day})
	w.pos, w.next = pos, w.next+3
	w.append(t, "2025-07-15", 400)
	w.check(t, l)
	w.check(t, s.reopen(t, l, dir))
}

func (s suite) listed(t *testing.T) {
	dir := t.TempDir()
	l := s.open(t, dir)
	if h, err := l.Last(context.Background(), "hue"); err != nil || h != (journal.Head{}) {
		t.Fatalf("the head of a stream without entries is %+v, %v", h, err)
	}
	for _, name := range []string{"thuan-hoa", "an-cuu", "Phú Xuân"} {
		newWriter(l, name).append(t, "", 1)
	}
	want := []string{"Phú Xuân", "an-cuu", "thuan-hoa"}
	for range 2 {
		got, err := l.Streams(context.Background())
		if err != nil || !slices.Equal(got, want) {
			t.Fatalf("streams %q, %v; want %q", got, err, want)
		}
		l = s.reopen(t, l, dir)
	}
}

func (s suite) conflict(t *testing.T) {
	l := s.open(t, t.TempDir())
	w := newWriter(l, "a")
	stale := *w
	w.append(t, "", 1)
	wantErr(t, "append at the start of a stream that has entries", stale.try("", 1), journal.ErrConflict)
	stale = *w
	w.append(t, "", 1)
	wantErr(t, "append at the position before the last", stale.try("", 1), journal.ErrConflict)
	ahead := *w
	ahead.pos++
	wantErr(t, "append at a position to come", ahead.try("", 1), journal.ErrConflict)
	early := newWriter(l, "empty")
	early.pos = 7
	wantErr(t, "append to an empty stream at a position", early.try("", 1), journal.ErrConflict)
	w.append(t, "", 1)
	w.check(t, l)
	verify(t, l)
}

func (s suite) conflictAlone(t *testing.T) {
	dir := t.TempDir()
	l := s.open(t, dir)
	const streams, rounds = 16, 30
	writers := make([]*writer, streams)
	var wg sync.WaitGroup
	errs := make(chan error, streams)
	for i := range writers {
		w := newWriter(l, fmt.Sprint("s", i))
		writers[i] = w
		wg.Go(func() {
			for n := range rounds {
				if i%2 == 1 && n%3 == 2 {
					wrong := *w
					wrong.pos++
					if err := wrong.try("", 1); !errors.Is(err, journal.ErrConflict) {
						errs <- fmt.Errorf("wrong position: %v", err)
						return
					}
				}
				if err := w.try("", 1+n%2); err != nil {
					errs <- fmt.Errorf("stream %s: %w", w.stream, err)
					return
				}
			}
		})
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		t.Error(err)
	}
	l = s.reopen(t, l, dir)
	for _, w := range writers {
		w.check(t, l)
	}
	verify(t, l)
}

func (s suite) oneWins(t *testing.T) {
	l := s.open(t, t.TempDir())
	w := newWriter(l, "a")
	for range 20 {
		rivals := make([]writer, 8)
		errs := make([]error, len(rivals))
		var wg sync.WaitGroup
		for i := range rivals {
			rivals[i] = *w
			rivals[i].wrote = slices.Clone(w.wrote)
			wg.Go(func() { errs[i] = rivals[i].try(fmt.Sprint("rival ", i), 1) })
		}
		wg.Wait()
		won := -1
		for i, err := range errs {
			switch {
			case err == nil && won >= 0:
				t.Fatalf("rivals %d and %d both won", won, i)
			case err == nil:
				won = i
			default:
				wantErr(t, "the loser", err, journal.ErrConflict)
			}
		}
		if won < 0 {
			t.Fatal("no rival won")
		}
		*w = rivals[won]
	}
	w.check(t, l)
}

func (s suite) ended(t *testing.T) {
	l := s.open(t, t.TempDir())
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := l.Append(ctx, journal.Append{Stream: "a", Records: records("a", 1, 1)})
	wantErr(t, "append", err, context.Canceled)
	w := newWriter(l, "a")
	w.append(t, "", 1)
	w.check(t, l)
	if _, err := l.Append(context.Background(), journal.Append{Stream: "a", Expect: w.pos}); err == nil {
		t.Fatal("an append without records was taken")
	}
}

func (s suite) closed(t *testing.T) {
	l := s.open(t, t.TempDir())
	w := newWriter(l, "a")
	w.append(t, "", 1)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	for what, err := range refusals(l, w) {
		wantErr(t, what, err, journal.ErrClosed)
	}
	wantErr(t, "a second Close", l.Close(), journal.ErrClosed)
}

// refusals calls everything there is.
func refusals(l journal.Log, w *writer) map[string]error {
	ctx := context.Background()
	got := map[string]error{"append": (&writer{log: l, stream: w.stream, pos: w.pos, next: w.next}).try("", 1)}
	_, got["read"] = collect(l, w.stream, 0)
	for _, err := range l.Follow(ctx, w.stream, 0) {
		got["follow"] = err
		if err == nil {
			break
		}
	}
	_, got["streams"] = l.Streams(ctx)
	_, got["last"] = l.Last(ctx, w.stream)
	got["save"] = l.SaveSnapshot(ctx, w.stream, journal.Snapshot{Pos: w.pos})
	_, _, got["load"] = l.LoadSnapshot(ctx, w.stream)
	got["seal"] = l.Seal(ctx, w.stream, w.pos, nil)
	_, _, _, got["find"] = l.FindID(ctx, [10]byte{})
	_, got["verify"] = l.Verify(ctx, nil)
	got["writable"] = l.Writable(ctx)
	return got
}

func (s suite) locked(t *testing.T) {
	dir := t.TempDir()
	l := s.open(t, dir)
	w := newWriter(l, "a")
	w.append(t, "", 1)
	_, err := s.Open(dir)
	wantErr(t, "second opening", err, journal.ErrLocked)
	w.append(t, "", 1)
	w.check(t, s.reopen(t, l, dir))
}
