//go:build bench

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"moiso/internal/auth"
	"moiso/internal/directory"
	"moiso/internal/engine"
	"moiso/internal/journal/boltlog"
	"moiso/internal/queue"
)

// What the rows of the table have in common: servers in processes of their own, and
// a load generator that costs as little as it can, because it shares the machine
// with what it measures.

// benchFolder makes a data folder with a city in it and the account demo.
func benchFolder(t *testing.T, seed func(context.Context, *engine.Engine) error) string {
	t.Helper()
	dir := t.TempDir()
	d, err := openData(dir, true, false, boltlog.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	setUp(t, d, time.Now(), func(ctx context.Context, e *engine.Engine) error {
		a, err := auth.Open(auth.Options{Path: d.sideStore(), Directory: register{e}, PublicURL: benchURL, Demo: true})
		if err != nil {
			return err
		}
		return errors.Join(a.EnsureDemo(ctx), seed(ctx, e), a.Close())
	})
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

const benchURL = "https://moiso.example.vn"

// setUp runs an engine over a data folder whose clock stands still.
func setUp(t *testing.T, d *dataFolder, now time.Time, do func(context.Context, *engine.Engine) error) {
	t.Helper()
	e, err := engine.Open(t.Context(), engine.Options{Log: d.log, Epoch: d.info.Epoch, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(do(t.Context(), e), e.Close(context.WithoutCancel(t.Context()))); err != nil {
		t.Fatal(err)
	}
}

// hue seeds the forty centres of the demo, open round the clock.
func hue(ctx context.Context, e *engine.Engine) error { return seedDemo(ctx, e, false) }

// alike seeds so many centres of the same small set-up.
func alike(n int) func(context.Context, *engine.Engine) error {
	return func(ctx context.Context, e *engine.Engine) error {
		cmds := []queue.Command{queue.SetHours{Hours: queue.Hours{AllDay: true}}}
		for i := range 4 {
			cmds = append(cmds, queue.SetService{Service: queue.Service{ID: queue.ServiceID(fmt.Sprint("s", i)), Prefix: string(rune('A' + i)), Name: queue.Text{VI: fmt.Sprint("Lĩnh vực ", i)}}})
		}
		cmds = append(cmds, queue.SetCounter{Config: queue.CounterConfig{Number: 1, Services: []queue.ServiceID{"s0", "s1", "s2", "s3"}}})
		var wg sync.WaitGroup
		errs := make([]error, 64)
		for i := range n {
			name := queue.Text{VI: fmt.Sprint("Trung tâm ", i)}
			if err := e.DoCity(ctx, directory.AddCenter{ID: alikeID(i), Name: name, Short: name, Order: i}, engine.Call{}); err != nil {
				return err
			}
		}
		for g := range errs {
			wg.Go(func() {
				for i := g; i < n; i += len(errs) {
					first := queue.SetCenter{Config: queue.CenterConfig{ID: alikeID(i), Name: queue.Text{VI: fmt.Sprint("Trung tâm ", i)}, TimeZone: "Asia/Ho_Chi_Minh"}}
					for _, c := range append([]queue.Command{first}, cmds...) {
						if _, err := e.Do(ctx, alikeID(i), c, engine.Call{}); err != nil {
							errs[g] = err
							return
						}
					}
				}
			})
		}
		wg.Wait()
		return errors.Join(errs...)
	}
}

func alikeID(i int) queue.CenterID { return queue.CenterID(fmt.Sprintf("c-%d", i)) }

// target is a server that load is sent to.
type target struct {
	addr string
	head string // of every request, after the first line
	pid  int
	stop func()
}

// cpu is the processor time that a process has used, in Linux's ticks of 10 ms.
func cpu(t *testing.T, pid int) time.Duration {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(b), ") ")
	f := strings.Fields(rest) // from the third field on (proc(5)); 14 and 15 are user and system
	user, err1 := strconv.Atoi(f[11])
	system, err2 := strconv.Atoi(f[12])
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	return time.Duration(user+system) * 10 * time.Millisecond
}

// startServer runs the real server on a folder and signs in.
func startServer(t *testing.T, dir string) *target {
	t.Helper()
	p := startProcess(t, nil, "-listen", "127.0.0.1:0", "-data", dir, "-public-url", benchURL, "-log-level", "error")
	c := newCaller(p.url)
	c.login(t)
	u, err := url.Parse(p.url)
	if err != nil {
		t.Fatal(err)
	}
	return &target{addr: u.Host, head: fmt.Sprintf("Host: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\n", u.Host, c.token), pid: p.cmd.Process.Pid, stop: p.kill}
}

// helper is a test binary of another room that serves as a baseline in a process of
// its own. It is asked in lines and answers in lines.
type helper struct {
	t     *testing.T
	in    io.WriteCloser
	lines *bufio.Scanner
	addr  string
	pid   int
	stop  func()
}

// startHelper builds the tests of a room and runs them with a variable set that makes
// them serve.
func startHelper(t *testing.T, room, variable, value string) *helper {
	t.Helper()
	bin, err := testBinary(room)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(bin)
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), variable+"="+value)
	cmd.Stderr = os.Stderr
	in, err1 := cmd.StdinPipe()
	out, err2 := cmd.StdoutPipe()
	if err := errors.Join(err1, err2, cmd.Start()); err != nil {
		t.Fatal(err)
	}
	h := &helper{t: t, in: in, lines: bufio.NewScanner(out), pid: cmd.Process.Pid}
	h.stop = sync.OnceFunc(func() {
		in.Close()
		cmd.Process.Kill()
		cmd.Wait()
	})
	t.Cleanup(h.stop)
	h.addr = h.answer()
	return h
}

var testBinaries sync.Map // room → func() (string, error)

func testBinary(room string) (string, error) {
	build, _ := testBinaries.LoadOrStore(room, sync.OnceValues(func() (string, error) {
		server, err := programs.Build("server") // its folder is removed at the end
		if err != nil {
			return "", err
		}
		bin := filepath.Join(filepath.Dir(server), filepath.Base(room)+".test")
		out, err := exec.Command("go", "test", "-c", "-o", bin, room).CombinedOutput()
		if err != nil {
			return "", fmt.Errorf("go test -c %s: %w\n%s", room, err, out)
		}
		return bin, nil
	}))
	return build.(func() (string, error))()
}

func (h *helper) answer() string {
	if !h.lines.Scan() {
		h.t.Fatal("a baseline's process has ended")
	}
	return h.lines.Text()
}

func (h *helper) ask(line string) string {
	if _, err := io.WriteString(h.in, line+"\n"); err != nil {
		h.t.Fatal(err)
	}
	return h.answer()
}

func (h *helper) number(line string) int64 {
	text := h.ask(line)
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		h.t.Fatalf("%s: %s", line, text)
	}
	return n
}

// sampleIssue gives what the server answers to an issue, and the record it keeps.
func sampleIssue(t *testing.T, to *target, center, service string) (answer, record string) {
	t.Helper()
	w, err := dialWire(to)
	if err != nil {
		t.Fatal(err)
	}
	defer w.conn.Close()
	status, body, err := w.post("/api/v1/centers/"+center+"/tickets", `{"service":"`+service+`"}`)
	if err != nil || status != 201 {
		t.Fatalf("issue: %d %v %s", status, err, body)
	}
	var v struct{ ID, Number, Service, Source, Day string }
	if err := json.Unmarshal(body, &v); err != nil {
		t.Fatal(err)
	}
	rec, err := queue.EncodeRecord(queue.Record{At: time.Now(), Day: queue.Day(v.Day), Actor: "u_0123456789ABCDEF", Source: v.Source,
		Event: queue.Issued{Ticket: queue.TicketID(v.ID), Number: v.Number, Seq: 12, Place: 1234, Service: queue.ServiceID(v.Service), Source: v.Source}})
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(body)), string(rec)
}
