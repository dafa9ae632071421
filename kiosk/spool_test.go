package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"
)

func newSpool(t testing.TB, dir string) *spool {
	t.Helper()
	s, warning, err := openSpool(dir, noon)
	must(t, err)
	if warning != "" {
		t.Fatalf("a good spool is warned of: %s", warning)
	}
	t.Cleanup(func() { _ = s.close() })
	return s
}

// give adds a slip of the field A, in the lane K.
func (s *spool) give(t testing.TB, n int, day string) slip {
	t.Helper()
	got, err := s.add(slip{ID: id(n), Service: "chung-thuc", Day: day, Center: string(here), Device: "d_1"}, "A", "K", "HTTPS://SO.HUE.VN/T/")
	must(t, err)
	return got
}

func TestTheNumbersOfALaneAreNeverGivenTwice(t *testing.T) {
	dir := t.TempDir()
	s := newSpool(t, dir)
	for i, step := range []struct{ day, want string }{
		{"2025-07-14", "AK001"}, {"2025-07-14", "AK002"},
		{"2025-07-15", "AK001"}, // a new day
		{"", "AK002"},           // after a reboot: who knows which day
		{"", "AK003"},
		{"2025-07-16", "AK004"}, // it may have been today
		{"2025-07-16", "AK005"},
		{"2025-07-15", "AK006"}, // a clock of the server that was set back
		{"2025-07-17", "AK001"},
	} {
		if got := s.give(t, i, step.day); got.Number != step.want {
			t.Errorf("step %d: %s on %q; want %s", i, got.Number, step.day, step.want)
		}
	}
	if got := s.give(t, 0, "2025-07-17"); got.Number != "AK001" || got.Day != "2025-07-14" {
		t.Errorf("an id that is there got %+v", got)
	}
	must(t, s.close())
	s = newSpool(t, dir)
	if got := s.give(t, 20, "2025-07-17"); got.Number != "AK002" || got.URL != "HTTPS://SO.HUE.VN/T/"+id(20)+"/AK002" {
		t.Errorf("after a restart it is %+v", got)
	}
	if all, elsewhere := s.count(), s.elsewhere("phu-xuan"); all != 10 || elsewhere != 10 || s.elsewhere(string(here)) != 0 {
		t.Errorf("%d slips, %d of another centre", all, elsewhere)
	}
}

func TestASlipThatChangedWhileItWasSentIsSentAgain(t *testing.T) {
	s := newSpool(t, t.TempDir())
	s.give(t, 1, "2025-07-14")
	s.give(t, 2, "2025-07-14")
	if batch, more, err := s.pending(string(here), 1); err != nil || len(batch) != 1 || !more {
		t.Errorf("of two slips %d came first, more %v (%v)", len(batch), more, err)
	}
	batch, more, err := s.pending(string(here), 10)
	must(t, err)
	if len(batch) != 2 || more {
		t.Fatalf("%d slips, more %v", len(batch), more)
	}
	_, ok, err := s.change(id(1), func(t *slip) { t.Cancelled = true })
	must(t, err)
	if !ok {
		t.Fatal("the slip could not be changed")
	}
	for i := range batch {
		batch[i].Result = "merged"
	}
	must(t, s.settle(batch))
	again, _, err := s.pending(string(here), 10)
	must(t, err)
	if len(again) != 1 || again[0].ID != id(1) || !again[0].Cancelled {
		t.Errorf("to be sent again is %+v", again)
	}
	if _, ok, _ := s.change(id(2), func(*slip) {}); ok {
		t.Error("a slip that the server has can be changed here")
	}
	if got, ok := s.find(id(2)); !ok || got.Result != "merged" {
		t.Errorf("a merged slip is remembered as %+v", got)
	}
}

func TestOnlyTheNewestOfTheMergedSlipsAreRemembered(t *testing.T) {
	s := newSpool(t, t.TempDir())
	s.db.NoSync = true
	const n = keepDone + 50
	var batch []entry
	for i := range n {
		s.give(t, i, "2025-07-14")
		batch = append(batch, entry{seq: uint64(i + 1), slip: slip{ID: id(i), Result: "merged"}})
	}
	must(t, s.settle(batch))
	if _, ok := s.find(id(0)); ok {
		t.Error("the oldest is still there")
	}
	if _, ok := s.find(id(n - 1)); !ok {
		t.Error("the newest is gone")
	}
}

// What cannot be used is kept aside, said in one sentence, and the kiosk goes on.
func TestASpoolThatCannotBeUsedIsKeptAside(t *testing.T) {
	good := t.TempDir()
	s := newSpool(t, good)
	for n := range 200 {
		s.give(t, n, "2025-07-14")
	}
	must(t, s.close())
	whole, err := os.ReadFile(filepath.Join(good, spoolFile))
	must(t, err)
	for _, tc := range []struct {
		name, says string
		file       func(t *testing.T) []byte
	}{
		{"text", "damaged", func(*testing.T) []byte { return bytes.Repeat([]byte("xin chào "), 9000) }},
		{"zeros", "damaged", func(*testing.T) []byte { return make([]byte, 64<<10) }},
		{"empty pages in the middle", "damaged", func(*testing.T) []byte {
			b := bytes.Clone(whole)
			clear(b[3*4096 : len(b)-4096])
			return b
		}},
		{"cut short", "damaged", func(*testing.T) []byte { return whole[:2*4096] }},
		{"a bit turned in every page", "damaged", func(*testing.T) []byte {
			b := bytes.Clone(whole)
			for i := 8; i < len(b); i += 4096 {
				b[i] ^= 0x80
			}
			return b
		}},
		{"the file of another program", "not the spool of a kiosk", func(t *testing.T) []byte {
			return altered(t, whole, func(tx *bbolt.Tx) error { return tx.DeleteBucket(metaBucket) })
		}},
		{"of a newer version", "newer version", func(t *testing.T) []byte {
			return altered(t, whole, func(tx *bbolt.Tx) error { return tx.Bucket(metaBucket).Put(schemaKey, []byte("2")) })
		}},
		{"a slip that is no slip", "damaged", func(t *testing.T) []byte {
			return altered(t, whole, func(tx *bbolt.Tx) error { return tx.Bucket(slipBucket).Put(seqKey(7), []byte("{")) })
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			must(t, os.WriteFile(filepath.Join(dir, spoolFile), tc.file(t), 0o600))
			s, warning, err := openSpool(dir, noon)
			if err != nil {
				t.Fatalf("the kiosk does not go on: %v", err)
			}
			defer s.close()
			if !strings.Contains(warning, tc.says) || strings.Contains(warning, "\n") || !strings.Contains(warning, "kept as spool.db.20250714-120000.kept") {
				t.Errorf("it says %q", warning)
			}
			if _, err := os.Stat(filepath.Join(dir, spoolFile+".20250714-120000.kept")); err != nil {
				t.Errorf("the old file is not kept: %v", err)
			}
			if got := s.give(t, 1, "2025-07-14"); got.Number != "AK201" {
				t.Errorf("the first number is %s: those of the old spool may be on paper", got.Number)
			}
			if got := s.give(t, 2, "2025-07-15"); got.Number != "AK001" {
				t.Errorf("the first number of the next day is %s", got.Number)
			}
		})
	}
}

func altered(t *testing.T, file []byte, change func(*bbolt.Tx) error) []byte {
	t.Helper()
	name := filepath.Join(t.TempDir(), "spool.db")
	must(t, os.WriteFile(name, file, 0o600))
	db, err := bbolt.Open(name, 0o600, nil)
	must(t, err)
	must(t, errors.Join(db.Update(change), db.Close()))
	b, err := os.ReadFile(name)
	must(t, err)
	return b
}

func TestTwoProgramsDoNotShareASpool(t *testing.T) {
	dir := t.TempDir()
	newSpool(t, dir)
	if _, _, err := openSpool(dir, noon); err == nil || !strings.Contains(err.Error(), "another kiosk program") {
		t.Errorf("the second got %v", err)
	}
}

func BenchmarkGivingANumber(b *testing.B) {
	s := newSpool(b, b.TempDir())
	n := 0
	var worst time.Duration
	for b.Loop() {
		begun := time.Now()
		if _, err := s.add(slip{ID: id(n), Service: "chung-thuc", Day: "2025-07-14", Center: string(here), Device: "d_1"}, "A", "K", ""); err != nil {
			b.Fatal(err)
		}
		worst = max(worst, time.Since(begun))
		n++
	}
	b.ReportMetric(float64(worst.Microseconds()), "worst-µs")
}
