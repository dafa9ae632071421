package boltlog

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"moiso/internal/journal"
)

// image fills a log with some days, and gives its file as a power cut would leave it,
// then as a stop does.
func image(t *testing.T) (cut, stopped []byte) {
	t.Helper()
	dir := t.TempDir()
	fast := small
	fast.NoSync = true
	l := open(t, dir, fast)
	for day := range 3 {
		var pos journal.Pos
		for range 400 {
			pos = add(t, l, "a", fmt.Sprint("day ", day), make([]byte, 500))
		}
		if err := l.Seal(t.Context(), "a", pos, [][10]byte{{byte(day)}}); err != nil {
			t.Fatal(err)
		}
	}
	for range 400 {
		add(t, l, "a", "day 3", make([]byte, 500))
	}
	cut, err := os.ReadFile(file(dir))
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if stopped, err = os.ReadFile(file(dir)); err != nil {
		t.Fatal(err)
	}
	return cut, stopped
}

func fileOf(t *testing.T, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "journal.db")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTheListOfFreePagesIsKeptByAStopAndFoundAfterAPowerCut(t *testing.T) {
	cut, stopped := image(t)
	free := func(b []byte) int {
		t.Helper()
		l, err := Open(fileOf(t, b), small)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		if _, err := l.Verify(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		return l.db.Stats().FreePageN + l.db.Stats().PendingPageN
	}
	listed := func(b []byte) bool {
		f, err := os.Open(fileOf(t, b))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		tr, ok := newest(f)
		if !ok {
			t.Fatal("no page describes the file")
		}
		return tr.listed
	}
	if listed(cut) || !listed(stopped) {
		t.Errorf("a list is kept: %v after a power cut, %v after a stop", listed(cut), listed(stopped))
	}
	a, b := free(cut), free(stopped)
	if a < 20 || b < 20 || a-b > 8 || b-a > 8 {
		t.Errorf("%d pages are free after a power cut, %d after a stop", a, b)
	}
}

func TestOpeningAndClosingWritesNothing(t *testing.T) {
	_, stopped := image(t)
	path := fileOf(t, stopped)
	l, err := Open(path, small)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if after, err := os.ReadFile(path); err != nil || string(after) != string(stopped) {
		t.Error("the file was changed", err)
	}
}

// Without a list the whole tree is walked: every way to lead the walk astray is an error.
func TestAPageThatMakesNoSenseAfterAPowerCutIsNamed(t *testing.T) {
	cut, _ := image(t)
	size := os.Getpagesize()
	page := func(b []byte, id uint64) []byte { return b[int(id)*size : (int(id)+1)*size] }
	var branch, leaf uint64
	db, err := bbolt.Open(fileOf(t, cut), 0o600, &bbolt.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.View(func(tx *bbolt.Tx) error { branch = uint64(tx.Bucket(bucketTail).Root()); return nil })
	if page(cut, branch)[8] != branchPage {
		t.Fatal("the tail has no branch")
	}
	leaf = binary.LittleEndian.Uint64(page(cut, branch)[pageHeader+8:])
	for name, c := range map[string]struct {
		hurt func(b []byte)
		says string
	}{
		"a circle":                 {func(b []byte) { binary.LittleEndian.PutUint64(page(b, branch)[pageHeader+8:], branch) }, "twice"},
		"the page of a neighbour":  {func(b []byte) { copy(page(b, branch)[pageHeader+8:], page(b, branch)[pageHeader+element+8:][:8]) }, "out of order"},
		"a page beyond the end":    {func(b []byte) { page(b, branch)[pageHeader+8+5] = 1 }, "not in the file"},
		"a page of another number": {func(b []byte) { page(b, leaf)[0]++ }, "not what it is taken for"},
		"a page of another kind":   {func(b []byte) { page(b, leaf)[8] = 16 }, "not what it is taken for"},
		"a page that never ends":   {func(b []byte) { page(b, leaf)[14] = 255 }, "not what it is taken for"},
		"a value that never ends":  {func(b []byte) { page(b, leaf)[pageHeader+15] = 255 }, "outside"},
		"keys in another order": {func(b []byte) {
			page(b, leaf)[int(binary.LittleEndian.Uint32(page(b, leaf)[pageHeader+element+4:]))+pageHeader+element] = 255
		}, "out of order"},
		"a value taken for a part": {func(b []byte) { page(b, leaf)[pageHeader] = 1 }, "wrong kind"},
		"a key of another page": {func(b []byte) {
			page(b, branch)[int(binary.LittleEndian.Uint32(page(b, branch)[pageHeader+element:]))+pageHeader+element+7]--
		}, "out of order"},
		"a key outside of its page": {func(b []byte) { page(b, branch)[pageHeader+3] = 255 }, "outside"},
	} {
		b := append([]byte(nil), cut...)
		c.hurt(b)
		l, err := Open(fileOf(t, b), small)
		if err == nil {
			l.Close()
		}
		if d := (*journal.CorruptError)(nil); !errors.As(err, &d) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
