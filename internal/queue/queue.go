// Package queue is the domain of Mời Số: tickets, services and counters of one
// centre, as a deterministic state machine.
//
// It promises: no I/O, no clock, no randomness, no goroutine, and no map
// iteration that can be observed. Time, ids and the actor come in with the
// command, in Meta. Decide turns a command into events or refuses it with an
// *Error; Apply turns an event into the next State and cannot fail. Replaying
// the events of a centre from an empty State gives the same State, always.
//
// One verb is one file: the command, its decision, its event and what the event
// does to the state stand together.
package queue

import "time"

type (
	CenterID  string // "thuan-hoa": lower case, digits and hyphens
	ServiceID string // "chung-thuc"
	CounterID int    // the number painted over the desk, from 1
	TicketID  string // 16 characters of Crockford base32, upper case
	ClassID   string // a priority class, "" is none
	Day       string // a business day in the centre's zone, "2025-07-14"
)

// Text is a sentence or a name in the two languages of the product.
type Text struct {
	VI string `json:"vi"`
	EN string `json:"en,omitempty"`
}

// Meta comes with every command: who, when, from where.
type Meta struct {
	Now    time.Time // the engine's clock; Decide clamps it to the last stamp
	Actor  string    // account id, device id, or "" for a ticket's holder
	Device string    // device id when a device acted, else ""
	Source string    // kiosk, desk, phone, agent, system
	// OutOfTurn is the permission to call a chosen waiting ticket.
	OutOfTurn bool
}

// A Command asks for a change. The set is closed: see the files named after verbs.
type Command interface {
	decide(s *State, d *decision) error
}

// An Event is a fact. It is applied to the state that the events before it made.
type Event interface {
	kind() string
	apply(s *State, at time.Time)
}

// Record is an event with its envelope, as it stands in the journal.
type Record struct {
	At     time.Time // millisecond resolution; never before the record before it
	Day    Day       // the business day it belongs to
	Actor  string
	Device string
	Source string
	Event  Event
}
