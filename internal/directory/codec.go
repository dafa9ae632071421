package directory

import (
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	"moiso/internal/queue"
)

// CodecVersion is written with every record. A change in the meaning of an event
// takes a new kind or a new version, and a golden file of each stays in testdata.
const CodecVersion = 1

// wire is a record in the journal: compact JSON, self-describing.
type wire struct {
	Version int             `json:"v"`
	Kind    string          `json:"k"`
	At      int64           `json:"at"` // unix milliseconds
	Day     queue.Day       `json:"day,omitempty"`
	Actor   string          `json:"by,omitempty"`
	Device  string          `json:"dev,omitempty"`
	Source  string          `json:"src,omitempty"`
	Event   json.RawMessage `json:"e"`
}

// events lists one of every kind.
var events = []Event{
	CenterAdded{}, CenterUpdated{}, CenterDisabled{}, CenterEnabled{},
	AccountAdded{}, RolesSet{}, AccountDisabled{}, AccountEnabled{}, PasswordChanged{},
	DeviceAdded{}, DeviceRenamed{}, DeviceRevoked{},
}

var kinds = func() map[string]reflect.Type {
	m := make(map[string]reflect.Type, len(events))
	for _, e := range events {
		m[e.kind()] = reflect.TypeOf(e)
	}
	return m
}()

// Kind is the stable name of an event, "account-added".
func Kind(e Event) string { return e.kind() }

// EncodeRecord writes a record as it stands in the journal.
func EncodeRecord(r Record) ([]byte, error) {
	e, err := json.Marshal(r.Event)
	if err != nil {
		return nil, fmt.Errorf("directory: encode %s: %w", r.Event.kind(), err)
	}
	return json.Marshal(wire{Version: CodecVersion, Kind: r.Event.kind(), At: r.At.UnixMilli(), Day: r.Day,
		Actor: r.Actor, Device: r.Device, Source: r.Source, Event: e})
}

// DecodeRecord reads what EncodeRecord wrote. A kind or version it does not know
// is an error: a log that cannot be understood must not be guessed at.
func DecodeRecord(b []byte) (Record, error) {
	var w wire
	if err := json.Unmarshal(b, &w); err != nil {
		return Record{}, fmt.Errorf("directory: not a record: %w", err)
	}
	if w.Version != CodecVersion {
		return Record{}, fmt.Errorf("directory: record of version %d; this program reads version %d", w.Version, CodecVersion)
	}
	typ, ok := kinds[w.Kind]
	if !ok {
		return Record{}, fmt.Errorf("directory: unknown event %q", w.Kind)
	}
	v := reflect.New(typ)
	if err := json.Unmarshal(w.Event, v.Interface()); err != nil {
		return Record{}, fmt.Errorf("directory: event %s: %w", w.Kind, err)
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

// Restore reads what Snapshot wrote.
func Restore(b []byte) (*State, error) {
	var w snapshot
	if err := json.Unmarshal(b, &w); err != nil {
		return nil, fmt.Errorf("directory: not a snapshot: %w", err)
	}
	if w.Version != CodecVersion || w.State == nil {
		return nil, fmt.Errorf("directory: snapshot of version %d; this program reads version %d", w.Version, CodecVersion)
	}
	return w.State, nil
}
