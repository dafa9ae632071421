package queue

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Medium is a picture or a film that the centre's screens may show. The bytes are kept
// beside the log under their hash; the log says that they are there, and since when.
type Medium struct {
	Hash  string `json:"hash"` // SHA-256 in hex
	Name  string `json:"name"` // as the person who brought it calls it
	Type  string `json:"type"` // "image/png"
	Bytes int64  `json:"bytes"`
}

// MediaTypes are the kinds that a screen shows.
var MediaTypes = []string{"image/png", "image/jpeg", "image/webp", "video/mp4", "video/webm"}

const (
	maxMedia     = 200 // files a centre
	maxMediaName = 120 // letters
)

// AddMedium says that a file is there. Limit is the most bytes that the files of the
// centre may have together; 0 is no limit.
type AddMedium struct {
	Medium Medium
	Limit  int64
}

func (c AddMedium) decide(s *State, d *decision) error {
	m := c.Medium
	if !mediaHash.MatchString(m.Hash) || m.Bytes <= 0 {
		return refuse(ErrInvalid, "%.80q is not the SHA-256 of a file in hex", m.Hash).With("field", "hash")
	}
	if !slices.Contains(MediaTypes, m.Type) {
		return refuse(ErrInvalid, "a screen does not show %.60q; it shows %s", m.Type, strings.Join(MediaTypes, ", ")).With("field", "type")
	}
	if strings.TrimSpace(m.Name) == "" || utf8.RuneCountInString(m.Name) > maxMediaName || !utf8.ValidString(m.Name) || strings.ContainsFunc(m.Name, unicode.IsControl) {
		return refuse(ErrInvalid, "the file's name is not one line of 1 to %d characters", maxMediaName).With("field", "name")
	}
	if s.Medium(m.Hash) != nil {
		d.out.Existing = true // the same bytes under another name are the same file
		return nil
	}
	if len(s.Media) >= maxMedia {
		return refuse(ErrMediaFull, "the centre has %d files already; delete what is not shown any more", maxMedia)
	}
	if used := s.MediaBytes(); c.Limit > 0 && used+m.Bytes > c.Limit {
		return refuse(ErrMediaFull, "the file has %s and the centre has %s of %s in use; delete what is not shown any more",
			megabytes(m.Bytes), megabytes(used), megabytes(c.Limit)).With("used", used).With("limit", c.Limit)
	}
	d.emit(MediaAdded{Medium: m})
	return nil
}

// MediaAdded is a file that the centre's screens may show from now on.
type MediaAdded struct {
	Medium Medium `json:"medium"`
}

func (MediaAdded) kind() string { return "media-added" }

func (e MediaAdded) apply(s *State, _ time.Time) { s.Media = append(s.Media, e.Medium) }

// RemoveMedium takes a file away that no playlist shows.
type RemoveMedium struct{ Hash string }

func (c RemoveMedium) decide(s *State, d *decision) error {
	m := s.Medium(c.Hash)
	if m == nil {
		return refuse(ErrUnknownMedium, "the centre has no file %.80q", c.Hash)
	}
	var shown []string
	for device, set := range s.Displays {
		if slices.ContainsFunc(set.Playlist, func(p PlayItem) bool { return p.Media == c.Hash }) {
			shown = append(shown, device)
		}
	}
	if len(shown) > 0 {
		slices.Sort(shown)
		return refuse(ErrConflict, "%s is in a playlist; take it out there first", m.Name).With("devices", shown)
	}
	d.emit(MediaRemoved{Hash: c.Hash})
	return nil
}

// MediaRemoved is a file that is there no more.
type MediaRemoved struct {
	Hash string `json:"hash"`
}

func (MediaRemoved) kind() string { return "media-removed" }

func (e MediaRemoved) apply(s *State, _ time.Time) {
	s.Media = slices.DeleteFunc(s.Media, func(m Medium) bool { return m.Hash == e.Hash })
}

// Medium is the file of a hash, or nil.
func (s *State) Medium(hash string) *Medium {
	for i := range s.Media {
		if s.Media[i].Hash == hash {
			return &s.Media[i]
		}
	}
	return nil
}

// MediaBytes is what the centre's files have together.
func (s *State) MediaBytes() int64 {
	var n int64
	for _, m := range s.Media {
		n += m.Bytes
	}
	return n
}

// SetCityMessages puts messages of the city on the screens of the centre, before its own.
type SetCityMessages struct{ Messages []Message }

func (c SetCityMessages) decide(s *State, d *decision) error {
	if err := checkTicker("messages", c.Messages); err != nil {
		return err
	}
	if same(s.CityMessages, c.Messages) || len(s.CityMessages)+len(c.Messages) == 0 {
		d.out.Existing = true
		return nil
	}
	d.emit(CityMessagesSet(c))
	return nil
}

// CityMessagesSet are the messages of the city from now on.
type CityMessagesSet struct {
	Messages []Message `json:"messages"`
}

func (CityMessagesSet) kind() string { return "city-messages-set" }

func (e CityMessagesSet) apply(s *State, _ time.Time) { s.CityMessages = e.Messages }

// megabytes is a size as people say it.
func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }
