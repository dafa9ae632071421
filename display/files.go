package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"time"

	"moiso/internal/device"
	"moiso/internal/media"
	"moiso/internal/view"
)

// Between attempts at a file that did not come, and between two looks at what is kept:
// disks forget, and a screen runs for years.
const (
	againFirst  = 2 * time.Second
	againMost   = time.Minute
	verifyEvery = 6 * time.Hour
)

// fetchAll keeps the files that the newest board names, until ctx ends.
func (s *screen) fetchAll(ctx context.Context) {
	said := map[string]string{} // by file, so that each trouble is said once
	wait := againFirst
	verify := time.NewTicker(verifyEvery)
	defer verify.Stop()
	s.verify(ctx)
	for {
		done := s.fetchMissing(ctx, said)
		again := time.NewTimer(wait)
		if done {
			again.Stop()
			wait = againFirst
		} else {
			wait = min(2*wait, againMost)
		}
		select {
		case <-s.changed:
		case <-again.C:
		case <-verify.C:
			s.verify(ctx)
		case <-ctx.Done():
			again.Stop()
			return
		}
		again.Stop()
	}
}

// fetchMissing brings what is not there and deletes what is not named. It reports
// whether nothing is left to do.
func (s *screen) fetchMissing(ctx context.Context, said map[string]string) bool {
	board, _ := s.now()
	if board.Epoch == "" {
		return true // nothing is known yet: nothing is deleted
	}
	done, named := true, map[string]bool{}
	for _, m := range board.Media {
		named[m.Hash] = true
		if s.files.Has(s.center, m.Hash) {
			continue
		}
		err := s.files.Fetch(ctx, s.http, s.server+"/media/"+s.center+"/"+m.Hash, s.center, media.File{Hash: m.Hash, Bytes: m.Bytes})
		if ctx.Err() != nil {
			return true
		}
		if err == nil {
			s.log.Info("a file for the screen has come", "file", m.Hash, "bytes", m.Bytes)
			delete(said, m.Hash)
			continue
		}
		done = false
		if words := reason(err); said[m.Hash] != words {
			said[m.Hash] = words
			s.log.Warn("a file for the screen has not come; it is tried again", "file", m.Hash, "error", words)
		}
	}
	if err := s.files.Keep(s.center, named); err != nil {
		s.log.Warn("files that are not shown any more cannot be deleted", "error", err)
	}
	return done
}

// reason is an error in the same words each time.
func reason(err error) string {
	for _, e := range []error{media.ErrCut, media.ErrDamaged, media.ErrNotFound, media.ErrDiskFull} {
		if errors.Is(err, e) {
			return e.Error()
		}
	}
	return err.Error()
}

// unshown hears from the page that a file could not be shown: one that is here and is what
// its name says, so that fetching it again would not help.
func (s *screen) unshown(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Media string `json:"media"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1024)).Decode(&in); err != nil {
		device.Problem(w, http.StatusBadRequest, "malformed", "the body does not name a file")
		return
	}
	w.WriteHeader(http.StatusNoContent)
	board, _ := s.now()
	if !slices.ContainsFunc(board.Media, func(m view.BoardMedium) bool { return m.Hash == in.Media }) || !s.files.Has(s.center, in.Media) {
		return // it is still to come
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bad == nil {
		s.bad = map[string]bool{}
	}
	if !s.bad[in.Media] {
		s.bad[in.Media] = true
		s.log.Warn("a file for the screen cannot be shown: it is damaged, or of a kind that the browser does not know; the others go on", "file", in.Media)
	}
}

// verify reads what is kept and throws away what is not what its name says.
func (s *screen) verify(ctx context.Context) {
	board, _ := s.now()
	for _, m := range board.Media {
		if ctx.Err() != nil {
			return
		}
		switch err := s.files.Verify(s.center, m.Hash); {
		case errors.Is(err, media.ErrDamaged):
			s.log.Warn("a file for the screen was damaged on the disk; it is fetched again", "file", m.Hash)
		case err != nil && !errors.Is(err, media.ErrNotFound):
			s.log.Warn("a file for the screen cannot be read", "file", m.Hash, "error", err)
		}
	}
}
