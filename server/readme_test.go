package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// readme is README.md as newcomers find it.
func readme(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// shellLines are the commands of the blocks marked sh.
func shellLines(text string) []string {
	var out []string
	for _, m := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(text, -1) {
		for line := range strings.SplitSeq(m[1], "\n") {
			line, _, _ = strings.Cut(line, " # ")
			if line = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), "$ ")); line != "" && !strings.HasPrefix(line, "#") {
				out = append(out, line)
			}
		}
	}
	return out
}

// TestTheReadmeNamesWhatThereIs: every target of make and every file it links to.
func TestTheReadmeNamesWhatThereIs(t *testing.T) {
	text := readme(t)
	makefile, err := os.ReadFile("../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	targets := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^([a-z][a-z-]*):`).FindAllStringSubmatch(string(makefile), -1) {
		targets[m[1]] = true
	}
	named := regexp.MustCompile("(?m)(?:^|[`$ ])make ([a-z][a-z-]*)\\b").FindAllStringSubmatch(text, -1)
	if len(named) == 0 {
		t.Error("README.md names no target of make")
	}
	code := strings.Join(regexp.MustCompile("(?s)```.*?```|`[^`\n]*`").FindAllString(text, -1), "\n")
	for _, m := range named {
		if strings.Contains(code, "make "+m[1]) && !targets[m[1]] {
			t.Errorf("README.md names make %s, which the Makefile does not have", m[1])
		}
	}
	for _, m := range regexp.MustCompile(`\]\(([^)\s]+)\)|(?:src|href)="([^"]+)"`).FindAllStringSubmatch(text, -1) {
		target, _, _ := strings.Cut(m[1]+m[2], "#")
		if target == "" || strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
			continue
		}
		if _, err := os.Stat(filepath.Join("..", filepath.FromSlash(target))); err != nil {
			t.Errorf("README.md links to %s: %v", target, err)
		}
	}
}

// TestTheLifeOfATicketNamesWhatThereIs: every file, and every function and type of a
// room, that the way through the code names.
func TestTheLifeOfATicketNamesWhatThereIs(t *testing.T) {
	b, err := os.ReadFile("../doc/life-of-a-ticket.md")
	if err != nil {
		t.Fatal(err)
	}
	// room.name, and for methods also type.name; the lower case of both.
	known := map[string]bool{}
	decl := regexp.MustCompile(`(?m)^func (?:\(\w+ \*?(\w+)(?:\[\w+\])?\) )?(\w+)|^type (\w+)`)
	look := func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range decl.FindAllStringSubmatch(string(text), -1) {
			for _, of := range []string{filepath.Base(filepath.Dir(path)), m[1]} {
				known[strings.ToLower(of+"."+m[2]+m[3])] = true
			}
		}
		return err
	}
	for _, root := range []string{"../internal", "../kiosk"} {
		if err := filepath.WalkDir(root, look); err != nil {
			t.Fatal(err)
		}
	}
	named := 0
	for _, m := range regexp.MustCompile("`([a-zA-Z]+)\\.([a-zA-Z]+)`").FindAllStringSubmatch(string(b), -1) {
		if m[2] == "js" || m[2] == "go" {
			continue // a file
		}
		named++
		if !known[strings.ToLower(m[1]+"."+m[2])] {
			t.Errorf("doc/life-of-a-ticket.md names %s.%s, which is nowhere", m[1], m[2])
		}
	}
	for _, m := range regexp.MustCompile("`((?:internal|assets|server)/[a-z/_.-]+|kiosk/[a-z]+[.]go)`").FindAllStringSubmatch(string(b), -1) {
		named++
		if _, err := os.Stat(filepath.Join("..", m[1])); err != nil {
			t.Errorf("doc/life-of-a-ticket.md: %v", err)
		}
	}
	if named < 20 {
		t.Errorf("doc/life-of-a-ticket.md names %d places of the code", named)
	}
}

// TestTheReadmesCommandsRun copies the repository as git has it and types what the
// README says. Tests are not run again inside a test.
func TestTheReadmesCommandsRun(t *testing.T) {
	t.Parallel()
	var runs []string
	for _, line := range shellLines(readme(t)) {
		if strings.HasPrefix(line, "make run") {
			runs = append(runs, line)
		}
	}
	if len(runs) == 0 {
		t.Fatal("README.md does not say how to run it in a block marked sh")
	}
	dir := workingCopy(t)
	tried := map[string]bool{}
	for _, line := range runs {
		if strings.Contains(line, "HOST=") {
			continue // an address of the reader's own network
		}
		if line = regexp.MustCompile(` PORT=\S+`).ReplaceAllString(line, ""); tried[line] {
			continue
		}
		tried[line] = true
		runUntilHealthy(t, dir, line)
	}
	if len(tried) == 0 {
		t.Error("README.md has no make run for this machine alone")
	}
}

// workingCopy is what git knows of the tree, with the changes not yet committed.
func workingCopy(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	script := `git -C .. ls-files -z --cached --others --exclude-standard | (cd .. && xargs -0 sh -c 'for f; do [ -e "$f" ] && printf "%s\0" "$f"; done' sh) | tar -C .. --null -T - -cf - | tar -C "$1" -xf -`
	if out, err := exec.Command("sh", "-c", script, "sh", dir).CombinedOutput(); err != nil {
		t.Fatalf("the tree cannot be copied: %v\n%s", err, out)
	}
	return dir
}

// runUntilHealthy runs a command line that starts the server, waits until it serves,
// and stops it as Ctrl-C does.
func runUntilHealthy(t *testing.T, dir, line string) {
	t.Helper()
	port := freePort(t)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", "exec "+line+" PORT="+port)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "MAKEFLAGS=", "MAKELEVEL=")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // make and what it starts stop together
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var errs strings.Builder
	cmd.Stderr = &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }()
	ready := make(chan bool, 1)
	ended := make(chan error, 1)
	go func() {
		sc := bufio.NewScanner(out)
		for sc.Scan() {
			if strings.Contains(sc.Text(), "listens on ") {
				ready <- true
			}
		}
		ended <- cmd.Wait()
	}()
	select {
	case <-ready:
	case err := <-ended:
		t.Fatalf("%s ended at once: %v\n%s", line, err, &errs)
	}
	for _, path := range []string{"/healthz", "/readyz", "/", "/kiosk/thuan-hoa", "/gallery"} {
		res, err := http.Get("http://127.0.0.1:" + port + path)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, res.Body)
		res.Body.Close()
		if res.StatusCode != http.StatusOK {
			t.Errorf("%s: %s answers %s", line, path, res.Status)
		}
	}
	if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	select {
	case <-ended:
	case <-time.After(30 * time.Second):
		t.Errorf("%s does not stop on Ctrl-C", line)
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return fmt.Sprint(l.Addr().(*net.TCPAddr).Port)
}
