package main

import (
	"context"
	"errors"
	"time"

	"moiso/internal/media"
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
