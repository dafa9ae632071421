package queue

import (
	"bytes"
	"fmt"
	"image/png"
	"time"
	"unicode"
	"unicode/utf8"
)

// SetKiosk sets how the kiosks of the centre are, or one of them. Empty settings of
// a device make it as the others.
type SetKiosk struct {
	Device   string // "" is the centre's
	Settings KioskSettings
}

func (c SetKiosk) decide(s *State, d *decision) error {
	if err := checkOwner(c.Device); err != nil {
		return err
	}
	if err := c.Settings.check(s); err != nil {
		return err
	}
	if err := checkNone(c.Device, c.Settings.None, KioskWithout, func(name string) bool {
		k := c.Settings
		return map[string]bool{"groups": len(k.Groups) > 0, "lines": len(k.Lines) > 0, "logo": len(k.Logo) > 0,
			"scan_prefix": k.ScanPrefix != "", "scan_suffix": k.ScanSuffix != ""}[name]
	}); err != nil {
		return err
	}
	if same(s.Kiosks[c.Device], c.Settings) {
		d.out.Existing = true
		return nil
	}
	d.emit(KioskSet(c))
	return nil
}

func (k KioskSettings) check(s *State) error {
	if err := s.checkServices("services", k.Services); err != nil {
		return err
	}
	if err := k.checkGroups(s); err != nil {
		return err
	}
	if err := checkLanguages("languages", k.Languages); err != nil {
		return err
	}
	if k.PaperDots != 0 && k.PaperDots != 384 && k.PaperDots != 576 {
		return refuse(ErrInvalid, "paper of %d dots is not 384 (58 mm) or 576 (80 mm)", k.PaperDots).With("field", "paper_dots")
	}
	if len(k.Lines) > MaxLines {
		return refuse(ErrInvalid, "a ticket has room for %d more lines, not for %d", MaxLines, len(k.Lines)).With("field", "lines")
	}
	for i, l := range k.Lines {
		if err := checkText("lines", fmt.Sprintf("line %d of the ticket", i+1), l, 80); err != nil {
			return err
		}
	}
	if err := checkLogo(k.Logo); err != nil {
		return err
	}
	if err := checkVolume("volume", k.Volume); err != nil {
		return err
	}
	for _, r := range []struct {
		field, what    string
		v, least, most int
	}{
		{"idle_s", "an idle time in seconds", k.IdleS, 15, 600},
		{"session_limit", "a limit of tickets in one sitting", k.SessionLimit, 1, 50},
		{"alert_count", "a number of tickets within a minute", k.AlertCount, 2, 100},
	} {
		if err := checkRange(r.field, r.what, r.v, r.least, r.most); err != nil {
			return err
		}
	}
	if err := checkScan("scan_prefix", k.ScanPrefix); err != nil {
		return err
	}
	return checkScan("scan_suffix", k.ScanSuffix)
}

func (k KioskSettings) checkGroups(s *State) error {
	if len(k.Groups) > maxGroups {
		return refuse(ErrInvalid, "there are more than %d groups of fields", maxGroups).With("field", "groups")
	}
	var all []ServiceID
	for i, g := range k.Groups {
		if err := checkText("groups", fmt.Sprintf("group %d", i+1), g.Name, 60); err != nil {
			return err
		}
		if len(g.Services) == 0 {
			return refuse(ErrInvalid, "the group %s has no fields", g.Name.VI).With("field", "groups")
		}
		all = append(all, g.Services...)
	}
	return s.checkServices("groups", all)
}

// checkLogo decodes the picture: one that a printer cannot draw must not be found out
// by the first citizen of the day.
func checkLogo(logo []byte) error {
	if len(logo) == 0 {
		return nil
	}
	if len(logo) > MaxLogo {
		return refuse(ErrInvalid, "the logo has %d bytes; at most %d are taken", len(logo), MaxLogo).With("field", "logo")
	}
	c, err := png.DecodeConfig(bytes.NewReader(logo))
	if err != nil {
		return refuse(ErrInvalid, "the logo is not a PNG picture").With("field", "logo")
	}
	if c.Width > MaxLogoWide || c.Height > MaxLogoHigh {
		return refuse(ErrInvalid, "the logo is %d by %d dots; at most %d by %d are printed", c.Width, c.Height, MaxLogoWide, MaxLogoHigh).With("field", "logo")
	}
	if _, err := png.Decode(bytes.NewReader(logo)); err != nil {
		return refuse(ErrInvalid, "the logo is a damaged PNG picture").With("field", "logo")
	}
	return nil
}

// checkScan takes control characters too: scanners send them.
func checkScan(field, v string) error {
	ok := utf8.RuneCountInString(v) <= 16
	for _, r := range v {
		ok = ok && r <= unicode.MaxASCII && r != 0
	}
	if !ok {
		return refuse(ErrInvalid, "%q is not up to 16 plain characters", v).With("field", field)
	}
	return nil
}

// KioskSet is how a kiosk is from now on.
type KioskSet struct {
	Device   string        `json:"d,omitempty"`
	Settings KioskSettings `json:"settings"`
}

func (KioskSet) kind() string { return "kiosk-set" }

func (e KioskSet) apply(s *State, _ time.Time) {
	s.Kiosks = put(s.Kiosks, e.Device, e.Settings)
}

// put keeps settings, and forgets a device for which there are none: it is as the
// others are.
func put[T any](of map[string]T, device string, settings T) map[string]T {
	var none T
	if device != "" && same(settings, none) {
		delete(of, device)
		return of
	}
	if of == nil {
		of = map[string]T{}
	}
	of[device] = settings
	return of
}
