package view

import (
	"fmt"
	"time"

	"moiso/internal/queue"
)

// Stamp is what every document needs besides the state: when, and which version
// it will be. Trouble is "" or the code of what stops the centre from recording.
type Stamp struct {
	Epoch   string
	Version int64
	Now     time.Time
	Trouble string
}

func (p Stamp) head(s *queue.State) Head {
	return Head{Version: p.Version, Center: string(s.Center.ID), At: p.Now.In(s.Location()).Truncate(time.Millisecond), Epoch: p.Epoch}
}

// Rule says the routing rule in force in one sentence.
func Rule(p queue.Policy) queue.Text {
	switch {
	case len(p.Classes) == 0:
		return queue.Text{VI: "Gọi theo thứ tự lấy số", EN: "Numbers are called in the order they were taken"}
	case p.Mode == queue.Strict:
		return queue.Text{VI: "Số ưu tiên được gọi trước", EN: "Priority numbers are called first"}
	case p.Every == 1:
		return queue.Text{VI: "Cứ 1 số thường gọi 1 số ưu tiên", EN: "After every regular number, one priority number"}
	default:
		return queue.Text{VI: fmt.Sprintf("Cứ %d số thường gọi 1 số ưu tiên", p.Every),
			EN: fmt.Sprintf("After every %d regular numbers, one priority number", p.Every)}
	}
}

func instant(s *queue.State, t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	l := t.In(s.Location())
	return &l
}

func pause(s *queue.State, p *queue.Pause) *Pause {
	if p == nil {
		return nil
	}
	return &Pause{Reason: p.Reason, Until: instant(s, p.Until), Since: p.Since.In(s.Location())}
}

// linePause is the pause people of a line meet: the centre's, or the line's own.
func linePause(s *queue.State, l *queue.Line) *Pause {
	if s.Pause != nil {
		return pause(s, s.Pause)
	}
	return pause(s, l.Pause)
}

func openCounters(s *queue.State, id queue.ServiceID) int {
	n := 0
	for _, c := range s.Counters {
		if !c.Removed && c.State == queue.CounterOpen && c.Serves(id) {
			n++
		}
	}
	return n
}

// serves lists the services in use that a counter takes.
func serves(s *queue.State, c *queue.Counter) []string {
	out := make([]string, 0, len(c.Services))
	for _, id := range c.Services {
		if s.Line(id) != nil {
			out = append(out, string(id))
		}
	}
	return out
}

// takeBack says until when a ticket's last step can be taken back: a no-show by
// the person, a cancellation, a finish. A ticket of an ended day cannot wait again.
func takeBack(s *queue.State, t *queue.Ticket) (returnBy, restoreBy, reopenBy *time.Time) {
	switch {
	case t.State == queue.Missed && !s.Over(t):
		returnBy = instant(s, s.ReturnBy(t))
	case t.State == queue.Cancelled && !s.Over(t):
		restoreBy = instant(s, t.EndedAt.Add(queue.RestoreWithin))
	case t.State == queue.Done:
		reopenBy = instant(s, t.EndedAt.Add(queue.ReopenWithin))
	}
	return returnBy, restoreBy, reopenBy
}

func classes(s *queue.State) []Class {
	out := make([]Class, 0, len(s.Policy.Classes))
	for _, c := range s.Policy.Classes {
		out = append(out, Class{ID: string(c.ID), Name: c.Name, Basis: c.Basis, MinAge: c.MinAge})
	}
	return out
}

// lines yields the services in use.
func lines(s *queue.State) func(func(*queue.Line) bool) {
	return func(yield func(*queue.Line) bool) {
		for _, l := range s.Lines {
			if !l.Removed && !yield(l) {
				return
			}
		}
	}
}

// opening says whether a ticket can be taken, and if not why and when it can.
func opening(s *queue.State, l *queue.Line, now time.Time) (open bool, why string, at *time.Time) {
	err := s.MayIssue(l, now)
	if err == nil {
		return true, "", nil
	}
	e, ok := err.(*queue.Error)
	if !ok {
		return false, "hours", nil
	}
	if v, ok := e.Detail["opens_at"].(string); ok {
		if t, err := time.Parse(time.RFC3339, v); err == nil {
			at = &t
		}
	}
	switch e.Code {
	case queue.ErrIssuingPaused.Code:
		why = "paused"
	case queue.ErrNoMoreNumbers.Code:
		why = "limit"
	case queue.ErrDayEnded.Code:
		why = "day_ended"
	default:
		why = "hours"
	}
	return false, why, at
}
