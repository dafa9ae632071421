package engine

import (
	"encoding/json"
	"fmt"

	"moiso/internal/queue"
)

// BulkSnapshot writes a centre's snapshot as its cell saves it, for programs that
// fill a journal without an engine. issued are the ids of the open day in order of
// issue, ended those of days that are over and not sealed yet.
func BulkSnapshot(s *queue.State, issued, ended []queue.TicketID) ([]byte, error) {
	c := center{state: s, issued: issued, over: ended}
	m, err := c.snapshot()
	if err != nil {
		return nil, fmt.Errorf("engine: snapshot of %s: %w", s.Center.ID, err)
	}
	return json.Marshal(saved{Machine: m})
}
