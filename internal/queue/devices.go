package queue

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// KioskSettings say how a kiosk looks and what it prints. A field of zero means "as
// the centre's" on a device, and the default on the centre.
type KioskSettings struct {
	Services     []ServiceID  `json:"services,omitempty"`      // which fields, in which order; none is all
	Groups       []KioskGroup `json:"groups,omitempty"`        // headings over them
	Languages    []string     `json:"languages,omitempty"`     // the first is the one it starts in
	PaperDots    int          `json:"paper_dots,omitempty"`    // 384 (58 mm) or 576 (80 mm)
	Paperless    *bool        `json:"paperless,omitempty"`     // nothing is printed unless asked for
	Lines        []Text       `json:"lines,omitempty"`         // more lines on the ticket
	Logo         []byte       `json:"logo,omitempty"`          // PNG, printed on top
	IdleS        int          `json:"idle_s,omitempty"`        // back to the start after so many seconds
	Volume       *int         `json:"volume,omitempty"`        // of read-aloud, per cent
	SessionLimit int          `json:"session_limit,omitempty"` // tickets one person may take in one sitting
	AlertCount   int          `json:"alert_count,omitempty"`   // tickets of one field within a minute that alert staff
	ScanPrefix   string       `json:"scan_prefix,omitempty"`   // what a scanner types before a code
	ScanSuffix   string       `json:"scan_suffix,omitempty"`   // and after it
	None         []string     `json:"none,omitempty"`          // names of what a device goes without, although its centre has it
}

// KioskGroup is a heading and the fields under it.
type KioskGroup struct {
	Name     Text        `json:"name"`
	Services []ServiceID `json:"services"`
}

// DisplaySettings say what a screen of the lobby shows and speaks. A field of zero
// means "as the centre's" on a device, and the default on the centre.
type DisplaySettings struct {
	Layout   string        `json:"layout,omitempty"`
	Counter  CounterID     `json:"counter,omitempty"` // of the layout counter
	Voice    VoiceSettings `json:"voice,omitzero"`
	Ticker   []Message     `json:"ticker,omitempty"`
	Playlist []PlayItem    `json:"playlist,omitempty"`
	Care     Care          `json:"care,omitzero"`
	None     []string      `json:"none,omitempty"` // names of what a device goes without, although its centre has it
}

// VoiceSettings say how calls are spoken.
type VoiceSettings struct {
	Languages []string `json:"languages,omitempty"` // in the order in which they are spoken
	Repeats   int      `json:"repeats,omitempty"`   // how often a call is spoken
	ChimeOnly *bool    `json:"chime_only,omitempty"`
	Off       *bool    `json:"off,omitempty"`
	Quiet     []Span   `json:"quiet,omitempty"` // hours without sound
	Volume    *int     `json:"volume,omitempty"`
}

// Message is a line of the ticker, all day or for a part of it.
type Message struct {
	Text Text   `json:"text"`
	From string `json:"from,omitempty"` // "07:30"
	To   string `json:"to,omitempty"`   // "11:30"
}

// PlayItem is a picture or a film among the signage.
type PlayItem struct {
	Media   string `json:"media"` // SHA-256 of the file, in hex
	Seconds int    `json:"seconds,omitempty"`
	From    string `json:"from,omitempty"`
	To      string `json:"to,omitempty"`
}

// Care keeps a screen from burning in and from lighting an empty hall.
type Care struct {
	Shift *bool  `json:"shift,omitempty"` // move the picture gently
	Dim   []Span `json:"dim,omitempty"`
	Off   []Span `json:"off,omitempty"`
}

// Layouts of a screen, the first is the default.
var Layouts = []string{"counters", "calls", "signage", "portrait", "portrait-signage", "counter", "summary"}

// KioskWithout and DisplayWithout are what a device can go without. A field that says
// nothing is as the centre's, so what is to be empty here and nowhere else has to be named.
var (
	KioskWithout   = []string{"groups", "lines", "logo", "scan_prefix", "scan_suffix"}
	DisplayWithout = []string{"voice.quiet", "ticker", "playlist", "care.dim", "care.off"}
)

// Languages that the product speaks, the first is the default.
var Languages = []string{"vi", "en"}

// The limits of settings.
const (
	MaxLines    = 4       // more lines on a ticket
	MaxLogo     = 16384   // bytes of a logo
	MaxLogoWide = 576     // dots of a logo
	MaxLogoHigh = 300     // dots of a logo
	maxGroups   = 20      //
	maxTicker   = 20      //
	maxPlaylist = 100     //
	maxSeconds  = 60 * 60 // that one item is shown
)

// DefaultKiosk is a kiosk for which nothing was set.
func DefaultKiosk() KioskSettings {
	return KioskSettings{Languages: Languages, PaperDots: 576, Paperless: new(bool), IdleS: 60, Volume: some(80), SessionLimit: 3, AlertCount: 5}
}

// DefaultDisplay is a screen for which nothing was set.
func DefaultDisplay() DisplaySettings {
	return DisplaySettings{Layout: Layouts[0], Care: Care{Shift: some(true)},
		Voice: VoiceSettings{Languages: Languages, Repeats: 2, ChimeOnly: new(bool), Off: new(bool), Volume: some(80)}}
}

func some[T any](v T) *T { return &v }

// Over fills what k leaves open from the settings below it.
func (k KioskSettings) Over(below KioskSettings) KioskSettings {
	for _, name := range k.None {
		switch name {
		case "groups":
			below.Groups = nil
		case "lines":
			below.Lines = nil
		case "logo":
			below.Logo = nil
		case "scan_prefix":
			below.ScanPrefix = ""
		case "scan_suffix":
			below.ScanSuffix = ""
		}
	}
	return KioskSettings{None: k.None, Services: either(k.Services, below.Services), Groups: either(k.Groups, below.Groups), Languages: either(k.Languages, below.Languages),
		PaperDots: cmp.Or(k.PaperDots, below.PaperDots), Paperless: cmp.Or(k.Paperless, below.Paperless), Lines: either(k.Lines, below.Lines),
		Logo: either(k.Logo, below.Logo), IdleS: cmp.Or(k.IdleS, below.IdleS), Volume: cmp.Or(k.Volume, below.Volume),
		SessionLimit: cmp.Or(k.SessionLimit, below.SessionLimit), AlertCount: cmp.Or(k.AlertCount, below.AlertCount),
		ScanPrefix: cmp.Or(k.ScanPrefix, below.ScanPrefix), ScanSuffix: cmp.Or(k.ScanSuffix, below.ScanSuffix)}
}

// Over fills what d leaves open from the settings below it.
func (d DisplaySettings) Over(below DisplaySettings) DisplaySettings {
	for _, name := range d.None {
		switch name {
		case "voice.quiet":
			below.Voice.Quiet = nil
		case "ticker":
			below.Ticker = nil
		case "playlist":
			below.Playlist = nil
		case "care.dim":
			below.Care.Dim = nil
		case "care.off":
			below.Care.Off = nil
		}
	}
	v, b := d.Voice, below.Voice
	return DisplaySettings{None: d.None, Layout: cmp.Or(d.Layout, below.Layout), Counter: cmp.Or(d.Counter, below.Counter),
		Voice: VoiceSettings{Languages: either(v.Languages, b.Languages), Repeats: cmp.Or(v.Repeats, b.Repeats), ChimeOnly: cmp.Or(v.ChimeOnly, b.ChimeOnly),
			Off: cmp.Or(v.Off, b.Off), Quiet: either(v.Quiet, b.Quiet), Volume: cmp.Or(v.Volume, b.Volume)},
		Ticker: either(d.Ticker, below.Ticker), Playlist: either(d.Playlist, below.Playlist),
		Care: Care{Shift: cmp.Or(d.Care.Shift, below.Care.Shift), Dim: either(d.Care.Dim, below.Care.Dim), Off: either(d.Care.Off, below.Care.Off)}}
}

func either[T any](a, b []T) []T {
	if len(a) > 0 {
		return a
	}
	return b
}

// KioskFor gives the settings in force on a device, or, for "", on the centre:
// device over centre over default, without fields that are no longer offered.
func (s *State) KioskFor(device string) KioskSettings {
	k := s.Kiosks[device].Over(s.Kiosks[""]).Over(DefaultKiosk())
	gone := func(id ServiceID) bool { return s.Line(id) == nil }
	k.Services = slices.DeleteFunc(slices.Clone(k.Services), gone)
	groups := make([]KioskGroup, 0, len(k.Groups))
	for _, g := range k.Groups {
		g.Services = slices.DeleteFunc(slices.Clone(g.Services), gone)
		if len(g.Services) > 0 {
			groups = append(groups, g)
		}
	}
	k.Groups = groups
	return k
}

// DisplayFor gives the settings in force on a screen, or, for "", on the centre.
func (s *State) DisplayFor(device string) DisplaySettings {
	return s.Displays[device].Over(s.Displays[""]).Over(DefaultDisplay())
}

// SetDevices lists the devices that have settings of their own, in order of id.
func SetDevices[T any](of map[string]T) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(of)), func(d string) bool { return d == "" })
}

// checkNone looks at what a device goes without. has says of a name whether the device
// has that all the same.
func checkNone(device string, none, names []string, has func(name string) bool) error {
	for i, n := range none {
		e := ErrInvalid
		switch {
		case device == "":
			return refuse(e, "a device goes without something; for the whole centre leave %s empty", n).With("field", "none")
		case !slices.Contains(names, n):
			return refuse(e, "a device cannot go without %q; it can without %s", n, strings.Join(names, ", ")).With("field", "none")
		case slices.Contains(none[:i], n):
			return refuse(e, "%s is named twice", n).With("field", "none")
		case has(n):
			return refuse(e, "%s is set, and to go without it is said as well", n).With("field", "none")
		}
	}
	return nil
}

// checkOwner looks at a device's form only: which devices there are is the city's
// affair. "" is the centre.
func checkOwner(device string) error {
	if device == "" {
		return nil
	}
	return checkDevice(device)
}

// checkText wants a Vietnamese line and takes an English one.
func checkText(field, what string, t Text, most int) error {
	if strings.TrimSpace(t.VI) == "" {
		return refuse(ErrInvalid, "%s needs a Vietnamese text", what).With("field", field)
	}
	for _, v := range []string{t.VI, t.EN} {
		if utf8.RuneCountInString(v) > most || !utf8.ValidString(v) || strings.ContainsFunc(v, unicode.IsControl) {
			return refuse(ErrInvalid, "%s is not one line of at most %d characters: %.60q", what, most, v).With("field", field)
		}
	}
	return nil
}

func checkLanguages(field string, languages []string) error {
	for i, l := range languages {
		if !slices.Contains(Languages, l) {
			return refuse(ErrInvalid, "the language %q is not %s", l, strings.Join(Languages, " or ")).With("field", field)
		}
		if slices.Contains(languages[:i], l) {
			return refuse(ErrInvalid, "the language %s is named twice", l).With("field", field)
		}
	}
	return nil
}

// checkRange takes 0 for "not set".
func checkRange(field, what string, v, least, most int) error {
	if v != 0 && (v < least || v > most) {
		return refuse(ErrInvalid, "%s of %d is not between %d and %d", what, v, least, most).With("field", field)
	}
	return nil
}

func checkVolume(field string, v *int) error {
	if v != nil && (*v < 0 || *v > 100) {
		return refuse(ErrInvalid, "a volume of %d is not between 0 and 100", *v).With("field", field)
	}
	return nil
}

// checkServices wants each field to be there, once.
func (s *State) checkServices(field string, ids []ServiceID) error {
	for i, id := range ids {
		if _, err := s.needLine(id); err != nil {
			return err.(*Error).With("field", field)
		}
		if slices.Contains(ids[:i], id) {
			return refuse(ErrInvalid, "the field %s is named twice", id).With("field", field)
		}
	}
	return nil
}

// checkHour takes "07:30", also "24:00" for the end of a day.
func checkHour(field, v string) error {
	// Parse would take 7:30 too, which does not compare as text.
	if _, err := time.Parse("15:04", v); (err != nil || len(v) != 5) && v != "24:00" {
		return refuse(ErrInvalid, "the hour %q is not like 07:30", v).With("field", field)
	}
	return nil
}

// checkPart takes a part of the day, or two empty hours for all of it. From after To
// is a night.
func checkPart(field, from, to string) error {
	if from == "" && to == "" {
		return nil
	}
	for _, v := range []string{from, to} {
		if err := checkHour(field, v); err != nil {
			return err
		}
	}
	if from == to {
		return refuse(ErrInvalid, "from %s to %s is no time at all", from, to).With("field", field)
	}
	return nil
}

func checkSpans(field string, spans []Span) error {
	if len(spans) > 10 {
		return refuse(ErrInvalid, "there are more than 10 spans of hours").With("field", field)
	}
	for _, p := range spans {
		if p.From == "" {
			return refuse(ErrInvalid, "a span of hours has no beginning").With("field", field)
		}
		if err := checkPart(field, p.From, p.To); err != nil {
			return err
		}
	}
	return nil
}
