package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"moiso/internal/testbed"
)

// Tests that kill or limit a server need it as a process of its own.

// programs are built when a test first asks for them.
var programs testbed.Programs

// besides is how many parallel tests run at once beyond one for each processor: most of
// them wait for a page, a voice or a process, and one looks at the gallery all the while.
const besides = 1

func TestMain(m *testing.M) {
	flag.Parse()
	chosen := false
	flag.Visit(func(f *flag.Flag) { chosen = chosen || f.Name == "test.parallel" })
	if !chosen {
		if err := flag.Set("test.parallel", strconv.Itoa(runtime.GOMAXPROCS(0)+besides)); err != nil {
			panic(err)
		}
	}
	code := m.Run()
	closeBrowser()
	if err := programs.Remove(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// process is a running server of the tests.
type process struct {
	cmd  *exec.Cmd
	url  string
	logs *bytes.Buffer // read after wait
	done chan error
}

// startProcess starts the real binary and waits until it says where it listens.
func startProcess(t testing.TB, wrap []string, args ...string) *process {
	t.Helper()
	bin, err := programs.Build("server")
	if err != nil {
		t.Fatal(err)
	}
	line := append(append([]string{}, wrap...), append([]string{bin, "serve"}, args...)...)
	cmd := exec.Command(line[0], line[1:]...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{cmd: cmd, logs: &bytes.Buffer{}, done: make(chan error, 1)}
	cmd.Stderr = p.logs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	found := make(chan string, 1)
	go func() {
		sc := bufio.NewScanner(out)
		for sc.Scan() {
			if _, url, ok := strings.Cut(sc.Text(), "listens on "); ok {
				found <- url
			}
		}
		close(found)
		p.done <- cmd.Wait()
	}()
	t.Cleanup(p.kill)
	select {
	case url, ok := <-found:
		if !ok {
			t.Fatalf("the server ended at once: %v\n%s", <-p.done, p.logs)
		}
		p.url = url
	case <-time.After(30 * time.Second):
		t.Fatal("the server did not say where it listens within 30 s")
	}
	return p
}

// kill is the power cut: no signal handler, no flush.
func (p *process) kill() {
	if p.cmd.Process == nil {
		return
	}
	p.cmd.Process.Kill()
	select {
	case err := <-p.done:
		p.done <- err
	case <-time.After(10 * time.Second):
	}
}

// caller sends requests as one signed-in person.
type caller struct {
	base  string
	token string
	http  *http.Client
}

func newCaller(base string) *caller {
	return &caller{base: base, http: &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}}
}

func (c *caller) login(t testing.TB) {
	t.Helper()
	var out struct{ Token string }
	if status, err := c.post("/api/v1/login", map[string]string{"username": "demo", "password": "demo"}, "", &out); err != nil || status != 200 {
		t.Fatalf("login: %d %v", status, err)
	}
	c.token = out.Token
}

// errRefused carries the problem document of a refusal.
type errRefused struct {
	status int
	Code   string
	Detail string
}

func (e *errRefused) Error() string { return fmt.Sprintf("%d %s: %s", e.status, e.Code, e.Detail) }

func refusedAs(err error) string {
	var e *errRefused
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

func (c *caller) post(path string, body any, key string, out any) (int, error) {
	b, err := json.Marshal(body)
	if err != nil {
		return 0, err
	}
	return c.send("POST", path, bytes.NewReader(b), key, out)
}

func (c *caller) get(path string, out any) (int, error) { return c.send("GET", path, nil, "", out) }

func (c *caller) send(method, path string, body io.Reader, key string, out any) (int, error) {
	req, err := http.NewRequest(method, c.base+path, body)
	if err != nil {
		return 0, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, err
	}
	if res.StatusCode >= 400 {
		e := &errRefused{status: res.StatusCode}
		_ = json.Unmarshal(b, e)
		return res.StatusCode, e
	}
	if out != nil && len(b) > 0 {
		return res.StatusCode, json.Unmarshal(b, out)
	}
	return res.StatusCode, nil
}
