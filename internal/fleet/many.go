package fleet

import (
	"time"

	"moiso/internal/queue"
)

// Taken notes a ticket that was taken at a device. From limit tickets of one field
// within a minute on staff are told.
func (r *Roster) Taken(d Device, service queue.ServiceID, limit int) {
	r.edit(d, func(m *member) {
		now := time.Now()
		m.taken[service] = within(m.taken[service], now)
		if n := len(m.taken[service]); n >= limit {
			r.many(m, service, &queue.Alert{Count: n}, now)
		}
	})
}

// Brought notes tickets of one field that were taken at a device while it was cut off,
// at the hours that its spool gives, oldest first. A minute with limit of them or more
// is told once they are known, with the hour at which it began: the alert's detail.
func (r *Roster) Brought(d Device, service queue.ServiceID, hours []time.Time, limit int) {
	r.edit(d, func(m *member) {
		most := m.brought[service] // a spool comes in pieces, and a minute may lie in two
		var worst []time.Time
		for _, at := range hours {
			most = within(most, at)
			if len(most) >= limit && len(most) > len(worst) {
				worst = append(worst[:0], most...)
			}
		}
		m.brought[service] = most
		if len(worst) > 0 {
			r.many(m, service, &queue.Alert{Count: len(worst), Detail: worst[0].Format(time.RFC3339)}, time.Now())
		}
	})
}

// within adds an instant to those of the minute before it.
func within(minute []time.Time, at time.Time) []time.Time {
	kept := minute[:0]
	for _, t := range minute {
		// A kiosk's clock may have been set back between two slips.
		if d := at.Sub(t); d >= 0 && d < manyWithin {
			kept = append(kept, t)
		}
	}
	return append(kept, at)
}

// many raises the alert, or keeps the one that stands for longer. THE CALLER MUST HOLD mu.
func (r *Roster) many(m *member, service queue.ServiceID, alert *queue.Alert, now time.Time) {
	a := r.alarm(m, queue.AlertMany, service)
	if a.want == nil {
		a.want, r.news = alert, true
	}
	a.until = now.Add(manyFor)
}
