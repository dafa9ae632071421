package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"moiso/internal/hub"
	"moiso/internal/journal"
	"moiso/internal/queue"
)

// Limits of a cell.
const (
	maxBatch     = 256                    // commands decided before one append
	fewRecords   = 100                    // without a snapshot when the engine closes
	keepKeys     = 48 * time.Hour         // how long an idempotency key is remembered (DESIGN)
	housekeeping = 30 * time.Second       // the longest a cell sleeps
	probeEvery   = 2 * time.Second        // how often what was refused by disk or clock is tried again
	urgentGap    = 8 * time.Millisecond   // between boards when calls come fast
	quietGap     = 100 * time.Millisecond // between boards when only counts change
)

// machine is a deterministic state machine behind a cell. It is used by the
// cell's goroutine alone.
type machine interface {
	// decide carries out a command, changing the state ahead of the disk.
	decide(r *request, now time.Time) decided
	// replay applies a record and says whether a business day began with it.
	replay(record []byte) (rolled bool, err error)
	restore(snapshot []byte) error
	snapshot() ([]byte, error)
	reset()
	lastAt() time.Time
	// nextChange is when the state or its views change by themselves; zero for never.
	nextChange(now time.Time) time.Time
	// tick is the command that the passing of time sends, nil for none.
	tick(now time.Time) any
	// committed is told after each append that made records durable, undone after one that failed.
	committed()
	undone()
	// ended lists the ids of days that are over and not sealed yet; forget is told
	// when they are.
	ended() []queue.TicketID
	forget(sealed []queue.TicketID)
	// publish shows the durable state to those who watch.
	publish(version int64, trouble string)
}

// record is one on its way into the journal.
type record struct {
	bytes []byte
	day   string // business day
}

// decided is what a machine made of one command. Records may come with an error:
// facts of time passing.
type decided struct {
	records []record
	reply   Reply
	err     error
	urgent  bool // someone is called: boards are shown at once
	rolled  bool // the last record or one before it began a business day
}

// request is a command or a look at the state.
type request struct {
	command any
	call    Call
	look    func(*cell) error // instead of command

	taken atomic.Bool // set by the cell when it begins, or by the caller who leaves before
	reply Reply
	err   error
	done  chan struct{}
}

// take reports whether the request is still wanted.
func (r *request) take() bool { return r.taken.CompareAndSwap(false, true) }

// storedKey is what a cell remembers of an idempotency key.
type storedKey struct {
	Hash   []byte          `json:"h"`
	Answer json.RawMessage `json:"a"`
	At     int64           `json:"t"` // unix milliseconds
}

// sealed says how packing a day ended.
type sealed struct {
	upTo journal.Pos
	ids  []queue.TicketID
	err  error
}

// cell is one stream's goroutine.
type cell struct {
	e       *Engine
	name    string
	mailbox chan *request // closed by Engine.Close, under Engine.mu
	packed  chan sealed   // capacity 1: the answer of the seal in hand

	// Owned by run; before it starts by whoever makes the cell.
	m       machine
	loaded  bool
	broken  error // set once: what is in memory may not be what is on disk
	head    journal.Head
	keys    map[string]storedKey
	version int64
	trouble string // "" or the code of what keeps records from being taken

	dirty    bool
	urgent   bool
	shownAt  time.Time // of the last publication
	calledAt time.Time // of the last publication that could not wait
	lastUse  time.Time
	changeAt time.Time // when time alone changes the state or a view, by the engine's clock; zero for never
	probeAt  time.Time // not before then is tried again what was refused
	retired  bool

	sinceSnap int         // records since the snapshot on disk
	snapAfter int         // how many make the next one; doubles within a day
	sealTo    journal.Pos // days that are over end here and are to be sealed; 0 for none
	sealedTo  journal.Pos // days up to here are sealed
	sealAt    time.Time   // not before then
	sealing   bool
}

func newCell(e *Engine, name string) *cell {
	c := &cell{e: e, name: name, mailbox: make(chan *request, e.o.Mailbox), packed: make(chan sealed, 1),
		keys: map[string]storedKey{}, snapAfter: e.o.snapshotEvery}
	if name == CityStream {
		c.m = newCity(e)
	} else {
		c.m = newCenter(e, name)
	}
	return c
}

func (c *cell) run() {
	if !c.loaded {
		if err := c.load(context.Background()); err != nil {
			c.giveUp(err)
			return
		}
	}
	c.lastUse = time.Now()
	c.version = max(c.version, c.m.lastAt().UnixMilli())
	c.checkClock()
	c.flush()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case r, ok := <-c.mailbox:
			if !ok {
				// Fewer records are read again sooner than a snapshot is written. One that
				// was set back has no clock to take its next version from.
				if c.sinceSnap >= fewRecords || c.version > c.e.o.Now().UnixMilli() {
					c.save()
				}
				return
			}
			c.lastUse = time.Now()
			c.batch(r)
		case s := <-c.packed:
			c.wasSealed(s)
		case <-timer.C:
			c.wake()
			if c.retired {
				return
			}
		}
		timer.Reset(c.sleep())
	}
}

// giveUp leaves memory after the stream could not be read, and answers all who wait.
func (c *cell) giveUp(err error) {
	c.e.o.Logger.Error("a centre cannot be read", "stream", c.name, "error", err)
	c.e.mu.Lock()
	delete(c.e.cells, c.name)
	c.e.mu.Unlock()
	for {
		select {
		case r, ok := <-c.mailbox:
			if !ok {
				return
			}
			if r.take() {
				r.err = fmt.Errorf("%w (%w)", ErrStorage, err)
				close(r.done)
			}
		default:
			return
		}
	}
}

// stop keeps a cell whose memory cannot be trusted from showing, answering or
// saving anything more, and the engine from going on.
func (c *cell) stop(err error) {
	c.broken = err
	c.e.fail(fmt.Errorf("%s: %w", c.name, err))
}

// sleep is how long the cell may wait for a request. All but the hour is measured by
// the monotonic clock: a clock set back must not hold a board.
func (c *cell) sleep() time.Duration {
	if c.broken != nil {
		return housekeeping
	}
	now := time.Now()
	d := housekeeping
	if c.trouble != "" {
		d = min(d, c.probeAt.Sub(now))
	}
	if c.dirty {
		d = min(d, c.due().Sub(now))
	}
	if c.sealTo != 0 && !c.sealing {
		d = min(d, c.sealAt.Sub(now))
	}
	if !c.changeAt.IsZero() {
		wait := c.changeAt.Sub(c.e.o.Now()) + time.Millisecond
		d = min(d, max(wait, c.probeAt.Sub(now)))
	}
	return max(d, 0)
}

// due is when the next publication may happen. A call does not wait for a board
// before it on which only counts changed.
func (c *cell) due() time.Time {
	if c.urgent {
		return c.calledAt.Add(urgentGap)
	}
	return c.shownAt.Add(quietGap)
}

// wake does what time demands: the day's end, boards that were held back, a full
// disk tried again, a day that is still to be sealed, leaving memory.
func (c *cell) wake() {
	if c.broken != nil {
		return
	}
	now := time.Now()
	c.checkClock()
	if c.trouble == troubleStorage && !now.Before(c.probeAt) {
		c.probeAt = now.Add(probeEvery)
		switch err := c.e.o.Log.Writable(context.Background()); {
		case err == nil:
			c.probeAt = time.Time{}
			c.setTrouble("")
		case !errors.Is(err, journal.ErrNoSpace):
			c.stop(err)
			return
		}
	}
	if wall := c.e.o.Now(); !c.changeAt.IsZero() && !wall.Before(c.changeAt) {
		c.dirty = true
		if c.m.tick(wall) != nil && !now.Before(c.probeAt) {
			c.batch(nil)
		}
		c.changeAt = c.m.nextChange(wall)
	}
	c.afterBatch()
	if now.Sub(c.lastUse) >= c.e.o.Idle && c.name != CityStream && !c.busy() {
		c.retire()
	}
}

// checkClock shows on the boards that the clock holds the centre's records, or that
// it does so no more.
func (c *cell) checkClock() {
	held := c.e.clock.check() != nil
	switch {
	case held && c.trouble == "":
		c.probeAt = time.Now().Add(probeEvery)
		c.setTrouble(troubleClock)
	case held && c.trouble == troubleClock && !time.Now().Before(c.probeAt):
		c.probeAt = time.Now().Add(probeEvery)
	case !held && c.trouble == troubleClock:
		c.probeAt = time.Time{}
		c.setTrouble("")
	}
}

// busy reports whether the centre has to stay in memory.
func (c *cell) busy() bool {
	if c.broken != nil || c.trouble != "" || c.dirty || c.sealTo != 0 || c.sealing {
		return true
	}
	h := c.e.o.Hub
	if h == nil {
		return false
	}
	for _, kind := range []string{"board", "kiosk", "assist", "monitor"} {
		if h.Subscribers(hub.Topic(kind+"/"+c.name)) > 0 {
			return true
		}
	}
	return len(h.Topics("desk/"+c.name+"/")) > 0 || len(h.Topics("ticket/"+c.name+"/")) > 0
}

// retire leaves memory if no request came in the meantime. The engine brings the
// centre back when its day ends.
func (c *cell) retire() {
	c.save()
	c.e.mu.Lock()
	defer c.e.mu.Unlock()
	if len(c.mailbox) > 0 || c.e.closing || c.broken != nil {
		return
	}
	delete(c.e.cells, c.name)
	c.e.asleep[c.name] = nap{until: c.changeAt, version: c.version}
	c.retired = true
}

const (
	troubleStorage = "storage_unavailable"
	troubleClock   = "clock_unconfirmed"
)

func (c *cell) setTrouble(t string) {
	if c.trouble == t {
		return
	}
	c.trouble = t
	c.dirty, c.urgent = true, true
	log := c.e.o.Logger.With("stream", c.name)
	switch t {
	case "":
		log.Info("records are taken again")
	case troubleClock:
		log.Error("the clock has not been confirmed; commands are refused until it is")
	default:
		log.Error("the disk takes no records; commands are refused until it does")
	}
}

// flush shows the durable state. The version only grows, also over a restart, because
// it never falls behind the clock's milliseconds, nor behind the last stamp and the last
// snapshot when the clock was set back. (A crash while the clock stands behind the last
// stamp may repeat the versions of publications since that stamp.)
func (c *cell) flush() {
	wall := c.e.o.Now()
	c.version = max(c.version+1, wall.UnixMilli())
	c.m.publish(c.version, c.trouble)
	c.shownAt = time.Now()
	if c.urgent {
		c.calledAt = c.shownAt
	}
	c.dirty, c.urgent = false, false
	c.changeAt = c.m.nextChange(wall)
}
