package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"go.etcd.io/bbolt"

	"moiso/internal/printer"
	"moiso/internal/queue"
	"moiso/internal/view"
)

// orderBucket is id of an order → orderNote. A spool of before has none.
var orderBucket = []byte("orders")

// Patience with the server while an order is fetched or reported.
const (
	orderWait  = 5 * time.Second // for an answer
	orderRetry = 500 * time.Millisecond
	orderSlow  = 15 * time.Second // between attempts, at most
)

// orders prints the slips that staff order from elsewhere.
//
// It promises:
//   - an order is begun once, also by a program that died and started anew: what is
//     noted on disk before the first byte is never printed again, but reported as
//     doubtful, so that whoever ordered it looks and orders it anew;
//   - how an order ended is told to the server until the server has it, in the order in
//     which they ended;
//   - nobody at the device is asked about an order: who ordered it is told.
type orders struct {
	log    *slog.Logger
	center string
	server server
	paper  *paper // nil without a printer
	notes  *orderNotes
	// now gives who the device is and the last known document, nil before the first.
	now  func() (identity, *view.Kiosk)
	wake chan struct{} // holds one: there may be something to do

	mu    sync.Mutex
	calls []view.PrintCall // of the newest document
	open  []string         // those of them for this device, not yet handled
	done  map[string]bool  // handled by this run of the program
}

// orderNote is an order that was begun, and how it ended.
type orderNote struct {
	Ticket string           `json:"ticket"`
	Number string           `json:"number"`
	State  queue.PrintState `json:"state,omitempty"` // "" while it is in the printer
	Why    string           `json:"why,omitempty"`
	At     time.Time        `json:"at"`
}

func newOrders(log *slog.Logger, center string, s server, p *paper, sp *spool, now func() (identity, *view.Kiosk)) *orders {
	return &orders{log: log, center: center, server: s, paper: p, notes: &orderNotes{sp.db}, now: now, wake: make(chan struct{}, 1), done: map[string]bool{}}
}

// heard takes the calls of a new document.
func (o *orders) heard(calls []view.PrintCall) {
	o.mu.Lock()
	o.calls = calls
	o.mu.Unlock()
	o.sort()
}

// sort picks the calls that are for this device, also when it has just been told who it is.
func (o *orders) sort() {
	id, _ := o.now()
	if id.Device == "" {
		return
	}
	o.mu.Lock()
	o.open = o.open[:0]
	listed := map[string]bool{}
	for _, c := range o.calls {
		if c.Device != id.Device {
			continue
		}
		listed[c.ID] = true
		if !o.done[c.ID] {
			o.open = append(o.open, c.ID)
		}
	}
	for id := range o.done {
		if !listed[id] {
			delete(o.done, id)
		}
	}
	news := len(o.open) > 0
	o.mu.Unlock()
	if news {
		o.nudge()
	}
}

// nudge says that there may be something to do, or that the server is there again.
func (o *orders) nudge() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// rest waits, shorter when it is nudged, and tells whether ctx is still alive.
func (o *orders) rest(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-o.wake:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// next is an order that is still to be handled; "" for none.
func (o *orders) next() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.open) == 0 {
		return ""
	}
	return o.open[0]
}

// wanted reports whether the newest document still lists an order.
func (o *orders) wanted(id string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Contains(o.open, id)
}

func (o *orders) over(id string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.done[id] = true
	o.open = slices.DeleteFunc(o.open, func(v string) bool { return v == id })
}

// run handles orders until its context ends. What a program of before left is reported
// first.
func (o *orders) run(ctx context.Context) {
	left, err := o.notes.all()
	if err != nil {
		o.log.Error("what was ordered to be printed before this start cannot be read", "error", err)
	}
	for _, id := range left {
		o.handle(ctx, id)
	}
	for ctx.Err() == nil {
		if id := o.next(); id != "" {
			o.handle(ctx, id)
			continue
		}
		select {
		case <-ctx.Done():
		case <-o.wake:
		}
	}
}

// handle does what is to be done about one order.
func (o *orders) handle(ctx context.Context, id string) {
	n, begun, err := o.notes.get(id)
	if err != nil {
		o.log.Error("the note of an order to print cannot be read; it counts as begun", "order", id, "error", err)
		n, begun = orderNote{}, true
	}
	switch {
	case begun && n.State == "":
		o.log.Warn("a slip that staff ordered was in the printer when this program ended; they are told to look", "number", n.Number)
		if o.paper != nil && n.Ticket != "" {
			o.paper.printer.LetGo(n.Ticket)
		}
		n.State, n.Why = queue.PrintDoubtful, "restarted"
	case !begun:
		what, ok := o.fetch(ctx, id)
		if !ok {
			if ctx.Err() == nil {
				o.over(id)
			}
			return
		}
		n = o.print(ctx, what)
		if n.State == "" {
			return // the program ends; the note stays
		}
	}
	o.report(ctx, id, n)
}

// fetch asks the server what an order is, for as long as the order stands; false when
// there is nothing to print.
func (o *orders) fetch(ctx context.Context, id string) (view.PrintOrder, bool) {
	wait := orderRetry
	for o.wanted(id) {
		status, body, err := o.ask(ctx, http.MethodGet, o.path(id), nil)
		var what view.PrintOrder
		switch {
		case err == nil && status == http.StatusOK && json.Unmarshal(body, &what) == nil && what.Print.ID == id && what.Ticket.ID != "":
			return what, what.Print.State == string(queue.PrintOpen)
		case err == nil && status >= 400 && status < 500 && status != http.StatusTooManyRequests:
			o.log.Warn("an order to print is not for this device any more", "order", id, "status", status)
			return view.PrintOrder{}, false
		}
		if !o.rest(ctx, wait) {
			return view.PrintOrder{}, false
		}
		wait = min(2*wait, orderSlow)
	}
	return view.PrintOrder{}, false
}

// print puts one order on paper and says how that went. The note of it, with an end or
// without one, is on disk; it has no end when the program stopped in the middle.
func (o *orders) print(ctx context.Context, what view.PrintOrder) orderNote {
	id, t := what.Print.ID, what.Ticket
	n := orderNote{Ticket: t.ID, Number: t.Number, At: time.Now().UTC()}
	ended := func(state queue.PrintState, why string) orderNote {
		n.State, n.Why = state, why
		o.keep(id, n)
		return n
	}
	if o.paper == nil {
		return ended(queue.PrintFailed, "no_printer")
	}
	o.keep(id, n)
	who, doc := o.now()
	if err := o.paper.put(doc, settings(doc, who), t, what.Print.Again); err != nil {
		o.log.Warn("a slip that staff ordered is not printed; they are told", "number", t.Number, "error", err)
		return ended(queue.PrintFailed, o.whyNot(err))
	}
	p := o.paper.printer
	stopped := false
	for {
		changed := p.Changed()
		switch state, _ := p.Job(t.ID); state {
		case printer.JobPrinted:
			return ended(queue.PrintDone, "")
		case printer.JobFailed, printer.JobAsk:
			why := o.whyNot(printer.ErrCannotPrint)
			if p.LetGo(t.ID) {
				o.log.Warn("a slip that staff ordered was cut off in the middle; they are told to look", "number", t.Number, "why", why)
				return ended(queue.PrintDoubtful, why)
			}
			o.log.Warn("a slip that staff ordered is not printed; they are told", "number", t.Number, "why", why)
			return ended(queue.PrintFailed, why)
		case printer.JobQueued:
			if stopped {
				return ended(queue.PrintFailed, "restarted") // it was never begun
			}
		default:
			if stopped {
				return n
			}
		}
		select {
		case <-changed:
		case <-o.paper.ended: // after ctx: the slip in hand is written to its end
			stopped = true
		}
	}
}

// whyNot is a word for what keeps the printer from printing.
func (o *orders) whyNot(err error) string {
	switch s := o.paper.printer.Status().State; {
	case errors.Is(err, printer.ErrFull), errors.Is(err, printer.ErrPrintedOnce):
		return "busy"
	case !errors.Is(err, printer.ErrCannotPrint):
		return "error"
	case s.Prints():
		return "cut_off" // it is well again, or does not say how it is
	default:
		return string(s)
	}
}

// keep notes an order. A disk that takes nothing does not keep a slip from whoever
// waits for it; in this run of the program it is printed once all the same.
func (o *orders) keep(id string, n orderNote) {
	o.mu.Lock()
	o.done[id] = true
	o.mu.Unlock()
	if err := o.notes.put(id, n); err != nil {
		o.log.Error("an order to print cannot be noted on disk: should this program die, it may be printed twice", "number", n.Number, "error", err)
	}
}

// report tells the server how an order ended, until it has heard it.
func (o *orders) report(ctx context.Context, id string, n orderNote) {
	body, _ := json.Marshal(map[string]string{"state": string(n.State), "why": n.Why}) // strings always can be
	wait := orderRetry
	for {
		status, answer, err := o.ask(ctx, http.MethodPost, o.path(id)+"/end", body)
		if err == nil && status == http.StatusOK || err == nil && status == http.StatusNotFound && code(answer) == string(queue.ErrUnknownPrint.Code) {
			if err := o.notes.drop(id); err != nil {
				o.log.Warn("the note of an order to print cannot be taken back; it is reported again after the next start", "number", n.Number, "error", err)
			}
			o.over(id)
			return
		}
		if !o.rest(ctx, wait) {
			return
		}
		wait = min(2*wait, orderSlow)
	}
}

func (o *orders) path(id string) string { return "/api/v1/centers/" + o.center + "/prints/" + id }

func (o *orders) ask(ctx context.Context, method, path string, body []byte) (int, []byte, error) {
	ctx, cancel := context.WithTimeout(ctx, orderWait)
	defer cancel()
	a, err := o.server.Do(ctx, method, path, body)
	return a.Status, a.Body, err
}

// code is the code of a problem document.
func code(body []byte) string {
	var p struct{ Code string }
	_ = json.Unmarshal(body, &p) // what is none has none
	return p.Code
}

// orderNotes are the orders that were begun and of which the server does not know the
// end, in the spool's file.
type orderNotes struct{ db *bbolt.DB }

func (s *orderNotes) put(id string, n orderNote) error {
	v, err := json.Marshal(n)
	if err != nil {
		return err
	}
	return s.db.Update(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucketIfNotExists(orderBucket)
		if err != nil {
			return err
		}
		return b.Put([]byte(id), v)
	})
}

func (s *orderNotes) get(id string) (n orderNote, ok bool, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		b := tx.Bucket(orderBucket)
		if b == nil {
			return nil
		}
		v := b.Get([]byte(id))
		if ok = v != nil; !ok {
			return nil
		}
		if err := json.Unmarshal(v, &n); err != nil {
			return fmt.Errorf("the note of order %s: %w", id, err)
		}
		return nil
	})
	return n, ok, err
}

// all lists the noted orders, oldest first as far as they can be read.
func (s *orderNotes) all() ([]string, error) {
	type noted struct {
		id string
		at time.Time
	}
	var found []noted
	err := s.db.View(func(tx *bbolt.Tx) error {
		b := tx.Bucket(orderBucket)
		if b == nil {
			return nil
		}
		return b.ForEach(func(id, v []byte) error {
			var n orderNote
			_ = json.Unmarshal(v, &n) // handle says so
			found = append(found, noted{string(id), n.At})
			return nil
		})
	})
	slices.SortStableFunc(found, func(a, b noted) int { return a.at.Compare(b.at) })
	var ids []string
	for _, n := range found {
		ids = append(ids, n.id)
	}
	return ids, err
}

func (s *orderNotes) drop(id string) error {
	return s.db.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket(orderBucket)
		if b == nil {
			return nil
		}
		return b.Delete([]byte(id))
	})
}
