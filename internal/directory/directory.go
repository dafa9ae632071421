// Package directory is the city's register: its centres, the accounts of its
// people and its devices, as a small deterministic state machine of the same kind
// as package queue.
//
// It promises: no I/O, no clock, no randomness, no goroutine. Time and ids come in
// with the command. Replaying the events from an empty State gives the same State,
// always. A refused command leaves the state as it was.
//
// It holds no personal data and no secret: a person here is a random id with
// roles. Names, user names and hashes live in a side store that can be erased,
// while this log, like every log of the product, is chained and cannot.
package directory

import (
	"time"

	"moiso/internal/queue"
)

type (
	// AccountID is random and says nothing about the person, "u_3k9…".
	AccountID string
	// DeviceID is random too, "d_7f2…".
	DeviceID string
)

// Meta comes with every command: who, when, from where.
type Meta struct {
	Now    time.Time // the engine's clock; Decide clamps it to the last stamp
	Actor  string    // account id, "" for the system itself
	Device string    // device id when a device acted
	Source string    // web, console, system
}

// A Command asks for a change. The set is closed.
type Command interface {
	decide(s *State, d *decision) error
}

// An Event is a fact.
type Event interface {
	kind() string
	apply(s *State, at time.Time)
}

// Record is an event with its envelope, as it stands in the journal.
type Record struct {
	At     time.Time // millisecond resolution; never before the record before it
	Day    queue.Day // the day of At in UTC: a city has no business day of its own
	Actor  string
	Device string
	Source string
	Event  Event
}

// Decide carries out a command on s, which it changes as it goes: the caller must
// make the records durable before anyone sees the new state, and throw s away if
// it cannot. No records and no error means that there was nothing left to change.
func Decide(s *State, c Command, m Meta) ([]Record, error) {
	d := &decision{meta: m, state: s, now: m.Now.UTC().Truncate(time.Millisecond)}
	if d.now.Before(s.LastAt) {
		d.now = s.LastAt
	}
	if err := c.decide(s, d); err != nil {
		return nil, err
	}
	return d.records, nil
}

// decision collects the events of one command. A command checks everything
// before its first emit.
type decision struct {
	meta    Meta
	state   *State
	now     time.Time
	records []Record
}

func (d *decision) emit(e Event) {
	r := Record{At: d.now, Day: queue.Day(d.now.Format(time.DateOnly)),
		Actor: d.meta.Actor, Device: d.meta.Device, Source: d.meta.Source, Event: e}
	d.records = append(d.records, r)
	d.state.Apply(r)
}

// Apply makes a fact part of the state. It cannot fail.
func (s *State) Apply(r Record) {
	if r.At.After(s.LastAt) {
		s.LastAt = r.At
	}
	r.Event.apply(s, r.At)
}
