package view

import (
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"moiso/internal/queue"
)

// Health is what a device says of itself every 15 seconds, on the socket on which it
// receives its documents: {"health":{…}}.
type Health struct {
	Version     string     `json:"version"`
	UptimeS     int64      `json:"uptime_s"`
	Printer     string     `json:"printer" enum:"ready,near_end,paper_out,cover_open,offline,error,unknown,none"`
	Spool       int        `json:"spool" doc:"Tickets given out while cut off that the server does not have yet"`
	Screen      string     `json:"screen" enum:"on,off,unknown"`
	Sound       string     `json:"sound" enum:"on,off,blocked,unknown"`
	ClockDiffMS int64      `json:"clock_diff_ms" doc:"Its clock less the server's"`
	LastTouch   *time.Time `json:"last_touch"`
	PageOpen    bool       `json:"page_open" doc:"A browser shows its page"`
	Speaker     bool       `json:"speaker" doc:"The screen of its hall that speaks"`
}

// Upstream is a message of a device.
type Upstream struct {
	Health *Health `json:"health,omitempty"`
}

// States of a printer, a screen and a sound as they are reported.
var (
	Printers = []string{"ready", "near_end", "paper_out", "cover_open", "offline", "error", "unknown", "none"}
	Screens  = []string{"on", "off", "unknown"}
	Sounds   = []string{"on", "off", "blocked", "unknown"}
)

// Check says what is wrong with a report, or nil. Words it does not know become
// "unknown": a newer device may have more of them.
func (h *Health) Check() error {
	known := func(v *string, of []string) {
		if !slices.Contains(of, *v) {
			*v = "unknown"
		}
	}
	known(&h.Printer, Printers)
	known(&h.Screen, Screens)
	known(&h.Sound, Sounds)
	switch {
	case utf8.RuneCountInString(h.Version) > 80 || strings.ContainsFunc(h.Version, unicode.IsControl):
		return errors.New("the version is not one short line")
	case h.Spool < 0 || h.UptimeS < 0:
		return errors.New("a count is negative")
	}
	return nil
}

// Device is a kiosk, a screen or a printer as its manager sees it.
type Device struct {
	ID      string     `json:"id"`
	Role    string     `json:"role" enum:"kiosk,display,printer"`
	Center  string     `json:"center"`
	Place   string     `json:"place"`
	Since   time.Time  `json:"since" doc:"When it was paired"`
	Revoked bool       `json:"revoked,omitempty"`
	Online  bool       `json:"online" doc:"It has an open connection"`
	Heard   *time.Time `json:"heard" doc:"When it last gave a sign of life, since the server's start; null for never"`
	Used    string     `json:"used,omitempty" doc:"Last day on which its credential was used"`
	Lapses  *time.Time `json:"lapses_at,omitempty" doc:"It was let in and has not come for its credential: when it is revoked"`
	Health  *Health    `json:"health" doc:"Its last report, since the server's start"`
	Lane    string     `json:"lane,omitempty" doc:"Letter of its numbers while it is cut off"`
	Own     bool       `json:"own,omitempty" doc:"It has settings of its own"`
}

// Alert is an open alert on the wire.
type Alert struct {
	Device  string    `json:"device"`
	Kind    string    `json:"kind" enum:"silent,paper_out,printer,page_closed,sound,many_tickets"`
	Service string    `json:"service,omitempty"`
	Role    string    `json:"role,omitempty"`
	Place   string    `json:"place,omitempty"`
	Count   int       `json:"count,omitempty"`
	Detail  string    `json:"detail,omitempty"`
	Since   time.Time `json:"since"`
}

// Devices is the document of view=devices.
type Devices struct {
	Head
	Name     queue.Text      `json:"name"`
	Short    queue.Text      `json:"short"`
	TimeZone string          `json:"time_zone"`
	Devices  []Device        `json:"devices" doc:"Those in use, in order of role and place"`
	Alerts   []Alert         `json:"alerts" doc:"Oldest first"`
	Services []DeviceService `json:"services"`
	Lanes    []LeftLane      `json:"lanes" doc:"Lanes of kiosks that may use them no more: their slips may still be about"`
	Refused  []RefusedSlip   `json:"refused" doc:"Slips of kiosks that no line took, newest first"`
}

// LeftLane is a lane that its kiosk left behind.
type LeftLane struct {
	Device string `json:"device"`
	Letter string `json:"letter"`
	Place  string `json:"place,omitempty" doc:"Where the kiosk stood"`
}

// DeviceService names a field, for settings and alerts.
type DeviceService struct {
	ID   string     `json:"id"`
	Name queue.Text `json:"name"`
}

// Alerts are the open alerts of a centre.
func Alerts(s *queue.State) []Alert {
	out := make([]Alert, 0, len(s.Alerts))
	for _, a := range s.Alerts {
		out = append(out, Alert{Device: a.Device, Kind: a.Kind, Service: string(a.Service), Role: a.Role, Place: a.Place, Count: a.Count,
			Detail: a.Detail, Since: a.Since.In(s.Location())})
	}
	return out
}

// DevicesOf is the fleet of a centre: list is made by who knows the devices.
func DevicesOf(s *queue.State, list []Device, p Stamp) Devices {
	d := Devices{Head: p.head(s), Name: s.Center.Name, Short: s.Center.Short, TimeZone: s.Center.TimeZone, Devices: []Device{}, Alerts: Alerts(s), Services: []DeviceService{}, Lanes: []LeftLane{}, Refused: refusedSlips(s)}
	for l := range lines(s) {
		d.Services = append(d.Services, DeviceService{ID: string(l.ID), Name: l.Name})
	}
	place := map[string]string{}
	for _, v := range list {
		place[v.ID] = v.Place
	}
	for _, l := range s.Lanes {
		if l.Withdrawn {
			d.Lanes = append(d.Lanes, LeftLane{Device: l.Device, Letter: l.Letter, Place: place[l.Device]})
		}
	}
	lane := laneLetters(s)
	for _, v := range list {
		if v.Revoked {
			continue
		}
		v.Lane = lane[v.ID]
		_, kiosk := s.Kiosks[v.ID]
		_, display := s.Displays[v.ID]
		v.Own = kiosk || display
		v.Since = v.Since.In(s.Location())
		v.Heard, v.Lapses = instantAt(s, v.Heard), instantAt(s, v.Lapses)
		d.Devices = append(d.Devices, v)
	}
	return d
}

func instantAt(s *queue.State, t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	return instant(s, *t)
}
