package journaltest

import (
	"context"
	"errors"
	"os"
	"testing"

	"moiso/internal/journal"
)

// fault opens a log and looks for damage in every way there is.
func (s suite) fault(dir string) error {
	l, err := s.Open(dir)
	if err != nil {
		return err
	}
	defer l.Close()
	names, err := l.Streams(context.Background())
	if err != nil {
		return err
	}
	_, verified := l.Verify(context.Background(), nil)
	for _, name := range names {
		if _, err := collect(l, name, 0); err != nil && verified == nil {
			return errors.New("reading finds damage that Verify does not: " + err.Error())
		}
	}
	return verified
}

// damageAll flips a bit in every byte of the stored form of an entry, one at a time.
func (s suite) damageAll(t *testing.T, sealed bool) {
	dir := t.TempDir()
	l := s.open(t, dir)
	a, b := newWriter(l, "a"), newWriter(l, "b")
	for range 6 {
		a.append(t, "2025-07-14", 2, journal.Key{Key: "k", Hash: []byte("hash"), Answer: []byte("answer"), At: 5})
		b.append(t, "2025-07-14", 1)
	}
	first, last := a.wrote[3].Pos, a.wrote[3].Pos
	if sealed {
		if err := l.Seal(context.Background(), "a", a.wrote[4].Pos, nil); err != nil {
			t.Fatal(err)
		}
		first, last = a.wrote[0].Pos, a.wrote[4].Pos
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.fault(dir); err != nil {
		t.Fatalf("before any damage: %v", err)
	}
	n := 0
	for ; ; n++ {
		hurt := t.TempDir()
		if err := os.CopyFS(hurt, os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
		more, err := s.Damage(hurt, "a", a.wrote[3].Pos, n)
		if err != nil {
			t.Fatal(err)
		}
		if !more {
			break
		}
		var c *journal.CorruptError
		if err := s.fault(hurt); !errors.As(err, &c) {
			t.Fatalf("byte %d was changed: got %v, want a *journal.CorruptError", n, err)
		}
		if c.Stream != "a" || c.Pos < first || c.Pos > last {
			t.Fatalf("byte %d of stream a, positions %d to %d, was changed, and the error says: %v", n, first, last, c)
		}
		os.RemoveAll(hurt)
	}
	if n < 100 {
		t.Fatalf("only %d bytes were changed", n)
	}
}

func (s suite) damagedTail(t *testing.T)  { s.damageAll(t, false) }
func (s suite) damagedBlock(t *testing.T) { s.damageAll(t, true) }
