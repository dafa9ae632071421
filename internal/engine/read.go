package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"moiso/internal/hub"
	"moiso/internal/journal"
	"moiso/internal/queue"
	"moiso/internal/view"
)

// Do carries out a command of a centre. Its error is a *queue.Error or wraps one of
// the engine's.
func (e *Engine) Do(ctx context.Context, id queue.CenterID, c queue.Command, call Call) (Reply, error) {
	if err := e.known(id); err != nil {
		return Reply{}, err
	}
	if merge, ok := c.(queue.Merge); ok {
		if err := e.mergedBefore(ctx, id, &merge); err != nil {
			return Reply{}, err
		}
		c = merge
	}
	if issue, ok := c.(queue.Issue); ok {
		if r, done, err := e.issuedBefore(ctx, id, issue.ID); done || err != nil {
			return r, err
		}
	}
	if appoint, ok := c.(queue.Appoint); ok {
		if _, open := e.index.get(appoint.ID); !open {
			_, _, sealed, err := e.o.Log.FindID(ctx, rawID(appoint.ID))
			if err != nil {
				return Reply{}, fmt.Errorf("%w (%w)", ErrStorage, err)
			}
			if sealed {
				return Reply{}, ErrIDTaken
			}
		}
	}
	r, err := e.ask(ctx, string(id), &request{command: c, call: call})
	if errors.Is(err, queue.ErrUnknownAppointment) {
		err = e.afterItsDay(ctx, c, err)
	}
	if issue, ok := c.(queue.Issue); ok && errors.Is(err, errOver) {
		page, err := e.Ticket(ctx, issue.ID)
		return Reply{Ticket: &page.Ticket}, err
	}
	return r, err
}

// issuedBefore answers for an id of a sealed day: an id stays unique for ever.
func (e *Engine) issuedBefore(ctx context.Context, id queue.CenterID, t queue.TicketID) (Reply, bool, error) {
	if _, open := e.index.get(t); open {
		return Reply{}, false, nil
	}
	stream, _, found, err := e.o.Log.FindID(ctx, rawID(t))
	if err != nil {
		return Reply{}, false, fmt.Errorf("%w (%w)", ErrStorage, err)
	}
	if !found {
		return Reply{}, false, nil
	}
	if stream != string(id) {
		return Reply{}, true, ErrIDTaken
	}
	page, err := e.Ticket(ctx, t)
	if err != nil {
		return Reply{}, true, err
	}
	return Reply{Ticket: &page.Ticket}, true, nil
}

// mergedBefore marks the slips whose ids a sealed day holds: their merge was done, and
// only the answer was lost.
func (e *Engine) mergedBefore(ctx context.Context, id queue.CenterID, m *queue.Merge) error {
	m.Tickets = slices.Clone(m.Tickets)
	for i, t := range m.Tickets {
		if _, open := e.index.get(t.ID); open {
			continue
		}
		stream, _, found, err := e.o.Log.FindID(ctx, rawID(t.ID))
		switch {
		case err != nil:
			return fmt.Errorf("%w (%w)", ErrStorage, err)
		case found && stream == string(id):
			m.Tickets[i].Elsewhere = queue.SlipExisting
		case found:
			m.Tickets[i].Elsewhere = ErrIDTaken.Code
		}
	}
	return nil
}

// View lets f look at a centre's durable state. It runs between batches in the
// centre's goroutine: f must be quick and keep nothing of the state.
func (e *Engine) View(ctx context.Context, id queue.CenterID, f func(*queue.State, view.Stamp) error) error {
	if err := e.known(id); err != nil {
		return err
	}
	return e.look(ctx, string(id), f)
}

func (e *Engine) look(ctx context.Context, stream string, f func(*queue.State, view.Stamp) error) error {
	_, err := e.ask(ctx, stream, &request{look: func(k *cell) error {
		c := k.m.(*center)
		v, trouble := c.shown()
		return f(c.state, c.stamp(v, trouble))
	}})
	return err
}

// CenterOf finds the centre of a ticket of an open or a sealed day.
func (e *Engine) CenterOf(ctx context.Context, id queue.TicketID) (queue.CenterID, error) {
	c, _, _, err := e.find(ctx, id)
	return c, err
}

// find gives the centre of a ticket or an appointment. For one of a sealed day it also gives a position
// before its first record; open says that it may still be in the centre's state.
func (e *Engine) find(ctx context.Context, id queue.TicketID) (c queue.CenterID, after journal.Pos, open bool, err error) {
	if c, ok := e.index.get(id); ok {
		return c, 0, true, nil
	}
	stream, after, found, err := e.o.Log.FindID(ctx, rawID(id))
	if err != nil {
		return "", 0, false, fmt.Errorf("%w (%w)", ErrStorage, err)
	}
	if !found {
		return "", 0, false, &queue.Error{Code: queue.ErrUnknownTicket.Code, Message: fmt.Sprintf("there is no ticket %s", id)}
	}
	return queue.CenterID(stream), after, false, nil
}

// Resolve gives the id for an id or for a number printed today.
func (e *Engine) Resolve(ctx context.Context, c queue.CenterID, ref string) (queue.TicketID, error) {
	if id, ok := queue.ParseTicketID(ref); ok {
		return id, nil
	}
	number := strings.ToUpper(strings.TrimSpace(ref))
	var id queue.TicketID
	err := e.View(ctx, c, func(s *queue.State, _ view.Stamp) error {
		for _, t := range s.Tickets {
			if t.Number == number && (id == "" || t.Day == s.Day) {
				id = t.ID
			}
		}
		if id == "" {
			return &queue.Error{Code: queue.ErrUnknownTicket.Code, Message: fmt.Sprintf("no ticket of today has the number %s", number)}
		}
		return nil
	})
	return id, err
}

// Doc computes the newest document of a topic, for someone who begins to watch.
func (e *Engine) Doc(ctx context.Context, t hub.Topic) (hub.Doc, error) {
	kind, rest, _ := strings.Cut(string(t), "/")
	if kind == "city" {
		return e.cityDoc(ctx)
	}
	id, _, _ := strings.Cut(rest, "/")
	if err := e.known(queue.CenterID(id)); err != nil {
		return hub.Doc{}, err
	}
	var d hub.Doc
	_, err := e.ask(ctx, id, &request{look: func(k *cell) error {
		c := k.m.(*center)
		version, trouble := c.shown()
		p := c.stamp(version, trouble)
		v, err := c.document(t, p, nil)
		if err != nil {
			return err
		}
		c.handedOut(t, v)
		b, err := json.Marshal(v)
		d = hub.Doc{Epoch: p.Epoch, Version: p.Version, Bytes: b}
		return err
	}})
	if kind == "ticket" && errors.Is(err, queue.ErrUnknownTicket) {
		// Its day may be over; the page says how it ended.
		_, ticket, _ := strings.Cut(rest, "/")
		f, err := e.page(ctx, queue.TicketID(ticket))
		if err != nil {
			return hub.Doc{}, err
		}
		head, b, err := f.encode()
		return hub.Doc{Epoch: head.Epoch, Version: head.Version, Bytes: b}, err
	}
	return d, err
}

// CheckSnapshot replays a centre from its first record and compares the state with
// the centre's snapshot at the snapshot's position, and reads the rest as well.
func CheckSnapshot(ctx context.Context, log journal.Log, stream string) error {
	snap, has, err := log.LoadSnapshot(ctx, stream)
	if err != nil {
		return err
	}
	s := queue.New()
	for entry, err := range log.Read(ctx, stream, 0) {
		if err != nil {
			return err
		}
		for i, b := range entry.Records {
			r, err := queue.DecodeRecord(b)
			if err != nil {
				return fmt.Errorf("%s, record %d: %w", stream, entry.First+uint64(i), err)
			}
			s.Apply(r)
		}
		if !has || entry.Pos != snap.Pos {
			continue
		}
		var w saved
		var c centerSnapshot
		if err := json.Unmarshal(snap.Bytes, &w); err != nil {
			return fmt.Errorf("%s: the snapshot cannot be read: %w", stream, err)
		}
		if err := json.Unmarshal(w.Machine, &c); err != nil {
			return fmt.Errorf("%s: the snapshot cannot be read: %w", stream, err)
		}
		replayed, err := s.Snapshot()
		if err != nil {
			return err
		}
		if string(replayed) != string(c.State) {
			return fmt.Errorf("%s: the snapshot after record %d differs from its records", stream, snap.Next-1)
		}
	}
	return nil
}
