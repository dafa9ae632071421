package engine

import (
	"encoding/json"
	"fmt"

	"moiso/internal/journal"
	"moiso/internal/queue"
)

// BulkSnapshot writes a centre's snapshot as its cell saves it once a day is sealed,
// for programs that fill a journal without an engine. issued are the ids of the open
// day in order of issue, sealedTo is where the sealed days end.
func BulkSnapshot(s *queue.State, issued []queue.TicketID, sealedTo journal.Pos) ([]byte, error) {
	c := center{state: s, issued: issued}
	m, err := c.snapshot()
	if err != nil {
		return nil, fmt.Errorf("engine: snapshot of %s: %w", s.Center.ID, err)
	}
	return json.Marshal(saved{SealedTo: sealedTo, Machine: m})
}
