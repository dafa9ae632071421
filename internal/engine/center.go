package engine

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"moiso/internal/hub"
	"moiso/internal/queue"
	"moiso/internal/view"
)

// center is a queue.State behind a cell.
type center struct {
	e     *Engine
	id    queue.CenterID
	state *queue.State

	claimed []queue.TicketID // ids issued in the batch in hand
	issued  []queue.TicketID // ids issued today, for the journal's index
	over    []queue.TicketID // ids of days that are over and not sealed yet
	carried []queue.TicketID // ids of sealed days that are in the state still

	sent map[hub.Topic][]byte // last body of each watched ticket, to skip what has not changed

	version int64 // of the last publication
	trouble string
}

// shown is the version and the trouble of the last publication.
func (c *center) shown() (int64, string) { return c.version, c.trouble }

func newCenter(e *Engine, name string) *center {
	c := &center{e: e, id: queue.CenterID(name)}
	c.reset()
	return c
}

func (c *center) reset() {
	c.state = queue.New()
	c.issued, c.over, c.carried, c.sent = nil, nil, nil, map[hub.Topic][]byte{}
}

func (c *center) lastAt() time.Time { return c.state.LastAt }

// errOver refuses to issue an id again that was issued on a day that is over; Engine.Do
// answers with that ticket.
var errOver = errors.New("engine: the id was issued on a day that is over")

func (c *center) decide(r *request, now time.Time) (d decided) {
	cmd, claims, err := c.claim(r.command.(queue.Command))
	if err != nil {
		d.err = err
		return d
	}
	m := queue.Meta{Now: now, Actor: r.call.Actor, Device: r.call.Device, Source: r.call.Source, OutOfTurn: r.call.OutOfTurn}
	out, err := queue.Decide(c.state, cmd, m)
	d.err = err
	brought := map[queue.TicketID]bool{}
	for _, rec := range out.Records {
		b, encodeErr := queue.EncodeRecord(rec)
		if encodeErr != nil {
			panic(fmt.Sprintf("engine: an event of our own cannot be encoded: %v", encodeErr))
		}
		d.records = append(d.records, record{b, string(rec.Day)})
		for _, id := range queue.Brought(rec.Event) {
			c.issued = append(c.issued, id)
			brought[id] = true
		}
		switch rec.Event.(type) {
		case queue.CalledTo, queue.Recalled, queue.WasPutBack, queue.CounterOpened, queue.CounterClosedNow:
			d.urgent = true
		case queue.DayStarted:
			d.rolled = true
			c.over, c.issued = append(c.over, c.issued...), nil
		}
	}
	for _, id := range claims {
		if brought[id] {
			c.claimed = append(c.claimed, id)
		} else {
			c.e.index.drop(id)
		}
	}
	if err == nil {
		d.reply = c.answer(cmd, out, now)
	}
	return d
}

// claim takes the ids that a command brings, so that no other centre can: an id is
// unique in the city, for ever. It gives the command with what is known of those that
// are not free, and the ids it has taken.
func (c *center) claim(cmd queue.Command) (queue.Command, []queue.TicketID, error) {
	take := func(id queue.TicketID) (taken bool, err error) {
		if c.state.Ticket(id) != nil || c.state.Appointment(id) != nil {
			return false, nil
		}
		owner, fresh := c.e.index.claim(id, c.id)
		switch {
		case owner != c.id:
			return false, ErrIDTaken
		case !fresh:
			return false, errOver
		}
		return true, nil
	}
	var ids []queue.TicketID
	switch k := cmd.(type) {
	case queue.Issue:
		taken, err := take(k.ID)
		if taken {
			ids = append(ids, k.ID)
		}
		return cmd, ids, err
	case queue.Appoint:
		taken, err := take(k.ID)
		if errors.Is(err, errOver) {
			err = ErrIDTaken
		}
		if taken {
			ids = append(ids, k.ID)
		}
		return cmd, ids, err
	case queue.Adopt:
		taken, err := take(k.ID)
		if taken {
			ids = append(ids, k.ID)
		}
		return cmd, ids, err
	case queue.Merge:
		slips := slices.Clone(k.Tickets)
		for i, t := range slips {
			if t.Elsewhere != "" {
				continue
			}
			switch taken, err := take(t.ID); {
			case errors.Is(err, errOver):
				slips[i].Elsewhere = queue.SlipExisting
			case err != nil:
				slips[i].Elsewhere = ErrIDTaken.Code
			case taken:
				ids = append(ids, t.ID)
			}
		}
		// An id that stands twice in the merge was taken by its first slip.
		for i, t := range slips {
			if t.Elsewhere == queue.SlipExisting && slices.Contains(ids, t.ID) {
				slips[i].Elsewhere = ""
			}
		}
		k.Tickets = slips
		return k, ids, nil
	}
	return cmd, nil, nil
}

// answer is what the command's sender is told.
func (c *center) answer(cmd queue.Command, out queue.Outcome, now time.Time) Reply {
	var r Reply
	for _, o := range out.Slips {
		r.Slips = append(r.Slips, view.SlipOf(o))
	}
	if t := c.state.Tickets[out.Ticket]; t != nil {
		v := view.TicketOf(c.state, t, view.NewPositions(c.state, now), c.e.o.TicketURL(t.ID))
		r.Ticket = &v
		_, issue := cmd.(queue.Issue)
		_, checkIn := cmd.(queue.CheckIn)
		r.Created = (issue || checkIn) && !out.Existing
	}
	if v, ok := view.AppointmentOf(c.state, out.Appointment, c.e.o.TicketURL(out.Appointment)); ok {
		r.Appointment = &v
		_, book := cmd.(queue.Appoint)
		r.Created = book && !out.Existing
	}
	if p := c.state.Print(out.Print); p != nil {
		v := view.PrintOf(c.state, *p)
		r.Print = &v
		_, order := cmd.(queue.OrderPrint)
		r.Created = order && !out.Existing
	}
	if n, ok := counterOf(cmd); ok {
		if k := c.state.Counter(n); k != nil {
			v := view.CounterOf(k)
			r.Counter = &v
		}
	}
	return r
}

func counterOf(cmd queue.Command) (queue.CounterID, bool) {
	switch c := cmd.(type) {
	case queue.OpenCounter:
		return c.Counter, true
	case queue.PauseCounter:
		return c.Counter, true
	case queue.CloseCounter:
		return c.Counter, true
	}
	return 0, false
}

func (c *center) replay(record []byte) (rolled bool, err error) {
	rec, err := queue.DecodeRecord(record)
	if err != nil {
		return false, err
	}
	c.state.Apply(rec)
	for _, id := range queue.Brought(rec.Event) {
		c.issued = append(c.issued, id)
		c.e.index.claim(id, c.id)
	}
	switch rec.Event.(type) {
	case queue.DayStarted:
		c.over, c.issued = append(c.over, c.issued...), nil
		return true, nil
	}
	return false, nil
}

func (c *center) ended() []queue.TicketID { return slices.Clone(c.over) }

// forget takes ids out of memory that the journal finds now. One that was at a counter
// over midnight is answered for from the state until its second day is over, and one of
// an appointment, which the journal files under the day of its booking, until its own is.
func (c *center) forget(sealed []queue.TicketID) {
	gone := make(map[queue.TicketID]bool, len(sealed))
	for _, id := range sealed {
		gone[id] = true
	}
	c.over = slices.DeleteFunc(c.over, func(id queue.TicketID) bool { return gone[id] })
	var drop, keep []queue.TicketID
	for _, id := range append(c.carried, sealed...) {
		if c.state.Ticket(id) == nil && c.state.Appointment(id) == nil {
			drop = append(drop, id)
		} else {
			keep = append(keep, id)
		}
	}
	c.carried = keep
	c.e.index.drop(drop...)
}

// centerSnapshot is a center on disk.
type centerSnapshot struct {
	State  json.RawMessage  `json:"state"`
	Issued []queue.TicketID `json:"issued,omitempty"`
	Ended  []queue.TicketID `json:"ended,omitempty"`
}

func (c *center) snapshot() ([]byte, error) {
	s, err := c.state.Snapshot()
	if err != nil {
		return nil, err
	}
	return json.Marshal(centerSnapshot{State: s, Issued: c.issued, Ended: c.over})
}

func (c *center) restore(b []byte) error {
	var w centerSnapshot
	if err := json.Unmarshal(b, &w); err != nil {
		return err
	}
	s, err := queue.RestoreSnapshot(w.State)
	if err != nil {
		return err
	}
	c.state, c.issued, c.over = s, w.Issued, w.Ended
	open := map[queue.TicketID]bool{}
	for _, ids := range [][]queue.TicketID{w.Issued, w.Ended} {
		for _, id := range ids {
			c.e.index.claim(id, c.id)
			open[id] = true
		}
	}
	for id := range s.Aliases {
		c.e.index.claim(id, c.id)
	}
	for id, t := range s.Tickets {
		c.e.index.claim(id, c.id)
		if t.Day != s.Day || !t.Booked.IsZero() && !open[id] {
			c.carried = append(c.carried, id)
		}
	}
	for id := range s.Appointments {
		c.e.index.claim(id, c.id)
		if !open[id] {
			c.carried = append(c.carried, id)
		}
	}
	return nil
}

func (c *center) committed() {
	c.claimed = c.claimed[:0]
	if c.state.Center.ID != "" {
		s := view.SummaryOf(c.state)
		c.e.summaries.Store(c.id, &s)
		c.e.cityDirty.Store(true)
	}
}

func (c *center) undone() {
	c.e.index.drop(c.claimed...)
	c.claimed = c.claimed[:0]
}

func (c *center) tick(now time.Time) any {
	if at := c.state.NextTick(); !at.IsZero() && !now.Before(at) {
		return queue.Tick{}
	}
	return nil
}

// nextChange is the end of the day, or the next hour at which a service opens or closes.
func (c *center) nextChange(now time.Time) time.Time {
	next := c.state.NextTick()
	local := now.In(c.state.Location())
	consider := func(h queue.Hours) {
		if at, ok := h.NextChange(local); ok && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	consider(c.state.Hours)
	for _, l := range c.state.Lines {
		if l.Service.Hours != nil && !l.Removed {
			consider(*l.Service.Hours)
		}
	}
	return next
}

func (c *center) stamp(version int64, trouble string) view.Stamp {
	return view.Stamp{Epoch: c.e.o.Epoch, Version: version, Now: c.e.o.Now(), Trouble: trouble}
}

// publish computes the documents that someone watches, once each.
func (c *center) publish(version int64, trouble string) {
	c.version, c.trouble = version, trouble
	h := c.e.o.Hub
	if h == nil || c.state.Center.ID == "" {
		return
	}
	p := c.stamp(version, trouble)
	name := string(c.id)
	for _, kind := range []string{"board", "kiosk", "assist", "monitor"} {
		if t := hub.Topic(kind + "/" + name); h.Subscribers(t) > 0 {
			c.show(h, t, p)
		}
	}
	for _, t := range h.Topics("desk/" + name + "/") {
		c.show(h, t, p)
	}
	c.publishTickets(h, p)
}

func (c *center) show(h Publisher, t hub.Topic, p view.Stamp) {
	if v, err := c.document(t, p, nil); err == nil {
		if b, err := json.Marshal(v); err == nil {
			h.Publish(t, hub.Doc{Epoch: p.Epoch, Version: p.Version, Bytes: b})
		}
	}
}

// publishTickets sends a ticket's page only when it changed: a phone pays for each byte.
func (c *center) publishTickets(h Publisher, p view.Stamp) {
	topics := h.Topics("ticket/" + string(c.id) + "/")
	before := c.sent
	// Only of topics that are watched now: whoever comes later has seen another body.
	c.sent = make(map[hub.Topic][]byte, len(topics))
	if len(topics) == 0 {
		return
	}
	pos := view.NewPositions(c.state, p.Now)
	for _, t := range topics {
		v, err := c.document(t, p, pos)
		if err != nil {
			continue
		}
		body, err := pageBody(v)
		if err != nil {
			continue
		}
		c.sent[t] = body
		if bytes.Equal(before[t], body) {
			continue
		}
		if b, err := json.Marshal(v); err == nil {
			h.Publish(t, hub.Doc{Epoch: p.Epoch, Version: p.Version, Bytes: b})
		}
	}
}

// pageBody is what the page of a ticket or an appointment says, without when it was said.
func pageBody(page any) ([]byte, error) {
	switch p := page.(type) {
	case view.TicketPage:
		p.Head = view.Head{}
		page = p
	case view.AppointmentPage:
		p.Head = view.Head{}
		page = p
	}
	return json.Marshal(page)
}

// handedOut notes what a new watcher was given between two publications. Where it is not
// what the others have, the next publication goes to all of them.
func (c *center) handedOut(t hub.Topic, v any) {
	if !strings.HasPrefix(string(t), "ticket/") {
		return
	}
	body, err := pageBody(v)
	if known, watched := c.sent[t]; err != nil || watched && !bytes.Equal(known, body) {
		body = nil // equals no body
	}
	c.sent[t] = body
}

// document computes what a topic of this centre shows.
func (c *center) document(t hub.Topic, p view.Stamp, pos *view.Positions) (any, error) {
	kind, rest, _ := strings.Cut(string(t), "/")
	_, rest, _ = strings.Cut(rest, "/")
	switch kind {
	case "board":
		return view.BoardOf(c.state, p), nil
	case "kiosk":
		k := view.KioskOf(c.state, p)
		k.Offline.TicketURL = c.e.o.TicketURL("")
		return k, nil
	case "assist":
		return view.AssistOf(c.state, p), nil
	case "monitor":
		return view.MonitorOf(c.state, c.e.o.Clerk, p), nil
	case "desk":
		n, err := strconv.Atoi(rest)
		if err != nil {
			return nil, &queue.Error{Code: queue.ErrUnknownCounter.Code, Message: fmt.Sprintf("%q is not a counter's number", rest)}
		}
		if v, ok := view.DeskOf(c.state, queue.CounterID(n), c.e.o.Clerk, p); ok {
			return v, nil
		}
		return nil, c.state.MissingCounter(queue.CounterID(n))
	case "ticket":
		tk := c.state.Ticket(queue.TicketID(rest))
		if v, ok := view.AppointmentPageOf(c.state, queue.TicketID(rest), c.e.o.TicketURL(queue.TicketID(rest)), p); tk == nil && ok {
			return v, nil
		}
		if tk == nil {
			return nil, queue.ErrUnknownTicket
		}
		if pos == nil {
			pos = view.NewPositions(c.state, p.Now)
		}
		return view.TicketPageOf(c.state, tk, pos, c.e.o.TicketURL(tk.ID), p), nil
	}
	return nil, fmt.Errorf("engine: no topic %q", t)
}
