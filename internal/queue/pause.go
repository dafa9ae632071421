package queue

import (
	"strings"
	"time"
)

// PauseIssuing stops giving out numbers of a service, or of the whole centre.
// Numbers already given stay valid.
type PauseIssuing struct {
	Service ServiceID // "" is the whole centre
	Reason  string    // shown to people
	Until   time.Time // expected end, shown to people; zero when unknown
}

func (c PauseIssuing) decide(s *State, d *decision) error {
	if c.Service != "" {
		if _, err := s.needLine(c.Service); err != nil {
			return err
		}
	}
	if strings.TrimSpace(c.Reason) == "" {
		return refuse(ErrReasonRequired, "say why issuing is paused; people will read it").With("field", "reason")
	}
	if err := checkReason(c.Reason); err != nil {
		return err
	}
	if !c.Until.IsZero() && !c.Until.After(d.now) {
		return refuse(ErrInvalid, "the expected end %s is over already", c.Until.In(s.Location()).Format("15:04")).With("field", "until")
	}
	d.emit(IssuingPaused{Service: c.Service, Reason: strings.TrimSpace(c.Reason), Until: stamp(c.Until)})
	return nil
}

// IssuingPaused is a service, or a centre, that gives out no numbers.
type IssuingPaused struct {
	Service ServiceID `json:"s,omitempty"`
	Reason  string    `json:"r"`
	Until   time.Time `json:"until,omitzero"`
}

func (IssuingPaused) kind() string { return "issuing-paused" }

func (e IssuingPaused) apply(s *State, at time.Time) {
	p := &Pause{Reason: e.Reason, Until: e.Until, Since: at}
	if e.Service == "" {
		s.Pause = p
	} else if l := s.anyLine(e.Service); l != nil {
		l.Pause = p
	}
}

// ResumeIssuing goes on giving out numbers.
type ResumeIssuing struct {
	Service ServiceID // "" is the whole centre
}

func (c ResumeIssuing) decide(s *State, d *decision) error {
	paused := s.Pause != nil
	if c.Service != "" {
		l, err := s.needLine(c.Service)
		if err != nil {
			return err
		}
		paused = l.Pause != nil
	}
	if !paused {
		d.out.Existing = true
		return nil
	}
	d.emit(IssuingResumed{Service: c.Service})
	return nil
}

// IssuingResumed is a service, or a centre, that gives out numbers again.
type IssuingResumed struct {
	Service ServiceID `json:"s,omitempty"`
}

func (IssuingResumed) kind() string { return "issuing-resumed" }

func (e IssuingResumed) apply(s *State, _ time.Time) {
	if e.Service == "" {
		s.Pause = nil
	} else if l := s.anyLine(e.Service); l != nil {
		l.Pause = nil
	}
}
