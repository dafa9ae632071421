// Package engine is the only writer of the journal. It runs each centre's state
// machine in one goroutine:
//
//	mailbox → decide the whole batch → append once → publish → acknowledge
//
// Its promises, each with a test of that name:
//
//   - Nothing is published or acknowledged before it is durable.
//   - Commands of one centre are decided in the order in which they entered its mailbox.
//   - A command with an idempotency key is carried out once; its first answer is given again, also after a crash.
//   - A full mailbox answers ErrBusy at once and never blocks the caller.
//   - A disk without space answers ErrStorage, loses nothing that was acknowledged, and heals by itself.
//   - A commit that may or may not have happened stops the engine: Run returns the error, and the journal is read again at the next start.
//   - A centre nobody uses leaves memory and comes back on demand.
//
// A centre's state belongs to its goroutine. The machine applies events while it
// decides, so between a decision and its append the state is ahead of the disk;
// nobody sees it then, because reads are served between batches, and when an
// append fails the state is thrown away and read from the journal again.
package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"moiso/internal/directory"
	"moiso/internal/hub"
	"moiso/internal/journal"
	"moiso/internal/queue"
	"moiso/internal/view"
)

// Errors that are not refusals of the domain.
var (
	ErrBusy     = errors.New("engine: the centre has more requests than it can take; try again in a moment")
	ErrStorage  = errors.New("engine: the disk takes no records; nothing was done")
	ErrClock    = errors.New("engine: the clock jumped forward and has not been confirmed; nothing is recorded until it is")
	ErrStopping = errors.New("engine: the server is stopping")
)

// Refusals of the engine itself, in the form of the domain's.
var (
	ErrUnknownCenter = &queue.Error{Code: "unknown_center", Message: "there is no such centre"}
	ErrIDTaken       = &queue.Error{Code: "id_taken", Message: "another centre holds a ticket with this id"}
	ErrKeyReused     = &queue.Error{Code: "key_reused", Message: "the idempotency key was used for another request"}
)

// CityStream is the stream of the directory; the others are named after centres.
const CityStream = "~city"

// Publisher takes documents to those who watch; *hub.Hub is one.
type Publisher interface {
	Publish(hub.Topic, hub.Doc)
	Subscribers(hub.Topic) int
	Topics(prefix string) []hub.Topic
}

// Options of an engine. Log and Epoch are required.
type Options struct {
	Log       journal.Log
	Hub       Publisher // nil publishes nothing
	Epoch     string    // id of the data folder
	TicketURL func(queue.TicketID) string
	Clerk     view.Clerk       // account id → the name shown on desks
	Now       func() time.Time // default time.Now
	Synced    func() bool      // default: whether the kernel reports a synchronised clock
	Mailbox   int              // requests a centre may have waiting, default 1024
	Idle      time.Duration    // a centre leaves memory after this long, default 10 min
	Logger    *slog.Logger     // default: discards

	snapshotEvery int // records before the first snapshot within a day; tests make it small
}

// Call says who asks, and how a repeated request is known.
type Call struct {
	Actor, Device, Source string
	OutOfTurn             bool
	Key                   string // idempotency key scoped to the account; "" is none
	Hash                  []byte // of the request
}

// Reply is the answer to a command.
type Reply struct {
	Ticket      *view.Ticket        `json:"ticket,omitempty"`
	Appointment *view.Appointment   `json:"appointment,omitempty"`
	Print       *view.Print         `json:"print,omitempty"`
	Counter     *view.CenterCounter `json:"counter,omitempty"`
	Created     bool                `json:"created,omitempty"`
	Slips       []view.Slip         `json:"slips,omitempty"` // what became of each slip of a merge
	Repeated    bool                `json:"-"`
}

// Engine runs the city's directory and its centres.
type Engine struct {
	o     Options
	clock *clock
	index *index
	fatal chan error // buffered 1: the first failure that must stop the process

	mu      sync.RWMutex // guards the next three; held for reading while a request enters a mailbox
	cells   map[string]*cell
	asleep  map[string]nap // centres that left memory
	closing bool
	wg      sync.WaitGroup // of cells, and of seals beside them

	summaries sync.Map                        // centre id → *view.CenterSummary
	register  atomic.Pointer[directory.State] // as of the last commit; never changed in place
	cityDirty atomic.Bool
	cityMu    sync.Mutex
	cityNow   hub.Doc // the newest, guarded by cityMu
}

// nap is what is known of a centre out of memory.
type nap struct {
	until   time.Time // its day ends, or an hour comes; zero for never
	version int64     // of its last documents
}

// Open reads the directory and the open days of all centres.
func Open(ctx context.Context, o Options) (*Engine, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Synced == nil {
		o.Synced = kernelSynced
	}
	if o.Mailbox == 0 {
		o.Mailbox = 1024
	}
	if o.snapshotEvery == 0 {
		o.snapshotEvery = 20_000
	}
	if o.Idle == 0 {
		o.Idle = 10 * time.Minute
	}
	if o.TicketURL == nil {
		o.TicketURL = func(queue.TicketID) string { return "" }
	}
	if o.Clerk == nil {
		o.Clerk = func(string) string { return "" }
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	e := &Engine{o: o, index: newIndex(), fatal: make(chan error, 1), cells: map[string]*cell{}, asleep: map[string]nap{}}
	streams, err := o.Log.Streams(ctx)
	if err != nil {
		return nil, fmt.Errorf("engine: list the centres: %w", err)
	}
	cells, err := e.loadAll(ctx, streams)
	if err != nil {
		return nil, err
	}
	var last time.Time
	for _, c := range cells {
		e.cells[c.name] = c
		if at := c.m.lastAt(); at.After(last) {
			last = at
		}
		e.cityNow.Version = max(e.cityNow.Version, c.version, last.UnixMilli())
	}
	e.clock = newClock(o.Now, o.Synced, last)
	for _, c := range e.cells {
		e.wg.Go(c.run)
	}
	return e, nil
}

// loadAll reads the directory and the centres, as many at a time as there are
// processors: after a power cut in the evening each has a day to replay.
func (e *Engine) loadAll(ctx context.Context, streams []string) ([]*cell, error) {
	names := append([]string{CityStream}, slices.DeleteFunc(streams, func(n string) bool { return n == CityStream })...)
	cells := make([]*cell, len(names))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, name := range names {
		cells[i] = newCell(e, name)
		g.Go(func() error { return cells[i].load(ctx) })
	}
	return cells, g.Wait()
}

// cell gives the running cell of a stream, bringing it into memory when needed. It does
// not wait for it to be read: that is done in the cell's goroutine.
// THE CALLER MUST NOT HOLD mu.
func (e *Engine) cell(name string) (*cell, error) {
	e.mu.RLock()
	c := e.cells[name]
	e.mu.RUnlock()
	if c != nil {
		return c, nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if c := e.cells[name]; c != nil {
		return c, nil
	}
	if e.closing {
		return nil, ErrStopping
	}
	c = newCell(e, name)
	c.version = e.asleep[name].version
	delete(e.asleep, name)
	e.cells[name] = c
	e.wg.Go(c.run)
	return c, nil
}

// send puts a request into a stream's mailbox. It never blocks.
func (e *Engine) send(name string, r *request) error {
	for {
		c, err := e.cell(name)
		if err != nil {
			return err
		}
		e.mu.RLock()
		if e.closing {
			e.mu.RUnlock()
			return ErrStopping
		}
		if e.cells[name] != c { // it left memory in between
			e.mu.RUnlock()
			continue
		}
		select {
		case c.mailbox <- r:
			err = nil
		default:
			err = ErrBusy
		}
		e.mu.RUnlock()
		return err
	}
}

// ask sends a request and waits for its answer. When ctx ends first, a request that
// has not been begun will not be; a command that has been is carried out, and its key
// gives the answer; a look is waited for, because it writes to the caller's memory.
func (e *Engine) ask(ctx context.Context, name string, r *request) (Reply, error) {
	r.done = make(chan struct{})
	if err := e.send(name, r); err != nil {
		return Reply{}, err
	}
	select {
	case <-r.done:
		return r.reply, r.err
	case <-ctx.Done():
	}
	if !r.take() && r.look != nil {
		<-r.done
		return r.reply, r.err
	}
	return Reply{}, ctx.Err()
}

// Run waits for the engine to fail or ctx to end. Meanwhile it keeps the city's summary
// before the eyes of those who watch it, and wakes centres when their day ends.
func (e *Engine) Run(ctx context.Context) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	var shown int64
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-e.fatal:
			return fmt.Errorf("engine: stop, and let the supervisor start the server again: %w", err)
		case <-tick.C:
		}
		e.wakeSleepers()
		if e.o.Hub == nil || e.o.Hub.Subscribers("city") == 0 {
			continue
		}
		if d, err := e.cityDoc(ctx); err == nil && d.Version > shown {
			e.o.Hub.Publish("city", d)
			shown = d.Version
		}
	}
}

// wakeSleepers brings centres back whose hour has come: a day ends also where nobody is.
func (e *Engine) wakeSleepers() {
	now := e.o.Now()
	e.mu.RLock()
	var due []string
	for name, n := range e.asleep {
		if !n.until.IsZero() && now.After(n.until) {
			due = append(due, name)
		}
	}
	e.mu.RUnlock()
	for _, name := range due {
		if _, err := e.cell(name); err != nil {
			return // the engine is stopping
		}
	}
}

func (e *Engine) fail(err error) {
	select {
	case e.fatal <- err:
	default:
	}
}

// Close answers what is in the mailboxes, saves snapshots of what would be long to read
// again, and stops. Requests that come later get ErrStopping.
func (e *Engine) Close(ctx context.Context) error {
	e.mu.Lock()
	if e.closing {
		e.mu.Unlock()
		return nil
	}
	e.closing = true
	for _, c := range e.cells {
		close(c.mailbox)
	}
	e.mu.Unlock()
	done := make(chan struct{})
	go func() { e.wg.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("engine: centres were still busy when the time for stopping was over: %w", ctx.Err())
	}
}

// Ready reports whether commands can be recorded.
func (e *Engine) Ready(ctx context.Context) error {
	if err := e.clock.check(); err != nil {
		return err
	}
	if err := e.o.Log.Writable(ctx); err != nil {
		return fmt.Errorf("%w (%w)", ErrStorage, err)
	}
	return nil
}

// Do carries out a command of the directory.
func (e *Engine) DoCity(ctx context.Context, c directory.Command, call Call) error {
	_, err := e.ask(ctx, CityStream, &request{command: c, call: call})
	return err
}

// City lets f look at the directory. It must be quick and keep nothing.
func (e *Engine) City(ctx context.Context, f func(*directory.State) error) error {
	_, err := e.ask(ctx, CityStream, &request{look: func(c *cell) error { return f(c.m.(*city).state) }})
	return err
}
