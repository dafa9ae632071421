package journaltest

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"moiso/internal/journal"
)

func (s suite) snapshots(t *testing.T) {
	dir := t.TempDir()
	l := s.open(t, dir)
	ctx := context.Background()
	if _, ok, err := l.LoadSnapshot(ctx, "a"); ok || err != nil {
		t.Fatalf("a snapshot that was never saved: %v, %v", ok, err)
	}
	w := newWriter(l, "a")
	for i := range 5 {
		w.append(t, "", 2)
		if err := l.SaveSnapshot(ctx, "a", journal.Snapshot{Pos: w.pos, Next: w.next, Bytes: fmt.Appendf(nil, "state %d", i)}); err != nil {
			t.Fatal(err)
		}
	}
	older := journal.Snapshot{Pos: w.wrote[1].Pos, Next: 5, Bytes: []byte("old")}
	if err := l.SaveSnapshot(ctx, "a", older); err != nil {
		t.Fatal(err)
	}
	if err := l.SaveSnapshot(ctx, "b", journal.Snapshot{Bytes: nil}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		got, ok, err := l.LoadSnapshot(ctx, "a")
		if err != nil || !ok || got.Pos != w.pos || got.Next != w.next || string(got.Bytes) != "state 4" {
			t.Fatalf("loaded %+v, %v, %v", got, ok, err)
		}
		if got, ok, err := l.LoadSnapshot(ctx, "b"); err != nil || !ok || len(got.Bytes) != 0 {
			t.Fatalf("loaded %+v, %v, %v", got, ok, err)
		}
		l = s.reopen(t, l, dir)
	}
}

// fill writes days of entries with keys, some of a size that needs several blocks.
func fill(t *testing.T, w *writer, days, perDay int) {
	t.Helper()
	for d := range days {
		for i := range perDay {
			w.append(t, fmt.Sprintf("2025-07-%02d", 1+d), 1+i%3, journal.Key{Key: fmt.Sprint(d, "/", i), Hash: []byte{byte(i)}, Answer: []byte("ok"), At: int64(i)})
		}
	}
}

// dropKeys is what sealing does to entries up to a position.
func (w *writer) dropKeys(upTo journal.Pos) {
	for i := range w.wrote {
		if w.wrote[i].Pos <= upTo {
			w.wrote[i].Keys = nil
		}
	}
}

func (s suite) sealed(t *testing.T) {
	dir := t.TempDir()
	l := s.open(t, dir)
	a, b := newWriter(l, "a"), newWriter(l, "b")
	fill(t, a, 3, 60)
	fill(t, b, 2, 20)
	big := [][]byte{make([]byte, 3<<20)}
	for range 3 { // more than one block a day
		pos, err := l.Append(context.Background(), journal.Append{Stream: "a", Expect: a.pos, Day: "2025-07-03", Records: big})
		if err != nil {
			t.Fatal(err)
		}
		a.wrote = append(a.wrote, journal.Entry{Stream: "a", Pos: pos, First: a.next, Records: big, Day: "2025-07-03"})
		a.pos, a.next = pos, a.next+1
	}
	fill(t, a, 1, 10)
	a.check(t, l)
	upTo := a.wrote[len(a.wrote)-6].Pos
	if err := l.Seal(context.Background(), "a", upTo, nil); err != nil {
		t.Fatal(err)
	}
	a.dropKeys(upTo)
	rep := verify(t, l)
	if rep.Sealed < 5 {
		t.Fatalf("%d blocks for four days of which one is long", rep.Sealed)
	}
	for range 2 {
		a.check(t, l)
		b.check(t, l)
		for _, i := range []int{0, 1, 59, 60, 61, 130, len(a.wrote) - 7, len(a.wrote) - 6, len(a.wrote) - 2} {
			same(t, all(t, l, "a", a.wrote[i].Pos), a.wrote[i+1:])
		}
		l = s.reopen(t, l, dir)
	}
	a.log = l
	a.append(t, "2025-07-04", 1)
	a.check(t, l)
	verify(t, l)
}

func (s suite) sealedTwice(t *testing.T) {
	dir := t.TempDir()
	l := s.open(t, dir)
	w := newWriter(l, "a")
	fill(t, w, 2, 10)
	ctx := context.Background()
	ids := [][10]byte{{1}, {2}}
	for _, upTo := range []journal.Pos{w.wrote[9].Pos, w.wrote[9].Pos, 0, w.pos, w.pos, w.pos + 100} {
		if err := l.Seal(ctx, "a", upTo, ids); err != nil {
			t.Fatal(err)
		}
	}
	w.dropKeys(w.pos)
	w.check(t, l)
	w.check(t, s.reopen(t, l, dir))
	l = s.open(t, t.TempDir())
	if err := l.Seal(ctx, "nobody", 5, nil); err != nil {
		t.Fatal(err)
	}
	w = newWriter(l, "nobody")
	w.append(t, "", 1)
	w.check(t, l)
}

// sealedBeside seals streams one after another while all of them go on, so often that
// an implementation that cleans up behind itself has to do it on the way.
func (s suite) sealedBeside(t *testing.T) {
	dir := t.TempDir()
	l := s.open(t, dir)
	writers := make([]*writer, 6)
	for i := range writers {
		writers[i] = newWriter(l, fmt.Sprint("s", i))
	}
	for round := range 8 {
		day := fmt.Sprintf("2025-08-%02d", round+1)
		upTo := make([]journal.Pos, len(writers))
		for i, w := range writers {
			if n := len(w.wrote); n > 1 { // the entry that follows is of the same stream
				upTo[i] = w.wrote[n-2].Pos
			}
		}
		done := make(chan error, 1)
		go func() {
			var err error
			for i, w := range writers[:5] {
				if err == nil {
					err = l.Seal(context.Background(), w.stream, upTo[i], nil)
				}
			}
			done <- err
		}()
		for range 20 {
			for _, w := range writers {
				w.append(t, day, 1)
				w.append(t, day, 2)
			}
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		for _, w := range writers {
			w.check(t, l)
		}
		rep := verify(t, l)
		if want := uint64(6 * 8 * 40); rep.Entries != want {
			t.Fatalf("%d entries, want %d", rep.Entries, want)
		}
		l = s.reopen(t, l, dir)
	}
}

func (s suite) findID(t *testing.T) {
	dir := t.TempDir()
	l := s.open(t, dir)
	ctx := context.Background()
	rnd := rand.New(rand.NewPCG(1, 2))
	newID := func() (id [10]byte) {
		binary.BigEndian.PutUint64(id[:], rnd.Uint64())
		binary.BigEndian.PutUint16(id[8:], uint16(rnd.Uint32()))
		return id
	}
	type place struct {
		stream string
		born   journal.Pos
	}
	filed := make(map[[10]byte]place)
	var order [][10]byte
	writers := make([]*writer, 7)
	for i := range writers {
		writers[i] = newWriter(l, fmt.Sprint("s", i))
	}
	for seal := range 300 {
		w := writers[seal%len(writers)]
		w.append(t, fmt.Sprint(seal), 1)
		n := 40
		if seal%10 == 0 {
			n = 3000
		}
		var ids [][10]byte
		for range n {
			id := newID()
			ids, order = append(ids, id), append(order, id)
			filed[id] = place{w.stream, w.pos}
		}
		if err := l.Seal(ctx, w.stream, w.pos, ids); err != nil {
			t.Fatal(err)
		}
		if seal == 150 { // cut off and done again
			w.append(t, "", 1)
			if err := l.Seal(ctx, w.stream, w.pos, ids); err != nil {
				t.Fatal(err)
			}
			for _, id := range ids {
				if _, after, ok, err := l.FindID(ctx, id); err != nil || !ok || after >= filed[id].born {
					t.Fatalf("id %x, filed twice: found %v after %d, %v; want %+v", id, ok, after, err, filed[id])
				}
			}
		}
	}
	for range 2 {
		for _, i := range append(rnd.Perm(len(order))[:5000], 0, len(order)-1) {
			id := order[i]
			stream, after, ok, err := l.FindID(ctx, id)
			if want := filed[id]; err != nil || !ok || stream != want.stream || after >= want.born {
				t.Fatalf("id %x: found %v in %s after %d, %v; want %+v", id, ok, stream, after, err, want)
			}
		}
		for range 2000 {
			id := newID()
			if stream, _, ok, err := l.FindID(ctx, id); ok || err != nil {
				t.Fatalf("an id that was never filed was found in %s, %v", stream, err)
			}
		}
		l = s.reopen(t, l, dir)
	}
	verify(t, l)
}

func (s suite) verified(t *testing.T) {
	l := s.open(t, t.TempDir())
	a, b := newWriter(l, "a"), newWriter(l, "b")
	fill(t, a, 2, 30)
	fill(t, b, 1, 10)
	if err := l.Seal(context.Background(), "a", a.wrote[40].Pos, nil); err != nil {
		t.Fatal(err)
	}
	var told []uint64
	rep, err := l.Verify(context.Background(), func(n uint64) { told = append(told, n) })
	if err != nil {
		t.Fatal(err)
	}
	want := a.next + b.next - 2
	if rep.Streams != 2 || rep.Entries != 70 || rep.Records != want || rep.Sealed != 2 || rep.Bytes <= 0 {
		t.Fatalf("report %+v, want 2 streams, 70 entries, %d records, 2 blocks", rep, want)
	}
	if len(told) == 0 || !slices.IsSorted(told) || told[len(told)-1] != want {
		t.Fatalf("progress was told as %v", told)
	}
	if err := l.Writable(context.Background()); err != nil {
		t.Fatal(err)
	}
}
