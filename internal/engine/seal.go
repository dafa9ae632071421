package engine

import "context"

// rollover closes a business day: a snapshot first, so that no later start reads
// the day; then its records are packed, and its ids filed so that they are found.
func (c *cell) rollover() {
	m, ok := c.m.(*center)
	if !ok || !c.save() {
		return
	}
	raw := make([][10]byte, 0, len(m.ended))
	for _, id := range m.ended {
		raw = append(raw, rawID(id))
	}
	if err := c.e.o.Log.Seal(context.Background(), c.name, c.head.Pos, raw); err != nil {
		c.e.o.Logger.Warn("the day was not sealed; its records stay in the open part and are sealed with the next day", "center", c.name, "error", err)
		return
	}
	drop := m.ended[:0]
	for _, id := range m.ended {
		if m.state.Tickets[id] == nil { // one still at a counter is looked up there
			drop = append(drop, id)
		}
	}
	c.e.index.drop(drop...)
	m.ended = nil
	c.sinceSnap++ // the next snapshot must forget them too
}
