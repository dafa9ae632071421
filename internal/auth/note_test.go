package auth

import (
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	bolt "go.etcd.io/bbolt"
)

func TestANoteIsForgottenAfterTwoDays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := openStore(filepath.Join(t.TempDir(), StoreFile), time.Now())
		if err != nil {
			t.Fatal(err)
		}
		defer s.close()
		a := &Auth{store: s}
		if err := a.SetNote("T1", "hẹn trả chiều"); err != nil {
			t.Fatal(err)
		}
		if got, err := a.Note("T1"); got != "hẹn trả chiều" || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
		time.Sleep(NoteLife)
		if got, err := a.Note("T1"); got != "" || err != nil {
			t.Errorf("after two days: %q, %v", got, err)
		}
		if err := s.sweep(time.Now()); err != nil {
			t.Fatal(err)
		}
		if err := s.db.View(func(tx *bolt.Tx) error {
			if n := tx.Bucket(bucketNotes).Stats().KeyN; n != 0 {
				t.Errorf("%d notes are left", n)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	})
}

func TestANoteIsReplacedAndErased(t *testing.T) {
	a := openOffice(t, nil).Auth
	for _, text := range []string{"một", "hai", ""} {
		if err := a.SetNote("T1", text); err != nil {
			t.Fatal(err)
		}
		if got, err := a.Note("T1"); got != text || err != nil {
			t.Errorf("got %q, %v; want %q", got, err, text)
		}
	}
	for _, text := range []string{strings.Repeat("x", MaxNote+1), "\xfe"} {
		if err := a.SetNote("T1", text); err == nil {
			t.Errorf("%q was kept", text)
		}
	}
}

func TestAStoreFromBeforeThereWereNotesTakesThem(t *testing.T) {
	path := filepath.Join(t.TempDir(), StoreFile)
	s, err := openStore(path, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.db.Update(func(tx *bolt.Tx) error { return tx.DeleteBucket(bucketNotes) }); err != nil {
		t.Fatal(err)
	}
	if err := s.close(); err != nil {
		t.Fatal(err)
	}
	if s, err = openStore(path, time.Now()); err != nil {
		t.Fatal(err)
	}
	defer s.close()
	if err := (&Auth{store: s}).SetNote("T1", "một"); err != nil {
		t.Error(err)
	}
}
