package queue

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// SetDisplay sets how the screens of the centre are, or one of them. Empty settings
// of a device make it as the others.
type SetDisplay struct {
	Device   string // "" is the centre's
	Settings DisplaySettings
}

func (c SetDisplay) decide(s *State, d *decision) error {
	if err := checkOwner(c.Device); err != nil {
		return err
	}
	if err := c.Settings.check(s); err != nil {
		return err
	}
	if err := checkNone(c.Device, c.Settings.None, DisplayWithout, func(name string) bool {
		d := c.Settings
		return map[string]bool{"voice.quiet": len(d.Voice.Quiet) > 0, "ticker": len(d.Ticker) > 0, "playlist": len(d.Playlist) > 0,
			"care.dim": len(d.Care.Dim) > 0, "care.off": len(d.Care.Off) > 0}[name]
	}); err != nil {
		return err
	}
	if same(s.Displays[c.Device], c.Settings) {
		d.out.Existing = true
		return nil
	}
	d.emit(DisplaySet(c))
	return nil
}

func (d DisplaySettings) check(s *State) error {
	if d.Layout != "" && !slices.Contains(Layouts, d.Layout) {
		return refuse(ErrInvalid, "there is no layout %q; there are %s", d.Layout, strings.Join(Layouts, ", ")).With("field", "layout")
	}
	if d.Layout == "counter" && d.Counter == 0 {
		return refuse(ErrInvalid, "the layout of one counter needs the counter's number").With("field", "counter")
	}
	if d.Counter != 0 {
		if _, err := s.needCounter(d.Counter); err != nil {
			return err.(*Error).With("field", "counter")
		}
	}
	if err := d.Voice.check(); err != nil {
		return err
	}
	if err := checkTicker("ticker", d.Ticker); err != nil {
		return err
	}
	if err := checkPlaylist(d.Playlist); err != nil {
		return err
	}
	if err := checkSpans("care.dim", d.Care.Dim); err != nil {
		return err
	}
	return checkSpans("care.off", d.Care.Off)
}

func checkTicker(field string, messages []Message) error {
	if len(messages) > maxTicker {
		return refuse(ErrInvalid, "the ticker has more than %d messages", maxTicker).With("field", field)
	}
	for i, m := range messages {
		if err := checkText(field, fmt.Sprintf("message %d of the ticker", i+1), m.Text, 300); err != nil {
			return err
		}
		if err := checkPart(field, m.From, m.To); err != nil {
			return err
		}
	}
	return nil
}

func (v VoiceSettings) check() error {
	if err := checkLanguages("voice.languages", v.Languages); err != nil {
		return err
	}
	if err := checkRange("voice.repeats", "a number of repeats", v.Repeats, 1, 3); err != nil {
		return err
	}
	if err := checkVolume("voice.volume", v.Volume); err != nil {
		return err
	}
	return checkSpans("voice.quiet", v.Quiet)
}

var mediaHash = regexp.MustCompile(`^[0-9a-f]{64}$`)

func checkPlaylist(list []PlayItem) error {
	if len(list) > maxPlaylist {
		return refuse(ErrInvalid, "the playlist has more than %d items", maxPlaylist).With("field", "playlist")
	}
	for _, p := range list {
		if !mediaHash.MatchString(p.Media) {
			return refuse(ErrInvalid, "%.80q is not the SHA-256 of a file in hex", p.Media).With("field", "playlist")
		}
		if p.Seconds < 0 || p.Seconds > maxSeconds {
			return refuse(ErrInvalid, "an item of %d s is not between 0 and an hour", p.Seconds).With("field", "playlist")
		}
		if err := checkPart("playlist", p.From, p.To); err != nil {
			return err
		}
	}
	return nil
}

// DisplaySet is how a screen is from now on.
type DisplaySet struct {
	Device   string          `json:"d,omitempty"`
	Settings DisplaySettings `json:"settings"`
}

func (DisplaySet) kind() string { return "display-set" }

func (e DisplaySet) apply(s *State, _ time.Time) {
	s.Displays = put(s.Displays, e.Device, e.Settings)
}
