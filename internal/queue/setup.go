package queue

import (
	"bytes"
	"cmp"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"time"
)

// same compares settings as the journal keeps them: an empty list and none are
// one, so that a program that sends its settings at every start changes nothing.
func same(a, b any) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

// SetCenter names a centre and its zone.
type SetCenter struct{ Config CenterConfig }

var slug = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

func (c SetCenter) decide(s *State, d *decision) error {
	if !slug.MatchString(string(c.Config.ID)) || len(c.Config.ID) > 40 {
		return refuse(ErrInvalid, "the centre id %q is not lower-case letters, digits and hyphens, at most 40", c.Config.ID).With("field", "id")
	}
	if s.Center.ID != "" && s.Center.ID != c.Config.ID {
		return refuse(ErrConflict, "this is the centre %s; its id cannot become %s", s.Center.ID, c.Config.ID).With("field", "id")
	}
	if strings.TrimSpace(c.Config.Name.VI) == "" {
		return refuse(ErrInvalid, "the centre needs a Vietnamese name").With("field", "name")
	}
	// "Local" would mean another zone on another machine.
	if _, err := time.LoadLocation(c.Config.TimeZone); err != nil || c.Config.TimeZone == "" || c.Config.TimeZone == "Local" {
		return refuse(ErrInvalid, "the time zone %q is not an IANA name like Asia/Ho_Chi_Minh", c.Config.TimeZone).With("field", "time_zone")
	}
	if s.Center == c.Config {
		d.out.Existing = true
		return nil
	}
	d.emit(CenterSet{Config: c.Config})
	d.clock() // the zone is known now: the first day begins
	return nil
}

// CenterSet names a centre.
type CenterSet struct {
	Config CenterConfig `json:"center"`
}

func (CenterSet) kind() string { return "center-set" }

func (e CenterSet) apply(s *State, at time.Time) {
	if c := s.Center; c.ID != "" && (c.Name != e.Config.Name || c.Short != e.Config.Short) {
		s.renamed(Former{Until: at, Name: c.Name, Short: c.Short})
	}
	s.Center, s.loc = e.Config, nil
}

// SetHours sets the hours of the centre; services may have their own.
type SetHours struct{ Hours Hours }

func (c SetHours) decide(s *State, d *decision) error {
	if err := c.Hours.Validate(); err != nil {
		return refuse(ErrInvalid, "the hours are not right: %v", err).With("field", "hours")
	}
	if same(s.Hours, c.Hours) {
		d.out.Existing = true
		return nil
	}
	d.emit(HoursSet{Hours: c.Hours})
	return nil
}

// HoursSet is a change of hours.
type HoursSet struct {
	Hours Hours `json:"hours"`
}

func (HoursSet) kind() string { return "hours-set" }

func (e HoursSet) apply(s *State, _ time.Time) { s.Hours = e.Hours }

// SetPolicy sets the rule by which tickets are called. Its Version is given by the
// state: one more than the last.
type SetPolicy struct{ Policy Policy }

func (c SetPolicy) decide(s *State, d *decision) error {
	p := c.Policy
	if p.Mode != Strict && p.Mode != Interleaved {
		return refuse(ErrInvalid, "the mode %q is not strict or interleaved", p.Mode).With("field", "mode")
	}
	if p.Mode == Interleaved && (p.Every < 1 || p.Every > 20) {
		return refuse(ErrInvalid, "one priority call for every %d others is not between 1 and 20", p.Every).With("field", "every")
	}
	if p.GraceS < 0 || p.GraceS > 86400 {
		return refuse(ErrInvalid, "a grace time of %d s is not between 0 and a day", p.GraceS).With("field", "grace_s")
	}
	seen := map[ClassID]bool{}
	for _, k := range p.Classes {
		if !slug.MatchString(string(k.ID)) || seen[k.ID] {
			return refuse(ErrInvalid, "the priority group %q has no proper id, or it is there twice", k.ID).With("field", "classes")
		}
		seen[k.ID] = true
		if k.MinAge < 0 || k.MinAge > 150 {
			return refuse(ErrInvalid, "the priority group %s begins at the age of %d, which is not between 0 and 150", k.ID, k.MinAge).With("field", "classes")
		}
	}
	if err := p.Appointments.check(); err != nil {
		return err
	}
	p.Version = s.Policy.Version
	if same(p, s.Policy) {
		d.out.Existing = true
		return nil
	}
	p.Version++
	d.emit(PolicySet{Policy: p})
	return nil
}

// PolicySet is a new rule.
type PolicySet struct {
	Policy Policy `json:"policy"`
}

func (PolicySet) kind() string { return "policy-set" }

func (e PolicySet) apply(s *State, _ time.Time) {
	s.Policy = e.Policy
	for _, l := range s.Lines {
		l.Others = 0
	}
	for _, t := range s.Tickets {
		t.Charged = 0 // credit of the old rule is not given back under the new one
	}
}

// SetService adds a service at the end, or changes the one of that id.
type SetService struct{ Service Service }

var prefix = regexp.MustCompile(`^[A-Z]{1,2}$`)

func (c SetService) decide(s *State, d *decision) error {
	v := c.Service
	if !slug.MatchString(string(v.ID)) || len(v.ID) > 40 {
		return refuse(ErrInvalid, "the service id %q is not lower-case letters, digits and hyphens, at most 40", v.ID).With("field", "id")
	}
	if !prefix.MatchString(v.Prefix) {
		return refuse(ErrInvalid, "the prefix %q is not one or two capital letters", v.Prefix).With("field", "prefix")
	}
	if strings.TrimSpace(v.Name.VI) == "" {
		return refuse(ErrInvalid, "the service needs a Vietnamese name").With("field", "name")
	}
	if err := v.validHours(); err != nil {
		return refuse(ErrInvalid, "the hours of %s are not right: %v", v.ID, err).With("field", "hours")
	}
	if v.DailyLimit < 0 || v.TargetS < 0 || v.AppointmentsHour < 0 {
		return refuse(ErrInvalid, "the daily limit, the target and the appointments an hour of %s cannot be negative", v.ID).With("field", "daily_limit")
	}
	for _, l := range s.Lines {
		// A removed service keeps its prefix for the day: its numbers are still about.
		if l.Prefix == v.Prefix && l.ID != v.ID && (!l.Removed || l.Last > 0) {
			return refuse(ErrConflict, "the prefix %s belongs to %s; two services cannot share one", v.Prefix, l.ID).With("field", "prefix")
		}
	}
	if err := s.prefixClash(v); err != nil {
		return err
	}
	if l := s.anyLine(v.ID); l != nil {
		if !l.Removed && same(l.Service, v) {
			d.out.Existing = true
			return nil
		}
		if l.Prefix != v.Prefix && l.Last > 0 {
			return refuse(ErrConflict, "%s has given out numbers with %s today; change the prefix before the day begins", v.ID, l.Prefix).With("field", "prefix")
		}
	}
	d.emit(ServiceSet{Service: v})
	return nil
}

// ServiceSet is a service as it is from now on.
type ServiceSet struct {
	Service Service `json:"service"`
}

func (ServiceSet) kind() string { return "service-set" }

func (e ServiceSet) apply(s *State, at time.Time) {
	if l := s.anyLine(e.Service.ID); l != nil {
		if l.Name != e.Service.Name {
			s.renamed(Former{Until: at, Service: l.ID, Name: l.Name})
		}
		l.Service, l.Removed = e.Service, false
		return
	}
	s.Lines = append(s.Lines, &Line{Service: e.Service})
}

// RemoveService takes a service away when nobody waits for it, and nobody is at a
// counter or parked who might be put back into its line.
type RemoveService struct{ Service ServiceID }

func (c RemoveService) decide(s *State, d *decision) error {
	l, err := s.needLine(c.Service)
	if err != nil {
		return err
	}
	if len(l.Waiting) > 0 {
		return refuse(ErrConflict, "%d people wait for %s; call or move them first", len(l.Waiting), l.ID).With("waiting", len(l.Waiting))
	}
	held := 0
	for _, t := range s.Tickets {
		if t.Service == l.ID && (t.Held() || t.State == Parked) {
			held++
		}
	}
	if held > 0 {
		return refuse(ErrConflict, "%d tickets of %s are at a counter or parked; finish or move them first", held, l.ID).With("held", held)
	}
	booked := 0
	for _, a := range s.Appointments {
		if a.Service == l.ID && a.State == Booked {
			booked++
		}
	}
	if booked > 0 {
		return refuse(ErrConflict, "%d appointments of %s are booked; cancel them first", booked, l.ID).With("appointments", booked)
	}
	d.emit(ServiceRemoved{Service: l.ID})
	return nil
}

// ServiceRemoved is a service no longer offered.
type ServiceRemoved struct {
	Service ServiceID `json:"s"`
}

func (ServiceRemoved) kind() string { return "service-removed" }

func (e ServiceRemoved) apply(s *State, _ time.Time) {
	if l := s.anyLine(e.Service); l != nil {
		l.Removed = true
	}
}

// SetCounter adds a counter or changes which services it takes.
type SetCounter struct{ Config CounterConfig }

func (c SetCounter) decide(s *State, d *decision) error {
	if c.Config.Number < 1 || c.Config.Number > 999 {
		return refuse(ErrInvalid, "the counter number %d is not between 1 and 999", c.Config.Number).With("field", "number")
	}
	for _, id := range c.Config.Services {
		if _, err := s.needLine(id); err != nil {
			return err
		}
	}
	if n := s.Counter(c.Config.Number); n != nil && same(n.CounterConfig, c.Config) {
		d.out.Existing = true
		return nil
	}
	d.emit(CounterSet{Config: c.Config})
	return nil
}

// CounterSet is a counter as it is from now on.
type CounterSet struct {
	Config CounterConfig `json:"counter"`
}

func (CounterSet) kind() string { return "counter-set" }

func (e CounterSet) apply(s *State, _ time.Time) {
	for _, c := range s.Counters {
		if c.Number == e.Config.Number {
			c.CounterConfig, c.Removed = e.Config, false
			return
		}
	}
	s.Counters = append(s.Counters, &Counter{CounterConfig: e.Config, State: CounterClosed})
	slices.SortFunc(s.Counters, func(a, b *Counter) int { return cmp.Compare(a.Number, b.Number) })
}

// RemoveCounter takes a closed counter away.
type RemoveCounter struct{ Counter CounterID }

func (c RemoveCounter) decide(s *State, d *decision) error {
	n, err := s.needCounter(c.Counter)
	if err != nil {
		return err
	}
	if n.State != CounterClosed {
		return refuse(ErrConflict, "counter %d is %s; close it first", n.Number, n.State).With("state", string(n.State))
	}
	d.emit(CounterRemoved{Counter: n.Number})
	return nil
}

// CounterRemoved is a counter no longer there.
type CounterRemoved struct {
	Counter CounterID `json:"c"`
}

func (CounterRemoved) kind() string { return "counter-removed" }

func (e CounterRemoved) apply(s *State, _ time.Time) {
	if c := s.Counter(e.Counter); c != nil {
		c.Removed = true
	}
}
