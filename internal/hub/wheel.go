package hub

import (
	"sync"
	"time"
)

const (
	tick  = 250 * time.Millisecond
	slots = 256 // a turn of 64 s; what is due later goes round again
)

// wheel calls visit for every socket at the socket's own interval from a single
// timer. Its goroutine lives while it holds a socket.
type wheel struct {
	visit func(*socket)

	mu    sync.Mutex
	slots [slots][]*socket
	held  int
	tick  int64 // the last one that was handled
	start time.Time
	quit  chan struct{} // ends the goroutine; nil while nothing is held
}

func newWheel(visit func(*socket)) *wheel {
	return &wheel{visit: visit, start: time.Now()}
}

// ticks rounds to the nearest whole tick, at least one.
func ticks(d time.Duration) int64 {
	return max(1, int64((d+tick/2)/tick))
}

// add puts s on the wheel; it is visited first after its interval.
func (w *wheel) add(s *socket) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.held == 0 {
		w.tick = int64(time.Since(w.start) / tick)
		w.quit = make(chan struct{})
		go w.run(w.quit)
	}
	w.held++
	w.place(s)
}

// place THE CALLER MUST HOLD mu.
func (w *wheel) place(s *socket) {
	s.due = w.tick + ticks(s.interval())
	s.slot = int(s.due % slots)
	s.index = len(w.slots[s.slot])
	w.slots[s.slot] = append(w.slots[s.slot], s)
}

// remove takes s off the wheel. A visit may still be under way.
func (w *wheel) remove(s *socket) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.take(s)
	if w.held--; w.held == 0 {
		close(w.quit)
		w.quit = nil
	}
}

// take THE CALLER MUST HOLD mu.
func (w *wheel) take(s *socket) {
	slot := w.slots[s.slot]
	last := len(slot) - 1
	slot[s.index] = slot[last]
	slot[s.index].index = s.index
	slot[last] = nil
	w.slots[s.slot] = slot[:last]
}

func (w *wheel) run(quit <-chan struct{}) {
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	var due []*socket
	for {
		select {
		case <-quit:
			return
		case <-ticker.C:
		}
		due = w.collect(due[:0], quit)
		for _, s := range due {
			w.visit(s)
		}
		clear(due)
	}
}

// collect advances to the present and returns who is due. A ticker drops ticks
// when its reader is late, so more than one may have to be made up for.
func (w *wheel) collect(due []*socket, quit <-chan struct{}) []*socket {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.quit != quit { // the wheel was empty meanwhile and has another goroutine
		return due
	}
	for now := int64(time.Since(w.start) / tick); w.tick < now; {
		w.tick++
		slot := int(w.tick % slots)
		// From the end, because take and place fill gaps from there.
		for i := len(w.slots[slot]) - 1; i >= 0; i-- {
			s := w.slots[slot][i]
			if s.due > w.tick {
				continue
			}
			w.take(s)
			w.place(s)
			due = append(due, s)
		}
	}
	return due
}
