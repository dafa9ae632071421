// Package testbed is what the tests of several rooms stand on: the programs, built once; a
// text that is written and read at the same time; and a condition that is waited for across
// the border of a process or a socket. Within a process tests need no waiting: synctest
// has its own clock. Nothing that ships imports this package.
package testbed

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// Text is a place to write that can be read at the same time: what a program says on
// its way.
type Text struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (x *Text) Write(p []byte) (int, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.b.Write(p)
}

func (x *Text) String() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.b.String()
}

// Count says how often it contains a word.
func (x *Text) Count(word string) int { return strings.Count(x.String(), word) }

// Patience is how long Eventually waits. Tests share their machine with others, so it
// is long; what comes soon is seen soon.
const Patience = 40 * time.Second

// What has not come within a second is asked for less often: a question to a browser takes
// from the processor what the awaited thing needs.
const (
	again  = 10 * time.Millisecond
	rarely = 50 * time.Millisecond
)

// Holds asks again and again until a condition holds, and reports whether it did in
// time. It is for what another process does.
func Holds(limit time.Duration, condition func() bool) bool {
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	tick := time.NewTicker(again)
	defer tick.Stop()
	begun := time.Now()
	for often := true; !condition(); {
		if often && time.Since(begun) > time.Second {
			often = false
			tick.Reset(rarely)
		}
		select {
		case <-tick.C:
		case <-deadline.C:
			return false
		}
	}
	return true
}

// Eventually fails the test when a condition does not come about.
func Eventually(t testing.TB, what string, condition func() bool) {
	t.Helper()
	if !Holds(Patience, condition) {
		t.Fatalf("after %v not yet: %s", Patience, what)
	}
}

// Programs are this module's programs as the tests of a package run them. The zero
// value is ready; TestMain calls Remove.
type Programs struct {
	mu    sync.Mutex
	dir   string
	built map[string]error
}

// Build gives the path of a program (server, kiosk or display), static as it ships.
func (p *Programs) Build(name string) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dir == "" {
		dir, err := os.MkdirTemp("", "moiso-test-")
		if err != nil {
			return "", err
		}
		p.dir, p.built = dir, map[string]error{}
	}
	path := filepath.Join(p.dir, name)
	err, known := p.built[name]
	if !known {
		cmd := exec.Command("go", "build", "-o", path, "moiso/"+name)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, failed := cmd.CombinedOutput(); failed != nil {
			err = fmt.Errorf("go build %s: %w\n%s", name, failed, out)
		}
		p.built[name] = err
	}
	return path, err
}

// Remove deletes them.
func (p *Programs) Remove() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dir == "" {
		return nil
	}
	return os.RemoveAll(p.dir)
}
