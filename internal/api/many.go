package api

import (
	"time"

	"moiso/internal/fleet"
	"moiso/internal/queue"
	"moiso/internal/view"
)

// taken tells the roster of a ticket that was taken at a device.
func (a *API) taken(rq *request, service queue.ServiceID) {
	if d, limit, ok := a.manyFrom(rq); ok {
		a.roster.Taken(d, service, limit)
	}
}

// brought tells the roster of the slips that a device took while it was cut off and
// that are in the line since this merge. Those without a certain hour say nothing about
// how fast they were taken.
func (a *API) brought(rq *request, slips []queue.LaneTicket, outcomes []view.Slip) {
	d, limit, ok := a.manyFrom(rq)
	if !ok {
		return
	}
	merged := map[string]bool{}
	for _, o := range outcomes {
		merged[o.ID] = o.Result == queue.SlipMerged
	}
	hours := map[queue.ServiceID][]time.Time{}
	for _, t := range slips {
		if merged[string(t.ID)] && !t.Uncertain && !t.IssuedAt.IsZero() {
			hours[t.Service] = append(hours[t.Service], t.IssuedAt)
		}
	}
	for service, at := range hours {
		a.roster.Brought(d, service, at, limit)
	}
}

// manyFrom is the device that asks, and from how many tickets of one field within a
// minute on its centre wants to be told.
func (a *API) manyFrom(rq *request) (d fleet.Device, limit int, ok bool) {
	if d, ok = a.asking(rq); !ok {
		return d, 0, false
	}
	err := a.engine.View(rq.ctx, rq.center, func(s *queue.State, _ view.Stamp) error {
		limit = s.KioskFor(d.ID).AlertCount
		return nil
	})
	return d, limit, err == nil
}
