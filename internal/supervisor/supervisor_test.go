package supervisor

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"
	"time"
)

// listen stands in for systemd: it gives the signs as they come.
func listen(t *testing.T, patience time.Duration) <-chan string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "notify")
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	t.Setenv("NOTIFY_SOCKET", path)
	if patience > 0 {
		t.Setenv("WATCHDOG_USEC", strconv.FormatInt(patience.Microseconds(), 10))
		t.Setenv("WATCHDOG_PID", strconv.Itoa(os.Getpid()))
	}
	signs := make(chan string, 1000)
	go func() {
		b := make([]byte, 512)
		for {
			n, err := c.Read(b)
			if err != nil {
				close(signs)
				return
			}
			signs <- string(b[:n])
		}
	}()
	return signs
}

func run(t *testing.T, alive func(context.Context) error) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- Run(ctx, slog.New(slog.DiscardHandler), alive) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func TestReadyThenSignsOfLifeThenStopping(t *testing.T) {
	signs := listen(t, 30*time.Millisecond)
	stop := run(t, func(context.Context) error { return nil })
	for _, want := range []string{"READY=1", "WATCHDOG=1", "WATCHDOG=1"} {
		if got := <-signs; got != want {
			t.Fatalf("the supervisor was told %q, want %q", got, want)
		}
	}
	stop()
	last := ""
	for last != "STOPPING=1" {
		last = <-signs
		if last != "WATCHDOG=1" && last != "STOPPING=1" {
			t.Fatalf("the supervisor was told %q at the end", last)
		}
	}
}

func TestAProgramThatDoesNotAnswerSendsNoSignOfLife(t *testing.T) {
	signs := listen(t, 30*time.Millisecond)
	var asked atomic.Int64
	enough := make(chan struct{})
	stop := run(t, func(context.Context) error {
		if asked.Add(1) == 5 {
			close(enough)
		}
		return errors.New("it hangs")
	})
	<-enough
	stop()
	if got := <-signs; got != "READY=1" {
		t.Fatalf("first sign %q", got)
	}
	if got := <-signs; got != "STOPPING=1" {
		t.Fatalf("a program that hangs told %q", got)
	}
}

func TestWithoutASupervisorNothingIsAsked(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	t.Setenv("WATCHDOG_USEC", "")
	stop := run(t, func(context.Context) error {
		t.Error("asked without need")
		return nil
	})
	stop()
}

func TestAnsweringAsksTheListenerItself(t *testing.T) {
	status := http.StatusOK
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
	alive := Answering(s.Listener, false)
	if err := alive(t.Context()); err != nil {
		t.Fatal(err)
	}
	status = http.StatusInternalServerError
	if alive(t.Context()) == nil {
		t.Error("an answer of 500 passes as life")
	}
	s.Close()
	if alive(t.Context()) == nil {
		t.Error("a closed listener passes as alive")
	}
}
