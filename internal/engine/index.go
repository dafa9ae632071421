package engine

import (
	"sync"

	"moiso/internal/queue"
)

// index knows the centre of every ticket of the open days. Sealed days are found
// in the journal.
type index struct {
	mu sync.RWMutex
	m  map[queue.TicketID]queue.CenterID
}

func newIndex() *index { return &index{m: map[queue.TicketID]queue.CenterID{}} }

func (x *index) get(id queue.TicketID) (queue.CenterID, bool) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	c, ok := x.m[id]
	return c, ok
}

// claim gives the id to a centre unless another has it; fresh says that it was free.
func (x *index) claim(id queue.TicketID, c queue.CenterID) (owner queue.CenterID, fresh bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if owner, ok := x.m[id]; ok {
		return owner, false
	}
	x.m[id] = c
	return c, true
}

func (x *index) drop(ids ...queue.TicketID) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, id := range ids {
		delete(x.m, id)
	}
}

// Crockford's alphabet backwards.
var crockford = func() (t [256]byte) {
	for i := range len(queue.TicketIDAlphabet) {
		t[queue.TicketIDAlphabet[i]] = byte(i)
	}
	return
}()

// rawID packs an id's 80 bits into 10 bytes.
func rawID(id queue.TicketID) (out [10]byte) {
	for i := 0; i < 16 && i < len(id); i++ {
		v := crockford[id[i]]
		bit := i * 5
		for b := range 5 {
			if v&(1<<(4-b)) != 0 {
				out[(bit+b)/8] |= 1 << (7 - (bit+b)%8)
			}
		}
	}
	return out
}
