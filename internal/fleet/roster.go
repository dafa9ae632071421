package fleet

import (
	"context"
	"sync"
	"time"

	"moiso/internal/queue"
	"moiso/internal/view"
)

// Times of a device's life on the wire.
const (
	ReportEvery = 15 * time.Second // a device reports its health
	SilentAfter = 45 * time.Second // three reports missed
	PageAfter   = 45 * time.Second // a page that stays closed is no reload
	manyWithin  = time.Minute      // tickets of one field within it are many
	manyFor     = 5 * time.Minute  // how long that alert stands after the last
	recordAgain = 2 * time.Second  // after a record that failed
)

// Device is what the roster needs to know of one.
type Device struct {
	ID     string
	Role   string
	Place  string
	Center queue.CenterID
}

// Seen is what is known of a device at this moment.
type Seen struct {
	Online bool
	Heard  time.Time // zero when it was never heard since the start
	Health *view.Health
}

// Roster knows which devices are there, how they are, and what is wrong with them. It
// is safe for concurrent use.
//
// It promises:
//
//   - A device of which nothing was heard for SilentAfter raises an alert, also one
//     that was never heard since the start of the server.
//   - An alert is told of once when it begins and once when it is over, in this order,
//     however often its cause flickers meanwhile; a record that fails is tried again.
//   - A device that is gone (revoked) has no alerts.
type Roster struct {
	// Record writes an alert into a centre's log. It must be durable when it returns nil.
	record func(context.Context, queue.CenterID, queue.Command) error
	// changed is told of every centre whose devices look different now.
	changed func(queue.CenterID)
	wake    chan struct{}

	mu     sync.Mutex
	byID   map[string]*member
	alarms map[alarmKey]*alarm
	news   bool // an alarm has changed
}

// member is a device. Guarded by Roster.mu.
type member struct {
	Device
	sockets int
	since   time.Time // from when silence counts: the last sign of life, or the start
	heard   time.Time
	health  *view.Health
	noPage  time.Time                       // since when no browser shows its page; zero while one does
	taken   map[queue.ServiceID][]time.Time // in the last minute
	brought map[queue.ServiceID][]time.Time // of the last slips it brought in: within one minute, by its own clock
}

type alarmKey struct {
	device, kind string
	service      queue.ServiceID
}

// alarm is what should stand in the log, and what does.
type alarm struct {
	center queue.CenterID
	want   *queue.Alert // nil: it is over
	logged *queue.Alert // nil: the log has no open one
	until  time.Time    // of AlertMany: when it is over
	retry  time.Time    // not before
}

// NewRoster makes an empty roster. record and changed may be nil.
func NewRoster(record func(context.Context, queue.CenterID, queue.Command) error, changed func(queue.CenterID)) *Roster {
	if record == nil {
		record = func(context.Context, queue.CenterID, queue.Command) error { return nil }
	}
	if changed == nil {
		changed = func(queue.CenterID) {}
	}
	return &Roster{record: record, changed: changed, wake: make(chan struct{}, 1), byID: map[string]*member{}, alarms: map[alarmKey]*alarm{}}
}

// edit changes a device and tells whoever must know.
func (r *Roster) edit(d Device, f func(*member)) {
	r.mu.Lock()
	m := r.byID[d.ID]
	if m == nil {
		m = &member{Device: d, since: time.Now(), taken: map[queue.ServiceID][]time.Time{}, brought: map[queue.ServiceID][]time.Time{}}
		r.byID[d.ID] = m
	}
	m.Device = d
	f(m)
	r.judge(m, time.Now())
	news := r.news
	r.news = false
	r.mu.Unlock()
	if news { // else Run's own timer is early enough
		r.nudge()
	}
	r.changed(d.Center)
}

func (r *Roster) nudge() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// Expect enters a device that should be there: its silence counts from now.
func (r *Roster) Expect(d Device) { r.edit(d, func(*member) {}) }

// Joined notes a device's new connection. The function it gives is to be called when
// that has ended.
func (r *Roster) Joined(d Device) (left func()) {
	r.edit(d, func(m *member) { m.sockets++; m.lives() })
	return func() {
		r.mu.Lock()
		m, center := r.byID[d.ID], d.Center
		if m != nil {
			m.sockets--
			center = m.Center
		}
		r.mu.Unlock()
		if m != nil {
			r.changed(center)
		}
	}
}

func (m *member) lives() {
	m.heard = time.Now()
	m.since = m.heard
}

// Report keeps what a device says of itself, which must have been checked.
func (r *Roster) Report(d Device, h view.Health) {
	r.edit(d, func(m *member) {
		m.lives()
		m.health = &h
		switch {
		case m.Role == "printer": // it works without anybody looking at its page
		case h.PageOpen:
			m.noPage = time.Time{}
		case m.noPage.IsZero():
			m.noPage = m.heard
		}
	})
}

// Rename notes where a device stands now.
func (r *Roster) Rename(id, place string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if m := r.byID[id]; m != nil {
		m.Place = place
	}
}

// Gone forgets a device that was revoked.
func (r *Roster) Gone(id string) {
	r.mu.Lock()
	m := r.byID[id]
	delete(r.byID, id)
	for k, a := range r.alarms {
		if k.device == id {
			a.want = nil
		}
	}
	r.mu.Unlock()
	r.nudge()
	if m != nil {
		r.changed(m.Center)
	}
}

// Adopt takes over an alert that a centre's log has open from before the start. It is
// over when the device says so, or when its silence was a mistake.
func (r *Roster) Adopt(center queue.CenterID, a queue.Alert) {
	r.mu.Lock()
	defer r.mu.Unlock()
	k := alarmKey{a.Device, a.Kind, a.Service}
	if r.alarms[k] == nil {
		r.alarms[k] = &alarm{center: center, want: &a, logged: &a, until: time.Now().Add(manyFor)}
	}
}

// Of gives what is known of a device.
func (r *Roster) Of(id string) Seen {
	r.mu.Lock()
	defer r.mu.Unlock()
	m := r.byID[id]
	if m == nil {
		return Seen{}
	}
	return Seen{Online: m.sockets > 0, Heard: m.heard, Health: m.health}
}

// Standing is an alert that stands in a log.
type Standing struct {
	Center       queue.CenterID
	Device, Kind string
	Service      queue.ServiceID
}

// Open lists the alerts that stand, in no order.
func (r *Roster) Open() []Standing {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []Standing
	for k, a := range r.alarms {
		if a.logged != nil {
			out = append(out, Standing{a.center, k.device, k.kind, k.service})
		}
	}
	return out
}

// alarm finds or makes one. THE CALLER MUST HOLD mu.
func (r *Roster) alarm(m *member, kind string, service queue.ServiceID) *alarm {
	k := alarmKey{m.ID, kind, service}
	a := r.alarms[k]
	if a == nil {
		a = &alarm{center: m.Center}
		r.alarms[k] = a
	}
	return a
}

// set says whether an alert stands. THE CALLER MUST HOLD mu.
func (r *Roster) set(m *member, kind string, on bool, detail string) {
	k := alarmKey{device: m.ID, kind: kind}
	switch a := r.alarms[k]; {
	case !on && a != nil && a.want != nil:
		a.want, r.news = nil, true
	case on:
		a = r.alarm(m, kind, "")
		if a.want == nil || a.want.Detail != detail {
			a.want, r.news = &queue.Alert{Detail: detail}, true
		}
	}
}

// judge looks at a device anew. THE CALLER MUST HOLD mu.
func (r *Roster) judge(m *member, now time.Time) {
	silent := now.Sub(m.since) >= SilentAfter
	if a := r.alarms[alarmKey{device: m.ID, kind: queue.AlertSilent}]; a != nil && a.want != nil && m.heard.IsZero() {
		silent = true // it was before the start, and was not heard since
	}
	r.set(m, queue.AlertSilent, silent, "")
	h := m.health
	if h == nil {
		return // an alert of before the start stands until the device speaks
	}
	fault := h.Printer == "cover_open" || h.Printer == "offline" || h.Printer == "error"
	r.set(m, queue.AlertPaper, h.Printer == "paper_out", "")
	detail := ""
	if fault {
		detail = h.Printer
	}
	r.set(m, queue.AlertPrinter, fault, detail)
	r.set(m, queue.AlertSound, m.Role == "display" && h.Sound == "blocked", "")
	r.set(m, queue.AlertPage, !m.noPage.IsZero() && now.Sub(m.noPage) >= PageAfter, "")
}

// Run looks after the roster until ctx ends.
func (r *Roster) Run(ctx context.Context) error {
	for {
		next := r.look(time.Now())
		for _, w := range r.unlogged(time.Now()) {
			r.log(ctx, w)
		}
		if latest := time.Now().Add(ReportEvery); next.IsZero() || latest.Before(next) {
			next = latest // a device may have come meanwhile
		}
		if soon := r.nextRetry(); !soon.IsZero() && soon.Before(next) {
			next = soon
		}
		t := time.NewTimer(time.Until(next))
		select {
		case <-ctx.Done():
			t.Stop()
			return nil
		case <-r.wake:
			t.Stop()
		case <-t.C:
		}
	}
}

// look judges every device and says when the next could change without a word; zero
// for never.
func (r *Roster) look(now time.Time) time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	var next time.Time
	at := func(t time.Time) {
		if t.After(now) && (next.IsZero() || t.Before(next)) {
			next = t
		}
	}
	for _, m := range r.byID {
		r.judge(m, now)
		at(m.since.Add(SilentAfter))
		if !m.noPage.IsZero() {
			at(m.noPage.Add(PageAfter))
		}
	}
	for k, a := range r.alarms {
		if k.kind == queue.AlertMany && a.want != nil {
			if !a.until.After(now) {
				a.want = nil
			} else {
				at(a.until)
			}
		}
		if a.want == nil && a.logged == nil {
			delete(r.alarms, k)
		}
	}
	return next
}

// unlogged lists the alarms that the log does not know as they are.
func (r *Roster) unlogged(now time.Time) []alarmKey {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []alarmKey
	for k, a := range r.alarms {
		if a.differs() && !a.retry.After(now) {
			out = append(out, k)
		}
	}
	return out
}

func (a *alarm) differs() bool {
	return (a.want == nil) != (a.logged == nil) || a.want != nil && a.want.Detail != a.logged.Detail
}

func (r *Roster) nextRetry() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	var next time.Time
	for _, a := range r.alarms {
		if a.differs() && (next.IsZero() || a.retry.Before(next)) {
			next = a.retry
		}
	}
	return next
}

// log writes one alarm as it should stand. Only Run does, so that the beginning of an
// alert comes before its end.
func (r *Roster) log(ctx context.Context, k alarmKey) {
	r.mu.Lock()
	a := r.alarms[k]
	if a == nil || !a.differs() {
		r.mu.Unlock()
		return
	}
	center, want := a.center, a.want
	var c queue.Command = queue.ClearAlert{Device: k.device, Kind: k.kind, Service: k.service}
	if want != nil {
		full := *want
		full.Device, full.Kind, full.Service = k.device, k.kind, k.service
		if m := r.byID[k.device]; m != nil {
			full.Role, full.Place = m.Role, m.Place
		}
		c = queue.RaiseAlert{Alert: full}
	}
	r.mu.Unlock()
	err := r.record(ctx, center, c)
	r.mu.Lock()
	if err != nil {
		a.retry = time.Now().Add(recordAgain)
	} else {
		a.logged, a.retry = want, time.Time{}
	}
	r.mu.Unlock()
	if err == nil {
		r.changed(center)
	}
}
