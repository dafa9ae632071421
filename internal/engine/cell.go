package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"moiso/internal/journal"
	"moiso/internal/queue"
)

// Limits of a cell.
const (
	maxBatch      = 256                    // commands decided before one append
	keepKeys      = 48 * time.Hour         // how long an idempotency key is remembered (DESIGN)
	snapshotEvery = 20_000                 // records between snapshots on a long day
	housekeeping  = 30 * time.Second       // the longest a cell sleeps
	probeEvery    = 2 * time.Second        // how often a full disk is tried again
	urgentGap     = 8 * time.Millisecond   // between boards when calls come fast
	quietGap      = 100 * time.Millisecond // between boards when only counts change
)

// machine is a deterministic state machine behind a cell. It is used by the
// cell's goroutine alone.
type machine interface {
	// decide carries out a command, changing the state ahead of the disk.
	decide(r *request, now time.Time) decided
	replay(record []byte) error
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
	// publish shows the durable state to those who watch.
	publish(version int64, trouble string)
}

// decided is what a machine made of one command. Records may come with an error:
// facts of time passing.
type decided struct {
	records [][]byte
	day     string // business day of the first record
	reply   Reply
	err     error
	urgent  bool // someone is called: boards are shown at once
	rolled  bool // a business day is over: time for a snapshot and a seal
	created []queue.TicketID
}

// request is a command or a look at the state.
type request struct {
	command any
	call    Call
	look    func(machine) error // instead of command

	reply Reply
	err   error
	done  chan struct{} // nil for the cell's own
}

// storedKey is what a cell remembers of an idempotency key.
type storedKey struct {
	Hash   []byte          `json:"h"`
	Answer json.RawMessage `json:"a"`
	At     int64           `json:"t"` // unix milliseconds
}

// cell is one stream's goroutine.
type cell struct {
	e       *Engine
	name    string
	mailbox chan *request // closed by Engine.Close or by the cell's retirement, under Engine.mu

	// Owned by run.
	m         machine
	head      journal.Head
	keys      map[string]storedKey
	version   int64
	trouble   string
	sinceSnap int
	dirty     bool
	urgent    bool
	published time.Time
	lastUse   time.Time
	retired   bool
	sealAfter bool
}

func newCell(e *Engine, name string) *cell {
	c := &cell{e: e, name: name, mailbox: make(chan *request, e.o.Mailbox), keys: map[string]storedKey{}}
	if name == CityStream {
		c.m = newCity(e)
	} else {
		c.m = newCenter(e, name)
	}
	return c
}

func (c *cell) lastAt() time.Time { return c.m.lastAt() }

// saved is a snapshot on disk: the machine's and what the cell remembers besides.
type saved struct {
	Keys    map[string]storedKey `json:"keys,omitempty"`
	Machine json.RawMessage      `json:"machine"`
}

// load reads the newest snapshot and the records after it.
func (c *cell) load(ctx context.Context) error {
	c.m.reset()
	c.keys = map[string]storedKey{}
	c.head = journal.Head{Next: 1}
	s, ok, err := c.e.o.Log.LoadSnapshot(ctx, c.name)
	if err != nil {
		return fmt.Errorf("engine: snapshot of %s: %w", c.name, err)
	}
	if ok {
		var w saved
		if err := json.Unmarshal(s.Bytes, &w); err != nil {
			return fmt.Errorf("engine: snapshot of %s: %w", c.name, err)
		}
		if err := c.m.restore(w.Machine); err != nil {
			return fmt.Errorf("engine: snapshot of %s: %w", c.name, err)
		}
		if w.Keys != nil {
			c.keys = w.Keys
		}
		c.head = journal.Head{Pos: s.Pos, Next: s.Next}
	}
	c.sinceSnap = 0
	for entry, err := range c.e.o.Log.Read(ctx, c.name, c.head.Pos) {
		if err != nil {
			return fmt.Errorf("engine: read %s: %w", c.name, err)
		}
		for i, rec := range entry.Records {
			if err := c.m.replay(rec); err != nil {
				return fmt.Errorf("engine: %s, record %d: %w", c.name, entry.First+uint64(i), err)
			}
		}
		for _, k := range entry.Keys {
			c.keys[k.Key] = storedKey{Hash: k.Hash, Answer: k.Answer, At: k.At}
		}
		c.head = journal.Head{Pos: entry.Pos, Next: entry.First + uint64(len(entry.Records))}
		c.sinceSnap += len(entry.Records)
	}
	c.m.committed()
	return nil
}

func (c *cell) run() {
	c.lastUse = c.e.o.Now()
	c.version = max(c.version, c.m.lastAt().UnixMilli())
	c.flush()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case r, ok := <-c.mailbox:
			if !ok {
				c.save()
				return
			}
			c.batch(r)
		case <-timer.C:
			c.wake()
			if c.retired {
				return
			}
		}
		timer.Reset(c.sleep())
	}
}

// sleep is how long the cell may wait for a request.
func (c *cell) sleep() time.Duration {
	now := c.e.o.Now()
	d := housekeeping
	if c.trouble != "" {
		d = min(d, probeEvery)
	}
	if c.dirty {
		d = min(d, c.due().Sub(now))
	}
	if at := c.m.nextChange(now); !at.IsZero() {
		d = min(d, at.Sub(now)+time.Millisecond)
	}
	return max(d, 0)
}

// due is when the next publication may happen.
func (c *cell) due() time.Time {
	if c.urgent {
		return c.published.Add(urgentGap)
	}
	return c.published.Add(quietGap)
}

// wake does what time demands: the day's end, boards that were held back, a full
// disk tried again, leaving memory.
func (c *cell) wake() {
	now := c.e.o.Now()
	if c.trouble == troubleStorage && c.e.o.Log.Writable(context.Background()) == nil {
		c.setTrouble("")
	}
	if cmd := c.m.tick(now); cmd != nil {
		c.batch(&request{command: cmd, call: Call{Source: "system"}})
	}
	if at := c.m.nextChange(now); !at.IsZero() && !now.Before(at) {
		c.dirty = true
	}
	if c.dirty && !now.Before(c.due()) {
		c.flush()
	}
	if now.Sub(c.lastUse) >= c.e.o.Idle && c.name != CityStream && !c.watched() {
		c.retire()
	}
}

func (c *cell) watched() bool {
	h := c.e.o.Hub
	if h == nil {
		return false
	}
	for _, kind := range []hubKind{"board", "kiosk", "desk", "assist", "monitor", "ticket"} {
		if len(h.Topics(string(kind)+"/"+c.name)) > 0 {
			return true
		}
	}
	return false
}

// retire leaves memory if no request came in the meantime.
func (c *cell) retire() {
	c.save()
	c.e.mu.Lock()
	defer c.e.mu.Unlock()
	if len(c.mailbox) > 0 || c.e.closing {
		return
	}
	delete(c.e.cells, c.name)
	c.retired = true
}

// batch decides first and whatever else waits, appends once, and answers.
func (c *cell) batch(first *request) {
	c.lastUse = c.e.o.Now()
	reqs := []*request{first}
	for len(reqs) < maxBatch {
		select {
		case r, ok := <-c.mailbox:
			if !ok {
				goto full
			}
			reqs = append(reqs, r)
			continue
		default:
		}
		break
	}
full:
	for attempt := 0; ; attempt++ {
		err := c.commit(reqs)
		if errors.Is(err, journal.ErrConflict) && attempt < 3 {
			// Another node wrote first: catch up and decide again.
			if err = c.load(context.Background()); err == nil {
				continue
			}
		}
		if err != nil {
			c.refuseAll(reqs, err)
		}
		break
	}
	if c.dirty && !c.e.o.Now().Before(c.due()) {
		c.flush()
	}
	for _, r := range reqs {
		if r.look != nil {
			r.err = r.look(c.m)
		}
		if r.done != nil {
			close(r.done)
		}
	}
	if c.sealAfter {
		c.sealAfter = false
		c.rollover()
	} else if c.sinceSnap >= snapshotEvery {
		c.save()
	}
}

// commit decides the commands of a batch and makes their records durable. On an
// error nothing of it happened, or, for journal.ErrAmbiguous, nobody knows.
func (c *cell) commit(reqs []*request) error {
	now := c.e.o.Now()
	var all journal.Append
	urgent := false
	held := c.e.clock.check()
	for _, r := range reqs {
		r.reply, r.err = Reply{}, nil
		if r.command == nil {
			continue
		}
		if held != nil {
			r.err = held
			continue
		}
		if c.repeated(r) {
			continue
		}
		d := c.m.decide(r, now)
		r.reply, r.err = d.reply, d.err
		if len(d.records) == 0 {
			continue
		}
		if all.Records == nil {
			all.Day = d.day
		}
		all.Records = append(all.Records, d.records...)
		urgent = urgent || d.urgent
		c.sealAfter = c.sealAfter || d.rolled
		if r.call.Key != "" && r.err == nil {
			if err := c.remember(r, now, &all); err != nil {
				return err
			}
		}
	}
	if len(all.Records) == 0 {
		return nil
	}
	all.Stream, all.Expect = c.name, c.head.Pos
	pos, err := c.e.o.Log.Append(context.Background(), all)
	if err != nil {
		return err
	}
	c.head = journal.Head{Pos: pos, Next: c.head.Next + uint64(len(all.Records))}
	c.sinceSnap += len(all.Records)
	c.m.committed()
	c.setTrouble("")
	c.dirty, c.urgent = true, c.urgent || urgent
	return nil
}

// repeated answers a request whose idempotency key has been seen.
func (c *cell) repeated(r *request) bool {
	if r.call.Key == "" {
		return false
	}
	k, ok := c.keys[r.call.Key]
	if !ok {
		return false
	}
	if !bytes.Equal(k.Hash, r.call.Hash) {
		r.err = ErrKeyReused
		return true
	}
	if err := json.Unmarshal(k.Answer, &r.reply); err != nil {
		r.err = fmt.Errorf("engine: answer of key %q: %w", r.call.Key, err)
		return true
	}
	r.reply.Repeated = true
	return true
}

func (c *cell) remember(r *request, now time.Time, a *journal.Append) error {
	answer, err := json.Marshal(r.reply)
	if err != nil {
		return fmt.Errorf("engine: encode an answer: %w", err)
	}
	k := storedKey{Hash: r.call.Hash, Answer: answer, At: now.UnixMilli()}
	c.keys[r.call.Key] = k
	a.Keys = append(a.Keys, journal.Key{Key: r.call.Key, Hash: k.Hash, Answer: k.Answer, At: k.At})
	return nil
}

const troubleStorage = "storage_unavailable"

// refuseAll answers a batch that could not be written, and goes back to what is on
// disk. When that cannot be known the engine stops.
func (c *cell) refuseAll(reqs []*request, cause error) {
	c.sealAfter = false
	c.m.undone()
	if !errors.Is(cause, journal.ErrNoSpace) {
		c.e.fail(fmt.Errorf("%s: %w", c.name, cause))
	} else if err := c.load(context.Background()); err != nil {
		c.e.fail(fmt.Errorf("%s: go back to the disk: %w", c.name, err))
	}
	for _, r := range reqs {
		if r.command != nil {
			r.reply, r.err = Reply{}, fmt.Errorf("%w (%v)", ErrStorage, cause)
		}
	}
	c.setTrouble(troubleStorage)
}

func (c *cell) setTrouble(t string) {
	if c.trouble == t {
		return
	}
	c.trouble = t
	c.dirty, c.urgent = true, true
	if t == "" {
		c.e.o.Logger.Info("records are taken again", "stream", c.name)
	} else {
		c.e.o.Logger.Error("the disk takes no records; commands are refused until it does", "stream", c.name)
	}
}

// flush shows the durable state. The version only grows, also over a restart,
// because it never falls behind the clock's milliseconds.
func (c *cell) flush() {
	now := c.e.o.Now()
	c.version = max(c.version+1, now.UnixMilli())
	c.m.publish(c.version, c.trouble)
	c.published, c.dirty, c.urgent = now, false, false
}

// save keeps a snapshot, so that the next start reads from here.
func (c *cell) save() bool {
	if c.head.Pos == 0 || c.sinceSnap == 0 {
		return c.head.Pos != 0
	}
	old := c.e.o.Now().Add(-keepKeys).UnixMilli()
	for k, v := range c.keys {
		if v.At < old {
			delete(c.keys, k)
		}
	}
	m, err := c.m.snapshot()
	if err == nil {
		var b []byte
		if b, err = json.Marshal(saved{Keys: c.keys, Machine: m}); err == nil {
			err = c.e.o.Log.SaveSnapshot(context.Background(), c.name, journal.Snapshot{Pos: c.head.Pos, Next: c.head.Next, Bytes: b})
		}
	}
	if err != nil {
		// The journal has it all; only the next start is slower.
		c.e.o.Logger.Warn("snapshot not saved", "stream", c.name, "error", err)
		return false
	}
	c.sinceSnap = 0
	return true
}
