package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"go.etcd.io/bbolt"

	"moiso/internal/media"
	"moiso/internal/testbed"
	"moiso/internal/view"
)

// smallDisk gives a file system of its own of a few megabytes. Who may not mount runs
// the test again in a namespace where he may; then done is true.
func smallDisk(t *testing.T, megabytes int) (dir string, done bool) {
	t.Helper()
	dir = t.TempDir()
	err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%dm", megabytes))
	if err == nil {
		t.Cleanup(func() {
			if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
				t.Error(err)
			}
		})
		return dir, false
	}
	const inside = "MOISO_TEST_IN_NAMESPACE"
	if !errors.Is(err, syscall.EPERM) || os.Getenv(inside) != "" {
		t.Fatalf("no small disk can be mounted: %v", err)
	}
	cmd := exec.Command("unshare", "--user", "--map-root-user", "--mount", os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), inside+"=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("in a namespace of its own: %v\n%s", err, out)
	}
	t.Logf("in a namespace of its own:\n%s", out)
	return "", true
}

// TestAFullDiskRefusesCommandsKeepsTheBoardsUpAndHealsByItself fills the disk of a real
// server, and gives it space again.
func TestAFullDiskRefusesCommandsKeepsTheBoardsUpAndHealsByItself(t *testing.T) {
	t.Parallel()
	dir, done := smallDisk(t, 48)
	if done {
		return
	}
	args := []string{"-demo", "-listen", "127.0.0.1:0", "-data", dir + "/data", "-log-level", "error"}
	p := startProcess(t, nil, args...)
	c := newCaller(p.url)
	c.login(t)
	issued := map[string]string{}
	n := 0
	issue := func() error {
		n++
		var k view.Ticket
		_, err := c.post("/api/v1/centers/thuan-hoa/tickets", map[string]string{"service": "chung-thuc"}, fmt.Sprint("key-", n), &k)
		if err == nil {
			issued[k.ID] = k.Number
		}
		return err
	}
	if _, err := c.post("/api/v1/centers/thuan-hoa/counters/1/open", map[string]string{}, "", nil); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if err := issue(); err != nil {
			t.Fatal(err)
		}
	}
	ballast := filepath.Join(dir, "ballast")
	fill := func() {
		f, err := os.OpenFile(ballast, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		for size := 1 << 20; size > 0; size /= 2 {
			for err = nil; err == nil; _, err = f.Write(make([]byte, size)) {
			}
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	board := func() (b view.Board) {
		if _, err := c.get("/api/v1/centers/thuan-hoa/board", &b); err != nil {
			t.Fatal(err)
		}
		return b
	}
	for round := range 3 {
		fill()
		var err error
		for err == nil { // until the room that the file had is used up
			if err = issue(); len(issued) > 100_000 {
				t.Fatal("the full disk takes records for ever")
			}
		}
		if refusedAs(err) != "storage_unavailable" {
			t.Fatalf("round %d: the full disk answers %v", round, err)
		}
		refusedKey := fmt.Sprint("key-", n)
		checkRefusal(t, c)
		testbed.Eventually(t, "the board says trouble", func() bool { return board().Trouble == "storage_unavailable" })
		for _, path := range []string{"/display/thuan-hoa", "/kiosk/thuan-hoa", "/healthz"} {
			if status, err := c.get(path, nil); status != 200 {
				t.Errorf("with a full disk %s answers %d, %v", path, status, err)
			}
		}
		if status, _ := c.get("/readyz", nil); status != 503 {
			t.Errorf("readyz answers %d", status)
		}
		waiting := board().Services[0].Waiting
		if waiting != len(issued) {
			t.Errorf("%d were acknowledged and %d wait on the board", len(issued), waiting)
		}
		if err := os.Remove(ballast); err != nil {
			t.Fatal(err)
		}
		testbed.Eventually(t, "the board says no trouble", func() bool { return board().Trouble == "" })
		var k view.Ticket
		if _, err := c.post("/api/v1/centers/thuan-hoa/tickets", map[string]string{"service": "chung-thuc"}, refusedKey, &k); err != nil {
			t.Fatalf("with space again: %v", err)
		}
		if want := fmt.Sprintf("%03d", len(issued)+1); !strings.HasSuffix(k.Number, want) {
			t.Errorf("after the refusal came number %s, want %s", k.Number, want)
		}
		issued[k.ID] = k.Number
	}
	fill()
	p.kill() // and a start on a full disk loses nothing either
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	p = startProcess(t, nil, args...)
	c.base = p.url
	for id, number := range issued {
		var k view.Ticket
		if _, err := c.get("/api/v1/tickets/"+id, &k); err != nil || k.Number != number {
			t.Fatalf("acknowledged ticket %s (%s): %+v, %v", id, number, k, err)
		}
	}
	t.Logf("%d tickets were acknowledged and are there", len(issued))
	p.kill()
	var out, errs bytes.Buffer
	if code := run(context.Background(), []string{"verify", "-data", dir + "/data"}, nil, &out, &errs, nil); code != 0 {
		t.Fatalf("verify: %s%s", &out, &errs)
	}
}

// checkRefusal looks at the whole answer of a command on a full disk.
func checkRefusal(t *testing.T, c *caller) {
	t.Helper()
	req, err := http.NewRequest("POST", c.base+"/api/v1/centers/thuan-hoa/tickets", strings.NewReader(`{"service":"chung-thuc"}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+c.token)
	res, err := c.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	var problem struct{ Code string }
	if err := json.Unmarshal(b, &problem); err != nil || res.StatusCode != 503 || problem.Code != "storage_unavailable" ||
		res.Header.Get("Retry-After") == "" || res.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("a command on a full disk is answered %d, Retry-After %q: %s", res.StatusCode, res.Header.Get("Retry-After"), b)
	}
}

// TestAFolderThatIsNotForThisServerIsRefusedInOneLineAndNotTouched starts the real
// program on folders that it must not use.
func TestAFolderThatIsNotForThisServerIsRefusedInOneLineAndNotTouched(t *testing.T) {
	bin, err := programs.Build("server")
	if err != nil {
		t.Fatal(err)
	}
	good := t.TempDir() + "/data"
	p := startProcess(t, nil, "-demo", "-listen", "127.0.0.1:0", "-data", good, "-log-level", "error")
	cases := []struct {
		name, says string
		make       func(t *testing.T) string
	}{
		{"locked by another server", "another server has the data in", func(*testing.T) string { return good }},
		{"not writable", "writ", readOnly},
		{"made by a newer version, by its mark", "newer", func(t *testing.T) string {
			dir := copyOf(t, good)
			if err := os.WriteFile(dir+"/moiso.json", []byte(`{"format":99,"epoch":"E","demo":true}`), 0o600); err != nil {
				t.Fatal(err)
			}
			return dir
		}},
		{"made by a newer version, by its journal", "newer", func(t *testing.T) string {
			dir := copyOf(t, good)
			db, err := bbolt.Open(dir+"/journal.db", 0o600, nil)
			if err != nil {
				t.Fatal(err)
			}
			err = db.Update(func(tx *bbolt.Tx) error { return tx.Bucket([]byte("meta")).Put([]byte("format"), []byte{0, 0, 0, 99}) })
			if err = errors.Join(err, db.Close()); err != nil {
				t.Fatal(err)
			}
			return dir
		}},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			if tc.name != "locked by another server" {
				p.kill() // the folder is copied while nobody writes
			}
			dir := tc.make(t)
			if dir == "" {
				return // it ran in a namespace of its own
			}
			before := folderSum(t, dir)
			cmd := exec.Command(bin, "serve", "-demo", "-listen", "127.0.0.1:0", "-data", dir)
			var out, errs bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &errs
			err := cmd.Run()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != 1 {
				t.Errorf("exit: %v, want 1", err)
			}
			if lines := strings.Count(errs.String(), "\n"); lines != 1 || !strings.Contains(errs.String(), tc.says) || out.Len() > 0 {
				t.Errorf("it said %q and %q; want one line with %q", &out, &errs, tc.says)
			}
			if after := folderSum(t, dir); after != before {
				t.Errorf("the folder was touched:\n%s\nbefore:\n%s", after, before)
			}
			t.Logf("%s", &errs)
		})
	}
}

// readOnly gives a folder in which not even root can write; "" when the test ran elsewhere.
func readOnly(t *testing.T) string {
	dir, done := smallDisk(t, 1)
	if done {
		return ""
	}
	if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	return dir
}

func copyOf(t *testing.T, dir string) string {
	t.Helper()
	out := t.TempDir() + "/data"
	if err := os.CopyFS(out, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return out
}

// folderSum sums a folder up: names, sizes, times of change and bytes.
func folderSum(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		var raw []byte
		if !e.IsDir() {
			if raw, err = os.ReadFile(path); err != nil {
				return err
			}
		}
		fmt.Fprintf(&b, "%s %d %s %x\n", path, info.Size(), info.ModTime(), sha256.Sum256(raw))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestAFullDiskTakesNoFileForTheScreensAndLosesNone fills a disk of its own with a film.
func TestAFullDiskTakesNoFileForTheScreensAndLosesNone(t *testing.T) {
	dir, done := smallDisk(t, 2)
	if done {
		return
	}
	s, err := media.Open(filepath.Join(dir, "media"))
	if err != nil {
		t.Fatal(err)
	}
	film := append([]byte("\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2"), make([]byte, 3<<20)...)
	kept, err := s.Put("an-cuu", bytes.NewReader(film[:100_000]), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Put("an-cuu", bytes.NewReader(film), 1<<30); !errors.Is(err, media.ErrDiskFull) {
		t.Errorf("%v", err)
	}
	if err := s.Verify("an-cuu", kept.Hash); err != nil {
		t.Errorf("the file that was there: %v", err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "media", "an-cuu", "*")); err != nil || len(left) != 1 {
		t.Errorf("left are %v", left)
	}
	if _, err := s.Put("an-cuu", bytes.NewReader(film[:200_000]), 1<<20); err != nil {
		t.Errorf("there is room again: %v", err)
	}
}
