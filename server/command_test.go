package main

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"moiso/internal/testbed"
)

// answer is what a command line came to.
type answer struct {
	code           int
	stdout, stderr string
}

// invoke runs a command line in this process, to its end.
func invoke(t testing.TB, stdin string, args ...string) answer {
	t.Helper()
	var out, errs testbed.Text // a server's log and a bar of progress are written at the same time
	code := run(t.Context(), args, strings.NewReader(stdin), &out, &errs, os.Getenv)
	return answer{code, out.String(), errs.String()}
}

// must runs a command line that has to work and gives what it printed.
func must(t testing.TB, stdin string, args ...string) string {
	t.Helper()
	a := invoke(t, stdin, args...)
	if a.code != 0 {
		t.Fatalf("server %s: exit %d\n%s%s", strings.Join(args, " "), a.code, a.stdout, a.stderr)
	}
	return a.stdout
}

// running is "server serve" in this process.
type running struct {
	t      testing.TB
	url    string
	stdout *testbed.Text
	stderr *testbed.Text
	cancel context.CancelFunc
	code   chan int
}

// serve starts a server on a free port and waits until it says where it listens.
func serve(t testing.TB, args ...string) *running {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	r := &running{t: t, stdout: &testbed.Text{}, stderr: &testbed.Text{}, cancel: cancel, code: make(chan int, 1)}
	pr, pw := io.Pipe()
	go func() {
		r.code <- run(ctx, append([]string{"serve", "-listen", "127.0.0.1:0"}, args...), strings.NewReader(""), io.MultiWriter(r.stdout, pw), r.stderr, os.Getenv)
		pw.Close()
	}()
	t.Cleanup(func() { r.stop() })
	listens := regexp.MustCompile(`listens on (\S+)\n`)
	found := make(chan string, 1)
	go func() {
		defer close(found)
		var text strings.Builder
		b := make([]byte, 1024)
		for {
			n, err := pr.Read(b)
			text.Write(b[:n])
			if m := listens.FindStringSubmatch(text.String()); m != nil {
				found <- m[1]
				_, _ = io.Copy(io.Discard, pr)
				return
			}
			if err != nil {
				return
			}
		}
	}()
	url, ok := <-found
	if !ok {
		t.Fatalf("the server ended at once with %d\n%s%s", <-r.code, r.stdout, r.stderr)
	}
	r.url = url
	// It answers once everything was printed.
	c := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	res, err := c.Get(url + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	return r
}

// stop is what SIGTERM does; it gives the exit code.
func (r *running) stop() int {
	r.cancel()
	code := <-r.code
	r.code <- code
	return code
}

// real are the flags of a server that is not a demo.
func real(dir string) []string { return []string{"-data", dir, "-public-url", "https://so.example.vn"} }

func TestHelpNamesEveryCommandAndEveryCommandHasHelp(t *testing.T) {
	for _, args := range [][]string{{"help"}, {"-h"}, {"--help"}, {"-help"}} {
		out := must(t, "", args...)
		for _, c := range commands() {
			if !strings.Contains(out, "  "+c.name+" ") {
				t.Errorf("server %s does not name %s:\n%s", args[0], c.name, out)
			}
		}
	}
	if a := invoke(t, ""); a.code != 2 || !strings.Contains(a.stdout, "Usage:") {
		t.Errorf("without a command: %+v", a)
	}
	for _, c := range commands() {
		for _, h := range []string{"-h", "--help"} {
			a := invoke(t, "", c.name, h)
			if a.code != 0 || a.stderr != "" || !strings.HasPrefix(a.stdout, "server "+c.name) {
				t.Errorf("server %s %s: %+v", c.name, h, a)
			}
		}
	}
	for _, c := range [][]string{{"user", "add"}, {"user", "passwd"}, {"user", "list"}, {"device", "add"}, {"device", "revoke"}} {
		if a := invoke(t, "", c[0], c[1], "-h"); a.code != 0 || !strings.Contains(a.stdout, "-data") || a.stderr != "" {
			t.Errorf("server %s %s -h: %+v", c[0], c[1], a)
		}
	}
}

// A mistake is answered with exit code 2, one line that says what is wrong and one
// that says where help is, and nothing on standard output.
func TestAMistakeInTheCommandLineIsOneHelpfulLine(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct{ line, want string }{
		{"frobnicate", `there is no command "frobnicate"`},
		{"serve -frob", "-frob"},
		{"serve --frob=1", "-frob"},
		{"serve now", `"now" is not expected here`},
		{"serve -data DIR", "-public-url is missing"},
		{"serve -data DIR -public-url http://127.0.0.1:8080", "cannot be reached by a phone"},
		{"serve -data DIR --public-url=http://[::1]", "cannot be reached by a phone"},
		{"serve -data DIR -public-url http://LOCALHOST", "cannot be reached by a phone"},
		{"serve -data DIR -public-url http://0.0.0.0:8080", "cannot be reached by a phone"},
		{"serve -data DIR -public-url so.example.vn", "is not like https://"},
		{"serve -data DIR -public-url ftp://so.example.vn", "is not like https://"},
		{"serve -data DIR -public-url https://so.example.vn/queue", "is not like https://"},
		{"serve -data DIR -public-url https://an:x@so.example.vn", "is not like https://"},
		{"serve -data DIR -demo -listen :8080", "-demo-public"},
		{"serve -data DIR -demo -listen 10.0.0.1:8080", "-demo-public"},
		{"serve -data DIR -demo -demo-public -listen 0.0.0.0:8080", "-public-url is missing"},
		{"serve -data DIR -demo -demo-hours=noon", "always or real"},
		{"serve -data DIR -demo -demo-crowd=yes", "on or off"},
		{"serve -data DIR -demo -listen 8080", "address with a port"},
		{"serve -data DIR -demo -tls-cert a.pem", "go together"},
		{"serve -data DIR -demo -log-level loud", "debug, info, warn or error"},
		{"serve -data DIR -demo -trusted-proxy router", "not an address or a range"},
		{"serve -demo -max-sockets-per-address many", "max-sockets-per-address"},
		{"simulate -scenario mars", "hue-day and small"},
		{"simulate -speed -1", "-speed"},
		{"simulate -displays 0", "-displays"},
		{"simulate -server http://127.0.0.1:1 -data DIR", "leave out -server"},
		{"simulate -server nowhere", "-server"},
		{"verify DIR", "is not expected here"},
		{"audit -data DIR", "-center and -day are needed"},
		{"audit -data DIR -center a -day 14.7.2025", "not a day like 2025-07-14"},
		{"backup -data DIR", "-to is needed"},
		{"version now", `"now" is not expected here`},
		{"user", "say what to do"},
		{"user promote", `there is no "promote"`},
		{"device", "approve, while the server is running"},
		{"device add -data DIR sảnh", "-role and -center"},
	} {
		args := strings.Fields(strings.ReplaceAll(c.line, "DIR", dir))
		a := invoke(t, "", args...)
		lines := strings.Split(strings.TrimRight(a.stderr, "\n"), "\n")
		if a.code != 2 || a.stdout != "" || !strings.Contains(lines[0], c.want) || len(lines) > 2 {
			t.Errorf("server %s: exit %d, wanted %q\nstdout: %s\nstderr: %s", c.line, a.code, c.want, a.stdout, a.stderr)
		}
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("a mistake left %v in the data folder", left)
	}
}

// What cannot be done is one line and exit code 1.
func TestWhatCannotBeDoneIsOneClearLine(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	held, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	none := filepath.Join(dir, "none")
	for _, c := range []struct{ line, want string }{
		{"serve -listen HELD -demo -data NONE", "address already in use"},
		{"serve -listen 127.0.0.1:0 -demo -data FILE", "data folder"},
		{"serve -listen 127.0.0.1:0 -demo -data FILE/below", "data folder"},
		{"serve -listen 127.0.0.1:0 -demo -data /proc/moiso", "data folder"},
		{"serve -listen 127.0.0.1:0 -demo -data NONE -tls-cert FILE -tls-key FILE", "TLS certificate"},
		{"verify -data NONE", "there is no data in"},
		{"audit -data NONE -center a -day 2025-07-14", "there is no data in"},
		{"backup -data NONE -to NONE2", "there is no data in"},
		{"backup -data NONE -to FILE", "exists already"},
		{"user list -data NONE", "there is no data folder"},
		{"device list -data NONE", "there is no data folder"},
		{"simulate -scenario small -server http://127.0.0.1:1", "connection refused"},
	} {
		line := strings.NewReplacer("HELD", held.Addr().String(), "NONE", none, "FILE", file).Replace(c.line)
		a := invoke(t, "", strings.Fields(line)...)
		if a.code != 1 || a.stdout != "" || !strings.Contains(a.stderr, c.want) || strings.Count(a.stderr, "\n") != 1 {
			t.Errorf("server %s: exit %d, wanted %q\nstdout: %s\nstderr: %s", c.line, a.code, c.want, a.stdout, a.stderr)
		}
	}
	if _, err := os.Stat(none); err == nil {
		t.Error("a failed start made the data folder")
	}
}

func TestVersionNamesTheProgram(t *testing.T) {
	for _, name := range []string{"version", "-version", "--version"} {
		if out := must(t, "", name); !strings.HasPrefix(out, "moiso server ") {
			t.Errorf("server %s: %q", name, out)
		}
	}
}

// watchFor passes what is written on and calls f when it contains text.
func watchFor(w *testbed.Text, text string, f func()) io.Writer { return &trigger{w, text, f} }

type trigger struct {
	*testbed.Text
	text string
	f    func()
}

func (t *trigger) Write(p []byte) (int, error) {
	n, err := t.Text.Write(p)
	if strings.Contains(t.String(), t.text) {
		t.f()
	}
	return n, err
}
