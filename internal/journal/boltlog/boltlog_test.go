package boltlog

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"

	"go.etcd.io/bbolt"

	"moiso/internal/journal"
)

func open(t testing.TB, dir string, o Options) *Log {
	t.Helper()
	l, err := Open(file(dir), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// add appends one entry at the head of a stream.
func add(t testing.TB, l *Log, stream, day string, records ...[]byte) journal.Pos {
	t.Helper()
	h, err := l.Last(t.Context(), stream)
	if err != nil {
		t.Fatal(err)
	}
	pos, err := l.Append(t.Context(), journal.Append{Stream: stream, Expect: h.Pos, Day: day, Records: records})
	if err != nil {
		t.Fatal(err)
	}
	return pos
}

func TestAppendsOfOneCommitCanFollowEachOther(t *testing.T) {
	l := open(t, t.TempDir(), small)
	queued := func(stream string, expect uint64) *request {
		r := &request{stream: l.lookup(stream), expect: expect, records: 1, value: make([]byte, headerSize)}
		r.value = appendHashed(r.value, "", [][]byte{[]byte(stream)})
		r.digest = digest(r.value[headerSize:])
		r.value = appendKeys(r.value, nil)
		return r
	}
	batch := []*request{queued("a", 0), queued("b", 0), queued("a", 1), queued("a", 1), queued("b", 2), queued("c", 9)}
	l.commit(batch)
	for i, want := range []error{nil, nil, nil, journal.ErrConflict, nil, journal.ErrConflict} {
		if !errors.Is(batch[i].err, want) {
			t.Errorf("append %d: %v, want %v", i, batch[i].err, want)
		}
	}
	if st := l.Stats(); st.Commits != 1 || st.Appends != 4 {
		t.Errorf("%+v, want 4 appends in 1 commit", st)
	}
	if _, err := l.Verify(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
}

func TestWaitingAppendsAreCoalesced(t *testing.T) {
	var mu sync.Mutex
	var seen []Commit
	first, held := make(chan struct{}), make(chan struct{})
	once := sync.OnceFunc(func() { close(first); <-held })
	l := open(t, t.TempDir(), Options{
		Fault: func(step string) error {
			if step == "commit" {
				once()
			}
			return nil
		},
		Observe: func(c Commit) {
			mu.Lock()
			defer mu.Unlock()
			seen = append(seen, c)
		},
	})
	const n = 50
	var wg sync.WaitGroup
	queue := func(i int) {
		wg.Go(func() {
			if _, err := l.Append(t.Context(), journal.Append{Stream: fmt.Sprint("s", i), Records: [][]byte{{1}, {2}}}); err != nil {
				t.Error(err)
			}
		})
	}
	queue(0)
	<-first
	for i := range n {
		queue(1 + i)
	}
	for waiting := 0; waiting < n; { // until all have queued behind the first commit
		l.queueMu.Lock()
		waiting = len(l.queue)
		l.queueMu.Unlock()
		runtime.Gosched()
	}
	close(held)
	wg.Wait()
	if len(seen) != 2 || seen[0].Appends != 1 || seen[1].Appends != n || seen[1].Records != 2*n || seen[1].Bytes == 0 || seen[1].Took <= 0 {
		t.Fatalf("commits %+v, want one of 1 and one of %d", seen, n)
	}
}

func TestWhyAFileIsNotOpened(t *testing.T) {
	newer := t.TempDir()
	l := open(t, newer, Options{})
	add(t, l, "a", "", []byte("x"))
	if err := l.write(0, func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketMeta).Put(keyFormat, binary.BigEndian.AppendUint32(nil, format+1))
	}); err != nil {
		t.Fatal(err)
	}
	l.Close()

	text := t.TempDir()
	if err := os.WriteFile(file(text), bytes.Repeat([]byte("not a journal\n"), 2000), 0o600); err != nil {
		t.Fatal(err)
	}
	other := t.TempDir()
	db, err := bbolt.Open(file(other), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	db.Close()
	cut := t.TempDir()
	l = open(t, cut, Options{})
	for range 200 {
		add(t, l, "a", "", make([]byte, 1000))
	}
	l.Close()
	if err := os.Truncate(file(cut), 40<<10); err != nil {
		t.Fatal(err)
	}

	corrupt := new(*journal.CorruptError)
	for name, c := range map[string]struct {
		path string
		is   func(error) bool
		says string
	}{
		"newer":        {file(newer), func(err error) bool { return errors.Is(err, journal.ErrNewer) }, "format 2"},
		"text":         {file(text), func(err error) bool { return errors.As(err, corrupt) }, "does not begin"},
		"another":      {file(other), func(err error) bool { return err != nil }, "not a journal"},
		"cut off":      {file(cut), func(err error) bool { return errors.As(err, corrupt) }, ""},
		"no folder":    {filepath.Join(t.TempDir(), "none", "journal.db"), func(err error) bool { return errors.Is(err, os.ErrNotExist) }, "not writable"},
		"not writable": {"/proc/journal.db", func(err error) bool { return err != nil }, "not writable"},
		"a folder":     {t.TempDir(), func(err error) bool { return err != nil }, "is a directory"},
	} {
		before, _ := os.ReadFile(c.path)
		l, err := Open(c.path, Options{})
		if err == nil {
			l.Close()
		}
		if !c.is(err) || !strings.Contains(fmt.Sprint(err), c.says) {
			t.Errorf("%s: got %v", name, err)
		}
		if after, _ := os.ReadFile(c.path); !bytes.Equal(before, after) {
			t.Errorf("%s: the file was changed", name)
		}
	}
}

// A bit is flipped anywhere in the file: it is found, or it was in no use. Finding it
// takes an error, not a crash. Left out are bbolt's branch pages, where a bit can make
// it walk in circles, and the page of its small buckets, which it copies and then points
// outside of: there the damage ends the process, which is loud, but no test.
func TestAFlippedBitAnywhereIsFoundOrHarmless(t *testing.T) {
	for _, cut := range []bool{false, true} {
		t.Run(map[bool]string{false: "after a stop", true: "after a power cut"}[cut], func(t *testing.T) {
			t.Parallel()
			flipBits(t, cut)
		})
	}
}

// flipBits does so in a file that was closed, or that was left as it was.
func flipBits(t *testing.T, cut bool) {
	dir := t.TempDir()
	l := open(t, dir, small)
	want := make(map[string][]string)
	rnd := rand.New(rand.NewPCG(7, 8))
	for i := range 300 {
		stream := fmt.Sprint("s", i%4)
		rec := fmt.Appendf(nil, `{"n":%d,"id":"%016x"}`, i, rnd.Uint64())
		pos := add(t, l, stream, fmt.Sprint("day ", i/80), rec)
		want[stream] = append(want[stream], string(rec))
		if i%100 == 99 {
			if err := l.Seal(t.Context(), stream, pos, [][10]byte{{byte(i)}}); err != nil {
				t.Fatal(err)
			}
			if err := l.SaveSnapshot(t.Context(), stream, journal.Snapshot{Pos: pos, Bytes: rec}); err != nil {
				t.Fatal(err)
			}
		}
	}
	var used, root int64
	l.view(func(tx *bbolt.Tx) error {
		used, root = tx.Size(), int64(tx.Cursor().Bucket().Root())
		return nil
	})
	if !cut {
		l.Close()
	}
	whole, err := os.ReadFile(file(dir))
	if err != nil {
		t.Fatal(err)
	}
	size := int64(os.Getpagesize())
	skip := func(at int64) bool {
		page := whole[at/size*size:]
		branch := binary.LittleEndian.Uint16(page[8:]) == 1
		return at/size == root || branch && binary.LittleEndian.Uint64(page) == uint64(at/size)
	}
	hurt := filepath.Join(t.TempDir(), "journal.db")
	if err := os.WriteFile(hurt, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	found := 0
	const flips = 400
	for range flips {
		at, bit := rnd.Int64N(used), byte(rnd.IntN(8))
		for skip(at) {
			at = rnd.Int64N(used)
		}
		if err := flip(hurt, at, bit); err != nil {
			t.Fatal(err)
		}
		if err := readWhole(hurt, want); err != nil {
			found++
			if c := (*journal.CorruptError)(nil); !errors.As(err, &c) {
				t.Fatalf("bit %d of byte %d: %v", bit, at, err)
			}
		}
		// Opening a file may write to it, so it is put back whole.
		if err := os.WriteFile(hurt, whole, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if found < 70 {
		t.Fatalf("only %d flips were found", found)
	}
	t.Logf("%d of %d found, the others harmless", found, flips)
}

// readWhole gives the fault that Open and Verify find. When they find none, everything
// must be as it was.
func readWhole(path string, want map[string][]string) error {
	l, err := Open(path, small)
	if err != nil {
		return err
	}
	defer l.Close()
	if _, err := l.Verify(context.Background(), nil); err != nil {
		return err
	}
	for stream, records := range want {
		i := 0
		for e, err := range l.Read(context.Background(), stream, 0) {
			if err != nil {
				return fmt.Errorf("Verify found nothing, but reading %s: %v", stream, err)
			}
			for _, r := range e.Records {
				if i >= len(records) || string(r) != records[i] {
					return fmt.Errorf("record %d of %s is %q", i, stream, r)
				}
				i++
			}
		}
		if i != len(records) {
			return fmt.Errorf("stream %s has %d records of %d", stream, i, len(records))
		}
	}
	return nil
}

func TestTheFileDoesNotGrowWithSealedDays(t *testing.T) {
	l := open(t, t.TempDir(), Options{NoSync: true})
	var size []int64
	for day := range 12 {
		name := fmt.Sprint("day ", day)
		for i := range 600 {
			add(t, l, fmt.Sprint("s", i%3), name, bytes.Repeat([]byte("x"), 700))
		}
		for s := range 3 {
			stream := fmt.Sprint("s", s)
			h, err := l.Last(t.Context(), stream)
			if err != nil {
				t.Fatal(err)
			}
			if err := l.Seal(t.Context(), stream, h.Pos, nil); err != nil {
				t.Fatal(err)
			}
		}
		if st := l.Stats(); st.OpenEntries != 0 || st.DeadEntries >= sweepLeast {
			t.Fatalf("day %d: %d open and %d dead entries", day, st.OpenEntries, st.DeadEntries)
		}
		size = append(size, l.Stats().FileBytes)
	}
	if size[11] > size[3]+(256<<10) {
		t.Fatalf("the file grows: %v", size)
	}
	if _, err := l.Verify(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
}

func TestLongListsOfIDsAreCut(t *testing.T) {
	l := open(t, t.TempDir(), Options{NoSync: true})
	born := add(t, l, "a", "", []byte("x"))
	rnd := rand.New(rand.NewPCG(9, 10))
	var some [][10]byte
	for seal := range 270 {
		ids := make([][10]byte, 700)
		if seal%2 == 0 { // ids that share their beginning
			ids = ids[:600]
		}
		for i := range ids {
			binary.BigEndian.PutUint64(ids[i][2:], rnd.Uint64())
			if seal%2 == 1 {
				binary.BigEndian.PutUint16(ids[i][:], uint16(rnd.Uint32()))
			}
		}
		some = append(some, ids[0], ids[len(ids)-1])
		if err := l.Seal(t.Context(), "a", born, ids); err != nil {
			t.Fatal(err)
		}
	}
	deepest, runs, longest := 0, 0, 0
	l.view(func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketRuns).ForEach(func(k, v []byte) error {
			deepest, runs, longest = max(deepest, int(k[0])), runs+1, max(longest, len(v)/idSize)
			return nil
		})
	})
	if deepest == 0 || runs > 120 || longest > 2*runMost {
		t.Fatalf("%d runs, the longest of %d ids, the longest prefix %d", runs, longest, deepest)
	}
	for _, id := range some {
		if stream, _, ok, err := l.FindID(t.Context(), id); err != nil || !ok || stream != "a" {
			t.Fatalf("id %x: %v %q %v", id, ok, stream, err)
		}
	}
	if _, err := l.Verify(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
}

// Here it is the kernel that refuses to let the file grow.
func TestARealLimitOfTheFileSize(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir, Options{})
	add(t, l, "a", "", []byte("first"))
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		t.Fatal(err)
	}
	limit := before
	limit.Cur = uint64(l.Stats().FileBytes) + 1000
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	back := sync.OnceFunc(func() { syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before) })
	t.Cleanup(back)
	h, _ := l.Last(t.Context(), "a")
	big := journal.Append{Stream: "a", Expect: h.Pos, Records: [][]byte{bytes.Repeat([]byte("big"), 200_000)}}
	for range 3 {
		if _, err := l.Append(t.Context(), big); !errors.Is(err, journal.ErrNoSpace) {
			t.Fatalf("append beyond the limit: %v", err)
		}
	}
	back()
	if _, err := l.Append(t.Context(), big); err != nil {
		t.Fatalf("after the limit is gone: %v", err)
	}
	l.Close()
	if rep, err := open(t, dir, Options{}).Verify(t.Context(), nil); err != nil || rep.Entries != 2 {
		t.Fatalf("%+v, %v", rep, err)
	}
}

func TestABackupIsAJournalOfItsMoment(t *testing.T) {
	l := open(t, t.TempDir(), Options{})
	for i := range 100 {
		add(t, l, "a", "", fmt.Append(nil, i))
	}
	if err := l.Seal(t.Context(), "a", 50, nil); err != nil {
		t.Fatal(err)
	}
	copied := t.TempDir()
	f, err := os.Create(file(copied))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	size, err := l.Backup(t.Context(), writerFunc(func(b []byte) (int, error) {
		if n++; n <= 5 {
			add(t, l, "a", "", []byte("later"))
		}
		return f.Write(b)
	}))
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	if info, _ := os.Stat(file(copied)); info.Size() != size {
		t.Fatalf("%d bytes were said, %d are there", size, info.Size())
	}
	if rep, err := open(t, copied, Options{}).Verify(t.Context(), nil); err != nil || rep.Entries != 100 {
		t.Fatalf("%+v, %v", rep, err)
	}
	if n < 2 {
		t.Fatal("nothing was appended beside the backup")
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

func TestFaultsForOthersTests(t *testing.T) {
	var at string
	var fault error
	o := Options{Fault: func(step string) error {
		if step == at {
			return fault
		}
		return nil
	}}
	for _, c := range []struct {
		step  string
		fault error
		want  error
		there uint64
	}{
		{"commit", syscall.ENOSPC, journal.ErrNoSpace, 1},
		{"commit", syscall.EIO, journal.ErrAmbiguous, 1},
		{"committed", syscall.EIO, journal.ErrAmbiguous, 2},
	} {
		dir := t.TempDir()
		at = ""
		l := open(t, dir, o)
		pos := add(t, l, "a", "", []byte("1"))
		at, fault = c.step, c.fault
		_, err := l.Append(t.Context(), journal.Append{Stream: "a", Expect: pos, Records: [][]byte{{2}}})
		if !errors.Is(err, c.want) {
			t.Errorf("%s, %v: got %v", c.step, c.fault, err)
		}
		at = ""
		l.Close()
		if rep, err := open(t, dir, o).Verify(t.Context(), nil); err != nil || rep.Entries != c.there {
			t.Errorf("%s, %v: %+v, %v; want %d entries", c.step, c.fault, rep, err, c.there)
		}
	}
}

func TestTwoProcessesMayMakeTheFileAtOnce(t *testing.T) {
	dir := t.TempDir()
	var wg sync.WaitGroup
	opened := make(chan *Log, 8)
	for range 8 {
		wg.Go(func() {
			l, err := Open(file(dir), Options{})
			if err == nil {
				opened <- l
			} else if !errors.Is(err, journal.ErrLocked) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if len(opened) != 1 {
		t.Fatalf("%d have the file open", len(opened))
	}
	l := <-opened
	add(t, l, "a", "", []byte("x"))
	l.Close()
	rest, err := filepath.Glob(filepath.Join(dir, "*"))
	hidden, _ := filepath.Glob(filepath.Join(dir, ".*"))
	if err != nil || len(rest)+len(hidden) != 1 {
		t.Fatalf("the folder holds %q %q", rest, hidden)
	}
}
