// Package sim sends a crowd through a running server as real clients do: people
// take numbers over HTTP and watch their tickets, clerks call and serve, screens
// watch the board. The crowd is drawn from a seed, so a day can be played again.
//
// While it runs it checks what the product promises:
//
//   - no number twice in a centre and day;
//   - no ticket at two counters, and nobody called who has left;
//   - every screen sees every call once and in order, or knows it was withdrawn,
//     and a call says the same to everyone;
//   - every phone is told its call, and how its visit ended;
//   - everyone is called in the end;
//   - a ticket ends in the state its people brought it to.
//
// The crowd needs the centres for itself: what others do there would look like a
// promise broken. It may be sent at any hour; tickets that midnight expires count
// as expired.
package sim

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// Options of a run.
type Options struct {
	Scenario Scenario
	Link     Link
	Speed    float64       // times faster than the clock; 0 is as fast as it goes
	Displays int           // screens a centre, default 1
	Phones   bool          // every ticket is watched by a phone
	Patience time.Duration // how long a hall may stand still; 0 is 30 s, and longer at a low speed
	// Progress is told how many visits are over, now and then.
	Progress func(done, total int)
}

// Result sums up a run.
type Result struct {
	Scenario string
	Visits   int // of the scenario
	Over     int // of them, have ended
	Issued   int
	Calls    int
	Finished int
	NoShows  int
	Returned int
	Moved    int // transfers
	Parked   int
	Cancels  int
	Screens  int
	Phones   int
	Took     time.Duration
	Issue    Percentiles
	Call     Percentiles
	Screen   Percentiles // from asking for a call to the last screen of the centre
	Phone    Percentiles // from asking for a call to the phone of the ticket
	Broken   []string    // promises that did not hold
}

// counts are kept while the day runs.
type counts struct {
	issued, calls, finished, noShows, returned, moved, parked, cancels, phones atomic.Int64
}

// run is a day being played.
type run struct {
	o     Options
	k     *checker
	n     counts
	start time.Time
	total int
	over  atomic.Int64 // visits that have ended
}

// Failures to play a day to its end.
var (
	ErrInUse = errors.New("the centre is in use; the crowd needs one in which nobody waits and no counter serves")
	ErrStill = errors.New("the hall stands still")
)

// Run plays a day to its end. Its error is a failure to play it; promises that did
// not hold are in the result.
func Run(ctx context.Context, o Options) (Result, error) {
	o.Displays = max(o.Displays, 1)
	r := &run{o: o, k: newChecker(), start: time.Now()}
	for _, c := range o.Scenario.Centers {
		r.total += c.Tickets
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stopBar := r.progress(ctx)
	g, work := errgroup.WithContext(ctx)
	for _, c := range o.Scenario.Centers {
		g.Go(func() error {
			if err := newHall(r, c).play(work); err != nil {
				return fmt.Errorf("%s: %w", c.ID, err)
			}
			return nil
		})
	}
	err := g.Wait()
	stopBar()
	return r.result(), err
}

func (r *run) result() Result {
	return Result{Scenario: r.o.Scenario.String(), Visits: r.total, Over: int(r.over.Load()), Issued: int(r.n.issued.Load()), Calls: int(r.n.calls.Load()), Finished: int(r.n.finished.Load()),
		NoShows: int(r.n.noShows.Load()), Returned: int(r.n.returned.Load()), Moved: int(r.n.moved.Load()), Parked: int(r.n.parked.Load()),
		Cancels: int(r.n.cancels.Load()), Screens: r.o.Displays * len(r.o.Scenario.Centers), Phones: int(r.n.phones.Load()),
		Took: time.Since(r.start), Issue: r.k.issue.percentiles(), Call: r.k.call.percentiles(), Screen: r.k.screen.percentiles(),
		Phone: r.k.phone.percentiles(), Broken: r.k.list()}
}

func (r *run) progress(ctx context.Context) (stop func()) {
	if r.o.Progress == nil {
		return func() {}
	}
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		t := time.NewTicker(200 * time.Millisecond)
		defer t.Stop()
		for {
			select {
			case <-t.C:
				r.o.Progress(int(r.over.Load()), r.total)
			case <-done:
				r.o.Progress(int(r.over.Load()), r.total)
				return
			}
		}
	})
	return func() { close(done); wg.Wait() }
}

// patience is how long a hall may stand still when everyone has come. At a speed,
// the longest visits take a while.
func (r *run) patience() time.Duration {
	p := r.o.Patience
	if p <= 0 {
		p = 30 * time.Second
	}
	if r.o.Speed > 0 {
		p += time.Duration(float64(3*time.Hour) / r.o.Speed)
	}
	return p
}

// until waits for a moment of the scenario, so that slow answers do not add up.
func (r *run) until(ctx context.Context, start time.Time, d time.Duration) error {
	if r.o.Speed <= 0 {
		return ctx.Err()
	}
	if left := time.Until(start.Add(time.Duration(float64(d) / r.o.Speed))); left > 0 && !wait(ctx, left) {
		return ctx.Err()
	}
	return ctx.Err()
}

// pass lets time of the scenario go by; as fast as it goes, it takes none.
func (r *run) pass(ctx context.Context, d time.Duration) error {
	if r.o.Speed <= 0 || d <= 0 {
		return ctx.Err()
	}
	wait(ctx, time.Duration(float64(d)/r.o.Speed))
	return ctx.Err()
}
