package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"sync"
	"time"

	speakers "moiso/internal/fleet"
	"moiso/internal/queue"
)

// Of what was spoken only the last minute matters; the rest goes when the file is made
// anew, at a start and when it has grown.
const (
	spokenKeep = time.Hour // also where a clock was set
	spokenMost = 1 << 20   // bytes
)

// spokenLog is a file with a line for each call that a screen claimed, so that a server
// that is killed and started again does not let another screen say it too. It is no
// part of the journal: nothing but loudspeakers depends on it, and who is without it
// loses nothing.
type spokenLog struct {
	path string

	mu   sync.Mutex
	f    *os.File
	size int64
}

// speakers goes on from what was spoken before the last stop. A file that cannot be
// used costs no start: what is spoken from now on is kept when it can be.
func (s *service) speakers() *speakers.Speakers {
	s.spoken = &spokenLog{path: s.data.spokenFile()}
	kept, torn, err := s.spoken.renew()
	if err != nil || torn > 0 {
		s.log.Warn("what was spoken before the start is not all known", "file", s.spoken.path, "lines", torn, "error", err)
	}
	return speakers.NewSpeakers(speakers.SpeakersOptions{Keep: s.spoken.keep, Kept: kept})
}

// keep writes a line and has it on the disk before it returns.
func (l *spokenLog) keep(e speakers.Spoken) error {
	b, err := json.Marshal(e)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.f == nil || l.size > spokenMost {
		if _, _, err := l.renew(); err != nil {
			return err
		}
	}
	b = append(b, '\n')
	if _, err = l.f.Write(b); err == nil {
		err = l.f.Sync()
	}
	if err != nil {
		return errors.Join(err, l.f.Truncate(l.size)) // no half a line before the next
	}
	l.size += int64(len(b))
	return nil
}

// renew reads the file and writes it anew without what is old. torn counts lines that
// could not be read: the last one, after a power cut. THE CALLER MUST HOLD mu.
func (l *spokenLog) renew() (kept []speakers.Spoken, torn int, err error) {
	old, err := os.ReadFile(l.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, 0, err
	}
	kept, torn = readSpoken(old, time.Now())
	var b bytes.Buffer
	for _, e := range kept {
		line, err := json.Marshal(e)
		if err != nil {
			return nil, 0, err
		}
		b.Write(append(line, '\n'))
	}
	f, err := os.OpenFile(l.path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC|os.O_APPEND, 0o600)
	if err != nil {
		return nil, 0, err
	}
	if _, err = f.Write(b.Bytes()); err == nil {
		err = f.Sync()
	}
	if err == nil {
		err = os.Rename(l.path+".new", l.path)
	}
	if err != nil {
		return nil, 0, errors.Join(err, f.Close())
	}
	if l.f != nil {
		err = l.f.Close()
	}
	l.f, l.size = f, int64(b.Len())
	return kept, torn, err
}

// readSpoken gives the newest lease of each centre, then the claims that may matter.
func readSpoken(b []byte, now time.Time) (kept []speakers.Spoken, torn int) {
	leases := map[queue.CenterID]speakers.Spoken{}
	var claims []speakers.Spoken
	for line := range bytes.Lines(b) {
		var e speakers.Spoken
		switch {
		case json.Unmarshal(line, &e) != nil || e.Center == "":
			torn++
		case e.Call == 0:
			leases[e.Center] = e
		case now.Sub(e.At) < spokenKeep:
			claims = append(claims, e)
		}
	}
	for _, e := range leases {
		if e.Screen != "" {
			kept = append(kept, e)
		}
	}
	return append(kept, claims...), torn
}

func (l *spokenLog) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.f == nil {
		return nil
	}
	return l.f.Close()
}
