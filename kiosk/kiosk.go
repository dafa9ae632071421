package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"moiso/internal/client"
	"moiso/internal/device"
	"moiso/internal/printer"
	"moiso/internal/view"
)

// Time that the server is given before the citizen gets a number of the lane. A kiosk
// that knows it is cut off does not wait that long again.
const (
	askServer = 1500 * time.Millisecond
	askCut    = 400 * time.Millisecond
	suspicion = 15 * time.Second // after a request that was not answered in time
	otherWait = 3 * time.Second  // for what has no lane to fall back on
)

// keepRecent is how many tickets of the server are remembered for their QR codes.
const keepRecent = 200

// server asks the server; *device.Device is one.
type server interface {
	Do(ctx context.Context, method, path string, body []byte) (device.Answer, error)
}

// kiosk gives out numbers: the server's while it answers, its lane's while it does not.
type kiosk struct {
	log    *slog.Logger
	center string
	server server
	spool  *spool
	clock  *clock
	paper  *paper        // nil without a printer
	orders *orders       // of the staff
	show   func(self)    // tells this machine's page; nil for nobody
	wake   chan struct{} // holds one: there may be something to merge

	mu      sync.Mutex
	id      identity
	doc     *view.Kiosk // the last known; never changed in place
	raw     []byte
	kept    time.Time // when raw was last written to disk
	dirty   bool      // raw or the clock's anchor is newer than the disk's
	up      bool
	suspect time.Time // until then the server gets only little time
	recent  map[string]view.Ticket
	order   []string                 // of recent, oldest first
	flying  map[string]chan struct{} // by id; closed when that issue is done
}

func newKiosk(log *slog.Logger, center string, s server, sp *spool, c *clock) *kiosk {
	k := &kiosk{log: log, center: center, server: s, spool: sp, clock: c, wake: make(chan struct{}, 1),
		recent: map[string]view.Ticket{}, flying: map[string]chan struct{}{}}
	var a anchor
	sp.get(anchorKey, &a)
	c.recall(a)
	k.orders = newOrders(log, center, s, nil, sp, k.known)
	var id identity
	if sp.get(identityKey, &id); id.Center == center {
		k.id = id
	}
	var raw json.RawMessage
	if sp.get(kioskKey, &raw); len(raw) > 0 {
		var doc view.Kiosk
		if json.Unmarshal(raw, &doc) == nil && doc.Center == center {
			k.doc, k.raw = &doc, raw
		}
	}
	return k
}

// part is what the kiosk does besides showing its page.
func (k *kiosk) part() device.Part {
	handle := func(f func(http.ResponseWriter, *http.Request)) http.Handler { return http.HandlerFunc(f) }
	return device.Part{
		Handle: map[string]http.Handler{
			"POST /api/v1/centers/{c}/tickets":           handle(k.issue),
			"GET /api/v1/tickets/{id}":                   handle(k.ticket),
			"GET /api/v1/tickets/{id}/qr.svg":            handle(k.qrSVG),
			"GET /api/v1/tickets/{id}/qr.png":            handle(k.qrPNG),
			"POST /api/v1/tickets/{id}/cancel":           handle(k.cancel),
			"POST /api/v1/tickets/{id}/restore":          handle(k.restore),
			"GET /api/v1/appointments/{id}":              handle(k.ask),
			"GET /api/v1/centers/{c}/appointments/today": handle(k.ask),
			"POST /api/v1/appointments/{id}/check-in":    handle(k.arrive),
			"POST /local/print":                          handle(k.again),
		},
		Document: k.document, Beat: k.beat, Status: k.status, Run: k.run, Last: k.raw,
	}
}

// document keeps what the server says the kiosk is.
func (k *kiosk) document(text []byte, _ client.Head) {
	var doc view.Kiosk
	if err := json.Unmarshal(text, &doc); err != nil {
		k.log.Error("the server's document is not understood; is it of another version?", "error", err)
		return
	}
	k.beat(doc.At)
	defer k.orders.heard(doc.Prints)
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.doc == nil || len(k.doc.Services) != len(doc.Services) || k.doc.Lanes[k.id.Device] != doc.Lanes[k.id.Device] {
		k.kept = time.Time{}
	}
	k.doc, k.raw, k.dirty = &doc, text, true
	if k.id.Device != "" && k.id.Lane != doc.Lanes[k.id.Device] {
		k.id.Lane = doc.Lanes[k.id.Device]
		k.kept = time.Time{}
	}
}

// beat follows the server's clock.
func (k *kiosk) beat(at time.Time) {
	if k.clock.hear(at) {
		k.mu.Lock()
		k.dirty = true
		k.mu.Unlock()
	}
}

func (k *kiosk) status(s client.Status) {
	up := s.Connected && !s.Stale
	k.mu.Lock()
	was := k.up
	k.up = up
	if up {
		k.suspect = time.Time{}
	}
	k.mu.Unlock()
	if up && !was {
		k.nudge()
		k.orders.nudge()
	}
}

// nudge tells the merger that there may be something to do.
func (k *kiosk) nudge() {
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

// run merges, keeps what is known on disk, and prints, until its context ends.
func (k *kiosk) run(ctx context.Context) error {
	var beside sync.WaitGroup
	beside.Go(func() { k.mergeAll(ctx) })
	k.orders.paper = k.paper
	beside.Go(func() { k.orders.run(ctx) })
	if k.paper != nil {
		beside.Go(func() {
			if err := k.paper.run(ctx, k.tell); err != nil {
				k.log.Error("nothing is printed any more", "error", err)
			}
		})
	}
	k.tell()
	tick := time.NewTicker(2 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			beside.Wait()
			k.keep()
			return k.spool.close()
		case <-tick.C:
			k.mu.Lock()
			due := k.dirty && time.Since(k.kept) > 20*time.Second
			k.mu.Unlock()
			if due {
				k.keep()
			}
		}
	}
}

// tell shows on this machine's page, and reports, how the kiosk is.
func (k *kiosk) tell() {
	if k.show == nil {
		return
	}
	id, _ := k.known()
	now := self{Lane: id.Lane, Spool: k.spool.count(), Device: id.Device}
	if k.paper != nil {
		s := k.paper.printer.Status()
		now.Printer = &s
	}
	k.show(now)
}

// self is what the kiosk knows of itself besides its document.
type self struct {
	Device, Lane string
	Spool        int
	Printer      *printer.Status // nil without one
}

// keep writes what a start without the server needs.
func (k *kiosk) keep() {
	k.mu.Lock()
	raw, id := k.raw, k.id
	k.dirty, k.kept = false, time.Now()
	k.mu.Unlock()
	err := k.spool.put(anchorKey, k.clock.known())
	if err == nil && len(raw) > 0 {
		err = k.spool.put(kioskKey, json.RawMessage(raw))
	}
	if err == nil && id.Device != "" {
		err = k.spool.put(identityKey, id)
	}
	if err != nil {
		k.log.Error("the kiosk cannot write to its disk", "error", err)
	}
}

// known is who the kiosk is and the last document, nil before the first.
func (k *kiosk) known() (identity, *view.Kiosk) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.id, k.doc
}

// patience is how long the server may take to answer for a number.
func (k *kiosk) patience() time.Duration {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.up && k.doc != nil && k.id.Lane != "" || time.Now().Before(k.suspect) {
		return askCut
	}
	return askServer
}

func (k *kiosk) silent() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.suspect = time.Now().Add(suspicion)
}

// remember keeps a ticket of the server, so that its code can be drawn and the same
// touch gets the same number when the server is gone the next moment.
func (k *kiosk) remember(t view.Ticket) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, ok := k.recent[t.ID]; !ok {
		k.order = append(k.order, t.ID)
	}
	k.recent[t.ID] = t
	if len(k.order) > keepRecent {
		delete(k.recent, k.order[0])
		k.order = k.order[1:]
	}
}

func (k *kiosk) remembered(id string) (view.Ticket, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	t, ok := k.recent[id]
	return t, ok
}

// alone lets one issue of an id happen at a time. The function it gives ends it.
func (k *kiosk) alone(id string) (done func()) {
	for {
		k.mu.Lock()
		other := k.flying[id]
		if other == nil {
			ch := make(chan struct{})
			k.flying[id] = ch
			k.mu.Unlock()
			return func() {
				k.mu.Lock()
				delete(k.flying, id)
				k.mu.Unlock()
				close(ch)
			}
		}
		k.mu.Unlock()
		<-other
	}
}

// openKiosk makes the kiosk of a device, with its spool in dir.
func openKiosk(d *device.Device, dir string, c *clock) (*kiosk, error) {
	sp, warning, err := openSpool(dir, time.Now())
	if err != nil {
		return nil, err
	}
	if warning != "" {
		d.Logger().Error(warning)
	}
	if n := sp.elsewhere(d.Center()); n > 0 {
		d.Logger().Error(fmt.Sprintf("%d of the %d numbers in the spool are of another centre; they stay there", n, sp.count()))
	}
	return newKiosk(d.Logger(), d.Center(), d, sp, c), nil
}
