package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"moiso/internal/testbed"
	"moiso/internal/view"
)

// programs are built when a test first asks for them.
var programs testbed.Programs

func TestMain(m *testing.M) {
	code := m.Run()
	if err := programs.Remove(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// child is a kiosk in a process of its own, which can be killed.
type child struct {
	machineUnderTest
	cmd  *exec.Cmd
	done chan error
}

func (w *world) child(token, dir string, flags ...string) *child {
	w.t.Helper()
	return w.process(append([]string{"-server", w.line.url(), "-center", string(here), "-data", dir, "-listen", "127.0.0.1:0"}, flags...), token)
}

// process starts the program with a command line.
func (w *world) process(args []string, token string) *child {
	w.t.Helper()
	bin, err := programs.Build("kiosk")
	must(w.t, err)
	c := &child{machineUnderTest: machineUnderTest{t: w.t, logs: &testbed.Text{}}, done: make(chan error, 1)}
	c.cmd = exec.Command(bin, args...)
	c.cmd.Env = append(os.Environ(), "MOISO_TOKEN="+token)
	c.cmd.Stderr = c.logs
	out, err := c.cmd.StdoutPipe()
	must(w.t, err)
	must(w.t, c.cmd.Start())
	found := make(chan string, 1)
	go func() {
		sc := bufio.NewScanner(out)
		for sc.Scan() {
			if url := shows.FindString(sc.Text()); url != "" {
				found <- url
			}
		}
		close(found)
		c.done <- c.cmd.Wait()
	}()
	w.t.Cleanup(c.kill)
	select {
	case url, ok := <-found:
		if !ok {
			w.t.Fatalf("the kiosk ended at once: %s", c.logs)
		}
		c.url = url
	case <-time.After(30 * time.Second):
		w.t.Fatal("the kiosk did not say where its page is")
	}
	return c
}

// kill is the power cut: no signal handler, no flush.
func (c *child) kill() {
	_ = c.cmd.Process.Kill() // it may be dead
	err := <-c.done
	c.done <- err
}

// touch asks for a number as the page does; ok says that an answer came.
func (c *child) touch(n int) (view.Ticket, bool) {
	var k view.Ticket
	body, err := json.Marshal(map[string]any{"id": id(n), "service": []string{"chung-thuc", "ho-tich"}[n%2]})
	if err != nil {
		return k, false
	}
	res, err := http.Post(c.url+"/api/v1/centers/thuan-hoa/tickets", "application/json", bytes.NewReader(body))
	if err != nil {
		return k, false
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK && res.StatusCode != http.StatusCreated {
		return k, false
	}
	return k, json.NewDecoder(res.Body).Decode(&k) == nil
}

// A power cut at any moment: whoever has a number keeps it, and whoever touched again
// has one number.
func TestAKioskIsKilledAtAnyMoment(t *testing.T) {
	w := newWorld(t)
	dir, token := t.TempDir(), w.token()
	first := w.child(token, dir)
	first.ready()
	first.kill()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	var printed []view.Ticket
	n, kills := 1, 0
	for range 14 {
		switch r.IntN(4) {
		case 0:
			w.line.set(line{})
		case 1:
			w.line.set(line{lose: true})
		default:
			w.line.set(line{cut: true})
		}
		c := w.child(token, dir)
		end := time.AfterFunc(time.Duration(20+r.IntN(500))*time.Millisecond, func() { _ = c.cmd.Process.Kill() })
		for {
			k, ok := c.touch(n)
			if !ok {
				break // the same touch again after the restart
			}
			printed = append(printed, k)
			n++
			pause(t.Context(), 2*time.Millisecond) // stamps are whole milliseconds
		}
		end.Stop()
		c.kill()
		kills++
	}
	w.line.set(line{})
	c := w.child(token, dir)
	if k, ok := c.touch(n); ok {
		printed = append(printed, k)
	}
	t.Logf("%d numbers, %d of the lane, over %d kills", len(printed), offline(printed), kills)
	w.settled(printed)
}

// smallDisk gives a file system of its own of a few megabytes. Who may not mount runs
// the test again in a namespace where he may; then done is true.
func smallDisk(t *testing.T, megabytes int) (dir string, done bool) {
	t.Helper()
	dir = t.TempDir()
	err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%dm", megabytes))
	if err == nil {
		t.Cleanup(func() { must(t, syscall.Unmount(dir, syscall.MNT_DETACH)) })
		return dir, false
	}
	const inside = "MOISO_TEST_IN_NAMESPACE"
	if !errors.Is(err, syscall.EPERM) || os.Getenv(inside) != "" {
		t.Fatalf("no small disk can be mounted: %v", err)
	}
	cmd := exec.Command("unshare", "--user", "--map-root-user", "--mount", "--net", "sh", "-c", "ip link set lo up; exec \"$0\" \"$@\"", os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), inside+"=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("in a namespace of its own: %v\n%s", err, out)
	}
	return "", true
}

// With a full disk the kiosk gives out no number of its lane rather than one that may be
// lost, and it goes on by itself when there is space.
func TestAFullDiskGivesOutNoNumberThatCouldBeLost(t *testing.T) {
	disk, done := smallDisk(t, 2)
	if done {
		return
	}
	w := newWorld(t)
	m := w.kiosk(w.token(), filepath.Join(disk, "kiosk"))
	m.ready()
	printed := m.touches(1, 2)
	w.line.set(line{cut: true})
	printed = append(printed, m.touches(3, 3)...)
	n := 6
	for round := range 3 {
		ballast := filepath.Join(disk, "ballast")
		fill(t, ballast)
		body := func() []byte { return fmt.Appendf(nil, `{"id":%q,"service":"chung-thuc"}`, id(n)) }
		status, doc := 0, map[string]any{}
		for status != http.StatusServiceUnavailable {
			var err error
			status, doc, err = m.try("/api/v1/centers/thuan-hoa/tickets", body())
			must(t, err)
			if status == http.StatusCreated { // the file had room left
				printed = append(printed, m.take(id(n), "chung-thuc"))
				n++
			}
			if n > 5000 {
				t.Fatal("the full disk takes slips for ever")
			}
		}
		if doc["code"] != "storage_unavailable" {
			t.Errorf("round %d: with a full disk it answers %d %v", round, status, doc)
		}
		w.line.set(line{}) // the server's numbers need no disk here
		online := fmt.Sprintf("%015dZ", n)
		eventually(t, "the server gives a number", func() bool {
			status, _, err := m.try("/api/v1/centers/thuan-hoa/tickets", fmt.Appendf(nil, `{"id":%q,"service":"ho-tich"}`, online))
			return err == nil && status == http.StatusCreated || status == http.StatusOK
		})
		printed = append(printed, m.take(online, "ho-tich"))
		w.line.set(line{cut: true})
		must(t, os.Remove(ballast))
		printed = append(printed, m.take(id(n), "chung-thuc"))
		n++
	}
	if !strings.Contains(m.logs.String(), "could not be written to the kiosk's disk") {
		t.Errorf("the log says nothing of it: %s", m.logs)
	}
	w.line.set(line{})
	t.Logf("%d numbers, %d of the lane", len(printed), offline(printed))
	w.settled(printed)
}

// fill leaves no byte on the disk.
func fill(t *testing.T, file string) {
	t.Helper()
	f, err := os.OpenFile(file, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	must(t, err)
	for size := 1 << 18; size > 0; size /= 2 {
		for err = nil; err == nil; _, err = f.Write(make([]byte, size)) {
		}
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	must(t, f.Close())
}
