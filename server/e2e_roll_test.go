package main

import (
	"errors"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/creack/pty"
	"golang.org/x/term"

	"moiso/internal/printer/printertest"
)

// roll is a receipt printer on a pseudo-terminal.
type roll struct {
	*printertest.Printer
	t    testing.TB
	path string // of the terminal, what the kiosk opens
}

func newRoll(t testing.TB) *roll {
	t.Helper()
	far, near, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := term.MakeRaw(int(near.Fd())); err != nil {
		t.Fatal(err)
	}
	r := &roll{Printer: printertest.New(printertest.Character{}), t: t, path: near.Name()}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = r.Serve(t.Context(), far) // ends with the test
	}()
	t.Cleanup(func() {
		_ = far.Close()
		_ = near.Close() // held until now: a kiosk that dies must not hang the line up
		<-done
		if err := r.Err(); err != nil {
			t.Errorf("the printer: %v", err)
		}
	})
	return r
}

// load puts paper in, or takes it out.
func (r *roll) load(paper bool) { r.Set(printertest.Condition{PaperOut: !paper}) }

// printed is how many slips were cut off.
func (r *roll) printed() int { return len(r.Slips()) }

// keep writes the picture of a slip, counted from 0, and says where.
func (r *roll) keep(n int, name string) string {
	r.t.Helper()
	slips := r.Slips()
	if n >= len(slips) {
		r.t.Fatalf("there is no slip %d; %d were printed", n, len(slips))
	}
	root, err := filepath.Abs("..")
	if err != nil {
		r.t.Fatal(err)
	}
	path := filepath.Join(root, ".screens", name+".png")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		r.t.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		r.t.Fatal(err)
	}
	var slip image.Image = slips[n].Image(576)
	if err := errors.Join(png.Encode(f, slip), f.Close()); err != nil {
		r.t.Fatal(err)
	}
	return path
}
