package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"moiso/internal/client"
	"moiso/internal/device"
	"moiso/internal/media"
	"moiso/internal/view"
)

// screen is what the program does besides showing its page: it keeps the last board and
// the files that the playlists name, and rests the panel when nobody is there.
type screen struct {
	center string
	device func() string // its id at the server; "" while that is not known
	server string
	log    *slog.Logger
	dir    string
	files  *media.Store
	http   *http.Client
	power  *power

	// Guarded by mu.
	mu    sync.Mutex
	text  []byte
	board view.Board
	ahead time.Duration   // of the server's clock before this machine's
	kept  bool            // the newest board is on the disk
	bad   map[string]bool // files that the page could not show, told of once

	changed chan struct{} // a board came; holds one
}

// lastBoard is the file that the newest board is kept in.
const lastBoard = "board.json"

func newScreen(d *device.Device, dir string, p *power) (*screen, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("the folder %s for what the screen keeps cannot be made: %w", dir, err)
	}
	files, err := media.Open(filepath.Join(dir, "media"))
	if err != nil {
		return nil, err
	}
	return &screen{center: d.Center(), device: func() string { return d.Local().Device }, server: strings.TrimRight(d.Server(), "/"), log: d.Logger(), dir: dir, files: files, power: p,
		http: &http.Client{Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, ResponseHeaderTimeout: 10 * time.Second, MaxIdleConnsPerHost: 1}}, kept: true, changed: make(chan struct{}, 1)}, nil
}

// part adds what the screen answers itself to the handlers of the voice.
func (s *screen) part(handlers map[string]http.Handler) device.Part {
	handlers["GET /media/{c}/{hash}"] = s.files
	handlers["POST /local/unshown"] = http.HandlerFunc(s.unshown)
	return device.Part{
		Handle:   handlers,
		Document: func(text []byte, _ client.Head) { s.take(text, false) },
		Beat:     s.beat,
		Run:      s.run,
		Last:     s.restore(),
	}
}

// take notes a board. One that cannot be read is the page's affair.
func (s *screen) take(text []byte, kept bool) bool {
	var b view.Board
	if err := json.Unmarshal(text, &b); err != nil || b.Center != s.center {
		return false
	}
	s.mu.Lock()
	s.text, s.board, s.kept = text, b, kept
	s.mu.Unlock()
	select {
	case s.changed <- struct{}{}:
	default: // there is word already
	}
	return true
}

func (s *screen) beat(server time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ahead = time.Until(server)
}

// now is the newest board and the hour as the server tells it.
func (s *screen) now() (view.Board, time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.board, time.Now().Add(s.ahead)
}

// restore reads the last board, for a start without the server. A file that is no board
// of this centre is passed over with a word.
func (s *screen) restore() []byte {
	text, err := os.ReadFile(filepath.Join(s.dir, lastBoard))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && !s.take(text, true) {
		err = errors.New("it is damaged or of another centre")
	}
	if err != nil {
		s.log.Warn("the last board cannot be shown; the screen waits for the server", "file", filepath.Join(s.dir, lastBoard), "error", err)
		return nil
	}
	return text
}

func (s *screen) run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { s.keepBoards(ctx); return nil })
	g.Go(func() error { s.fetchAll(ctx); return nil })
	if s.power != nil {
		g.Go(func() error { s.rest(ctx); return nil })
	}
	return g.Wait()
}

// keepEvery is how often the board goes to the disk: a card of flash wears out.
const keepEvery = 5 * time.Second

// keepBoards writes the newest board down, and once more at the end.
func (s *screen) keepBoards(ctx context.Context) {
	t := time.NewTicker(keepEvery)
	defer t.Stop()
	said := ""
	for {
		err := s.keep()
		if err != nil && err.Error() != said {
			said = err.Error()
			s.log.Warn("the last board cannot be kept; a start without the server will show none", "error", err)
		} else if err == nil {
			said = ""
		}
		if ctx.Err() != nil {
			return
		}
		select {
		case <-t.C:
		case <-ctx.Done():
		}
	}
}

// keep writes the newest board beside the old one and puts it in its place.
func (s *screen) keep() error {
	s.mu.Lock()
	text, kept := s.text, s.kept
	s.kept = true
	s.mu.Unlock()
	if kept {
		return nil
	}
	err := replace(filepath.Join(s.dir, lastBoard), text)
	if err != nil {
		s.mu.Lock()
		s.kept = false
		s.mu.Unlock()
	}
	return err
}

// replace writes a file beside the old one and puts it in its place.
func replace(path string, b []byte) error {
	if err := writeSynced(path+".new", b); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

func writeSynced(path string, b []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if _, err = f.Write(b); err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}
