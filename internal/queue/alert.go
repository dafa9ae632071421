package queue

import (
	"cmp"
	"slices"
	"time"
)

// Kinds of alerts.
const (
	AlertSilent  = "silent"       // nothing was heard of a device for a while
	AlertPaper   = "paper_out"    // its printer has no paper
	AlertPrinter = "printer"      // its printer cannot print for another reason; Detail names its state
	AlertPage    = "page_closed"  // the program lives and no browser shows its page
	AlertSound   = "sound"        // a screen cannot be heard
	AlertMany    = "many_tickets" // one field's tickets taken in quick succession
)

// Alert is something about a device that staff should look at. A device has one of a
// kind at most, and of AlertMany one a field.
type Alert struct {
	Device  string    `json:"device"`
	Kind    string    `json:"kind"`
	Service ServiceID `json:"service,omitempty"` // of AlertMany
	Role    string    `json:"role,omitempty"`    // of the device, and where it stands,
	Place   string    `json:"place,omitempty"`   // so that the log can be read alone
	Count   int       `json:"count,omitempty"`   // of AlertMany: tickets within a minute
	Detail  string    `json:"detail,omitempty"`
	Since   time.Time `json:"since"`
}

// maxAlerts is far above what a centre's devices can raise.
const maxAlerts = 500

func (a Alert) same(b Alert) bool {
	return a.Device == b.Device && a.Kind == b.Kind && a.Service == b.Service
}

// RaiseAlert notes that something is wrong. An alert that is open already stays as it
// was raised, unless its detail is another one now. Since is given by the state.
type RaiseAlert struct{ Alert Alert }

func (c RaiseAlert) decide(s *State, d *decision) error {
	if err := checkDevice(c.Alert.Device); err != nil {
		return err
	}
	if !slices.Contains([]string{AlertSilent, AlertPaper, AlertPrinter, AlertPage, AlertSound, AlertMany}, c.Alert.Kind) {
		return refuse(ErrInvalid, "there is no alert of the kind %q", c.Alert.Kind).With("field", "kind")
	}
	if i := s.alertIndex(c.Alert); i >= 0 && s.Alerts[i].Detail == c.Alert.Detail {
		d.out.Existing = true
		return nil
	}
	if len(s.Alerts) >= maxAlerts {
		return refuse(ErrConflict, "the centre has %d open alerts already", len(s.Alerts))
	}
	c.Alert.Since = d.now
	d.emit(AlertRaised(c))
	return nil
}

func (s *State) alertIndex(a Alert) int { return slices.IndexFunc(s.Alerts, a.same) }

// AlertRaised is a new alert, or another detail of one.
type AlertRaised struct {
	Alert Alert `json:"alert"`
}

func (AlertRaised) kind() string { return "alert-raised" }

func (e AlertRaised) apply(s *State, at time.Time) {
	if i := s.alertIndex(e.Alert); i >= 0 {
		s.Alerts[i].Detail, s.Alerts[i].Count = e.Alert.Detail, e.Alert.Count
		return
	}
	e.Alert.Since = at
	s.Alerts = append(s.Alerts, e.Alert)
	slices.SortStableFunc(s.Alerts, func(a, b Alert) int {
		return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Device, b.Device), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Service, b.Service))
	})
}

// ClearAlert notes that it is well again.
type ClearAlert struct {
	Device  string
	Kind    string
	Service ServiceID
}

func (c ClearAlert) decide(s *State, d *decision) error {
	if s.alertIndex(Alert{Device: c.Device, Kind: c.Kind, Service: c.Service}) < 0 {
		d.out.Existing = true
		return nil
	}
	d.emit(AlertCleared(c))
	return nil
}

// AlertCleared is an alert that is over.
type AlertCleared struct {
	Device  string    `json:"d"`
	Kind    string    `json:"kind"`
	Service ServiceID `json:"s,omitempty"`
}

func (AlertCleared) kind() string { return "alert-cleared" }

func (e AlertCleared) apply(s *State, _ time.Time) {
	a := Alert{Device: e.Device, Kind: e.Kind, Service: e.Service}
	s.Alerts = slices.DeleteFunc(s.Alerts, a.same)
}
