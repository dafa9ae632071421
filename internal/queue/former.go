package queue

import (
	"slices"
	"time"
)

// Former is a name that was in force until a moment: a service's, or the centre's own.
// Pages of tickets of that time go on showing it.
type Former struct {
	Until   time.Time `json:"until"`
	Service ServiceID `json:"service,omitempty"` // empty for the centre
	Name    Text      `json:"name"`
	Short   Text      `json:"short,omitzero"`
}

// keepFormer is how many names are kept; beyond them the oldest go.
const keepFormer = 200

// renamed notes the name that something had until now.
func (s *State) renamed(f Former) {
	s.Former = append(s.Former, f)
	if n := len(s.Former) - keepFormer; n > 0 {
		s.Former = slices.Delete(s.Former, 0, n)
	}
}

// NameAsOf gives services and the centre the names they had at a moment, those of
// services that have been removed since as well. It is for states made by Configuration.
func (s *State) NameAsOf(t time.Time) {
	for _, l := range s.Lines {
		l.Removed = false
	}
	for _, f := range slices.Backward(s.Former) {
		if !f.Until.After(t) {
			break
		}
		if f.Service == "" {
			s.Center.Name, s.Center.Short = f.Name, f.Short
		} else if l := s.anyLine(f.Service); l != nil {
			l.Name = f.Name
		}
	}
}
