//go:build bench

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"moiso/internal/engine"
	"moiso/internal/journal/boltlog"
	"moiso/internal/sim"
)

// yearDays and yearVisits make six million visits of forty centres.
const (
	yearDays   = 250
	fullVisits = 600
)

// yearVisits are those of a centre and day.
var yearVisits = pick(86, fullVisits)

// yearFolder makes a data folder with so many days of the city behind it, as a power
// cut in the evening would have left it. It is kept under MOISO_BENCH_DIR and made
// anew when the records, or how they are kept, have changed their form: bump yearForm.
func yearFolder(t *testing.T, days int) (string, sim.Written) {
	t.Helper()
	keep := os.Getenv("MOISO_BENCH_DIR")
	if keep == "" {
		keep = t.TempDir()
	}
	if err := os.MkdirAll(keep, 0o700); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(keep, fmt.Sprintf("year-%d-%d-%d", yearForm, days, yearVisits))
	if w, err := readWritten(dir); err == nil {
		return dir, w
	}
	fresh, err := os.MkdirTemp(keep, "unfinished-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(fresh)
	w := writeYear(t, fresh, days)
	if err := saveWritten(fresh, w); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(fresh, dir); err != nil {
		t.Fatal(err)
	}
	return dir, w
}

const yearForm = 2

// writtenFile stands in a finished folder.
const writtenFile = "history.txt"

func saveWritten(dir string, w sim.Written) error {
	return os.WriteFile(filepath.Join(dir, writtenFile), fmt.Appendf(nil, "%d %d %d %d %s %s\n", w.Visits, w.Events, w.Entries, w.Expired, w.First, w.Last), 0o600)
}

func readWritten(dir string) (w sim.Written, err error) {
	b, err := os.ReadFile(filepath.Join(dir, writtenFile))
	if err == nil {
		_, err = fmt.Sscan(string(b), &w.Visits, &w.Events, &w.Entries, &w.Expired, &w.First, &w.Last)
	}
	return w, err
}

func writeYear(t *testing.T, dir string, days int) sim.Written {
	t.Helper()
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	city, err := readDemoCity()
	if err != nil {
		t.Fatal(err)
	}
	d, err := openData(dir, true, false, boltlog.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	var done atomic.Int64
	h := sim.History{Log: d.log, Days: days, Visits: yearVisits, Seed: 14072025, Behaviour: sim.DefaultBehaviour(),
		Last: time.Now().AddDate(0, 0, -1), Snapshot: engine.BulkSnapshot}
	for _, s := range city.Services {
		h.Services = append(h.Services, sim.Service{ID: string(s.ID), Share: s.Share, Service: time.Duration(s.ServiceS * float64(time.Second))})
	}
	h.Progress = func(n int) {
		if all, every := done.Add(int64(n)), int64(200_000); all%every == 0 {
			t.Logf("%d visits written", all)
		}
	}
	for _, c := range city.Centers {
		h.Centers = append(h.Centers, c.ID)
	}
	setUp(t, d, h.FirstDay(), func(ctx context.Context, e *engine.Engine) error { return seedDemo(ctx, e, true) })
	w, err := h.Write(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	return w
}

// benchStart: from starting the program on the data of a tenth of a year and of a year
// to its first answer that it is ready, after a power cut in the evening and after an
// orderly stop. The two take turns.
func benchStart(t *testing.T, tb *table) {
	h := startHelper(t, "moiso/internal/journal/boltlog", "BOLTLOG_BARE_SERVER", "1")
	defer h.stop()
	days := []int{pick(3, yearDays/10), pick(12, yearDays)}
	var written [2]sim.Written
	var size [2]int64
	var bare, cut, clean [2][]time.Duration
	dirs := [2]string{filepath.Join(t.TempDir(), "short"), filepath.Join(t.TempDir(), "long")}
	fresh := func(i int) {
		kept, w := yearFolder(t, days[i])
		written[i] = w
		if err := errors.Join(os.RemoveAll(dirs[i]), os.CopyFS(dirs[i], os.DirFS(kept))); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(filepath.Join(dirs[i], "journal.db"))
		if err != nil {
			t.Fatal(err)
		}
		size[i] = info.Size()
		syscall.Sync() // or the program's first commit would wait for the copy
	}
	fresh(0)
	startOnce(t, dirs[0]) // the program's own pages come from the disk now
	for range pick(1, 3) {
		for i := range dirs {
			fresh(i)
			bare[i] = append(bare[i], time.Duration(h.number("open "+filepath.Join(dirs[i], "journal.db"))))
			cut[i] = append(cut[i], startOnce(t, dirs[i]))
		}
	}
	for range pick(3, 9) {
		for i := range dirs {
			clean[i] = append(clean[i], startOnce(t, dirs[i]))
		}
	}
	for i := range dirs {
		what := fmt.Sprintf("%.2f million visits, %d days", float64(written[i].Visits)/1e6, days[i])
		base := ms(middle(bare[i])) + " (bbolt's open)"
		for _, m := range []struct {
			what  string
			times [2][]time.Duration
		}{{"a power cut in the evening", cut}, {"a stop", clean}} {
			took := middle(m.times[i])
			r := row{measure: "start after " + m.what + ", " + what, ours: ms(took), baseline: base, goal: "≤ 1 s", met: took <= time.Second}
			if i == 1 {
				r.ratio, r.goal = float64(took)/float64(middle(m.times[0])), "≤ 1 s and flat: ≤ 1.20 x the shorter"
				r.met = r.met && r.ratio <= 1.2
			}
			tb.add(r)
		}
	}
	// Besides the sealed days the file has the open one, and room for its pages.
	w := written[1]
	more := float64(size[1]-size[0]) / float64(w.Visits-written[0].Visits)
	whole := float64(size[1]) / float64(w.Visits)
	tb.add(row{measure: fmt.Sprintf("bytes on disk a visit, %.2f million visits, %d days", float64(w.Visits)/1e6, days[1]),
		ours:     fmt.Sprintf("%.0f more for each; %.0f of the whole file (%.0f MB)", more, whole, float64(size[1])/1e6),
		baseline: fmt.Sprintf("%.1f events a visit", float64(w.Events)/float64(w.Visits)), goal: "≤ 166", met: pick(more, whole) <= 166})
}

// startOnce starts the real server on a folder, and gives the time to its first answer
// that it is ready. Then it stops it.
func startOnce(t *testing.T, dir string) time.Duration {
	t.Helper()
	if _, err := programs.Build("server"); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	p := startProcess(t, nil, "-listen", "127.0.0.1:0", "-data", dir, "-public-url", benchURL, "-log-level", "error")
	status, err := newCaller(p.url).get("/readyz", nil)
	took := time.Since(start)
	if err != nil || status != 200 {
		t.Fatalf("not ready: %d %v", status, err)
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-p.done:
		p.done <- err
		if err != nil {
			t.Fatalf("the server did not stop in order: %v\n%s", err, p.logs)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("the server did not stop within 30 s")
	}
	return took
}
