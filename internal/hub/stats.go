package hub

import (
	"sync"
	"sync/atomic"
)

// noBuffers is the pool of write buffers that all sockets share.
var noBuffers sync.Pool

type counters struct {
	published, sent, skipped, beats         atomic.Uint64
	opened, closed, refused, failed, silent atomic.Uint64
	talkative                               atomic.Uint64
}

// Stats counts since the hub was made, but for Open.
type Stats struct {
	Open      map[string]int // sockets by view, now
	Opened    uint64
	Closed    uint64
	Refused   uint64 // requests that got no socket
	Failed    uint64 // sockets that did not take what was sent to them
	Silent    uint64 // sockets that answered no ping
	Talkative uint64 // sockets closed because their client sent too much
	Published uint64 // documents that replaced an older one
	Sent      uint64 // documents handed to a socket
	Skipped   uint64 // documents that a slow socket was spared
	Beats     uint64 // heartbeats
}

// Stats reads the counters.
func (h *Hub) Stats() Stats {
	c := &h.stats
	st := Stats{
		Open:   make(map[string]int),
		Opened: c.opened.Load(), Closed: c.closed.Load(), Refused: c.refused.Load(),
		Failed: c.failed.Load(), Silent: c.silent.Load(), Talkative: c.talkative.Load(), Published: c.published.Load(),
		Sent: c.sent.Load(), Skipped: c.skipped.Load(), Beats: c.beats.Load(),
	}
	h.mu.RLock()
	defer h.mu.RUnlock()
	for _, g := range h.groups {
		for name, t := range g {
			if n := int(t.count.Load()); n > 0 {
				st.Open[name.View()] += n
			}
		}
	}
	return st
}
