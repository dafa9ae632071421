package queue

import (
	"encoding/json"
	"fmt"
	"reflect"
	"time"
)

// CodecVersion is written with every record. A change in the meaning of an event
// takes a new kind or a new version, and a golden file of each stays in testdata.
const CodecVersion = 1

// wire is a record in the journal: compact JSON, self-describing.
type wire struct {
	Version int             `json:"v"`
	Kind    string          `json:"k"`
	At      int64           `json:"at"` // unix milliseconds
	Day     Day             `json:"day,omitempty"`
	Actor   string          `json:"by,omitempty"`
	Device  string          `json:"dev,omitempty"`
	Source  string          `json:"src,omitempty"`
	Event   json.RawMessage `json:"e"`
}

// events lists one of every kind.
var events = []Event{
	Issued{}, CalledTo{}, Recalled{}, Started{}, Finished{}, NotShown{}, CameBack{}, SetAside{}, Referred{}, Transferred{}, WasPutBack{},
	Reopened{}, WasCancelled{}, Restored{}, ServiceChanged{}, PrioritySet{}, CounterOpened{}, CounterPausedNow{},
	CounterClosedNow{}, IssuingPaused{}, IssuingResumed{}, DayEnded{}, DayStarted{}, ClockSetBack{}, ClockCaughtUp{},
	CenterSet{}, HoursSet{}, PolicySet{}, ServiceSet{}, ServiceRemoved{}, CounterSet{}, CounterRemoved{}, KioskSet{}, DisplaySet{},
	AlertRaised{}, AlertCleared{}, MediaAdded{}, MediaRemoved{}, CityMessagesSet{},
	Appointed{}, AppointmentCancelled{}, CheckedIn{}, LaneGiven{}, LaneWithdrawn{}, LaneFreed{}, Merged{}, Renumbered{}, SlipRefusedNow{}, Adopted{}, SlipIdentified{},
	PrintOrdered{}, PrintEnded{},
}

var kinds = func() map[string]reflect.Type {
	m := make(map[string]reflect.Type, len(events))
	for _, e := range events {
		m[e.kind()] = reflect.TypeOf(e)
	}
	return m
}()

// Kind is the stable name of an event, "called".
func Kind(e Event) string { return e.kind() }

// EncodeRecord writes a record as it stands in the journal.
func EncodeRecord(r Record) ([]byte, error) {
	e, err := json.Marshal(r.Event)
	if err != nil {
		return nil, fmt.Errorf("queue: encode %s: %w", r.Event.kind(), err)
	}
	return json.Marshal(wire{Version: CodecVersion, Kind: r.Event.kind(), At: r.At.UnixMilli(), Day: r.Day,
		Actor: r.Actor, Device: r.Device, Source: r.Source, Event: e})
}

// DecodeRecord reads what EncodeRecord wrote. A kind or version it does not know
// is an error: a log that cannot be understood must not be guessed at.
func DecodeRecord(b []byte) (Record, error) {
	var w wire
	if err := json.Unmarshal(b, &w); err != nil {
		return Record{}, fmt.Errorf("queue: not a record: %w", err)
	}
	if w.Version != CodecVersion {
		return Record{}, fmt.Errorf("queue: record of version %d; this program reads version %d", w.Version, CodecVersion)
	}
	typ, ok := kinds[w.Kind]
	if !ok {
		return Record{}, fmt.Errorf("queue: unknown event %q", w.Kind)
	}
	v := reflect.New(typ)
	if err := json.Unmarshal(w.Event, v.Interface()); err != nil {
		return Record{}, fmt.Errorf("queue: event %s: %w", w.Kind, err)
	}
	return Record{At: time.UnixMilli(w.At).UTC(), Day: w.Day, Actor: w.Actor, Device: w.Device, Source: w.Source,
		Event: v.Elem().Interface().(Event)}, nil
}

// snapshot is a state on disk.
type snapshot struct {
	Version int    `json:"v"`
	State   *State `json:"state"`
}

// Snapshot writes the state so that Restore gives an equal one.
func (s *State) Snapshot() ([]byte, error) {
	return json.Marshal(snapshot{Version: CodecVersion, State: s})
}

// RestoreSnapshot reads what Snapshot wrote.
func RestoreSnapshot(b []byte) (*State, error) {
	var w snapshot
	if err := json.Unmarshal(b, &w); err != nil {
		return nil, fmt.Errorf("queue: not a snapshot: %w", err)
	}
	if w.Version != CodecVersion || w.State == nil {
		return nil, fmt.Errorf("queue: snapshot of version %d; this program reads version %d", w.Version, CodecVersion)
	}
	if w.State.Tickets == nil {
		w.State.Tickets = map[TicketID]*Ticket{}
	}
	if err := w.State.check(); err != nil {
		return nil, fmt.Errorf("queue: snapshot: %w", err)
	}
	return w.State, nil
}

// check finds what no sequence of events could have left behind.
func (s *State) check() error {
	for id, t := range s.Tickets {
		if t == nil || t.ID != id {
			return fmt.Errorf("ticket %q is empty or filed under another id", id)
		}
	}
	for id, a := range s.Appointments {
		if a == nil || a.ID != id || s.Tickets[id] != nil {
			return fmt.Errorf("appointment %q is empty, filed under another id or a ticket already", id)
		}
	}
	for _, l := range s.Lines {
		if l == nil {
			return fmt.Errorf("a line is empty")
		}
		for _, id := range l.Waiting {
			t := s.Tickets[id]
			if t == nil || t.State != Waiting || t.Service != l.ID {
				return fmt.Errorf("ticket %q stands in the line of %q and does not wait there", id, l.ID)
			}
			l.count(t, 1)
		}
		if err := l.Service.validHours(); err != nil {
			return err
		}
	}
	for _, c := range s.Counters {
		if c == nil {
			return fmt.Errorf("a counter is empty")
		}
		if t := s.Tickets[c.Ticket]; c.Ticket != "" && (t == nil || !t.Held() || t.Counter != c.Number) {
			return fmt.Errorf("counter %d holds ticket %q, which is not there", c.Number, c.Ticket)
		}
	}
	return s.Hours.Validate()
}
