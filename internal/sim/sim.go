// Package sim sends a crowd through a running server as real clients do: people
// take numbers over HTTP and watch their tickets, clerks call and serve, screens
// watch the board. The crowd is drawn from a seed, so a day can be played again.
//
// While it runs it checks what the product promises:
//
//   - no number twice in a centre and day;
//   - no ticket at two counters;
//   - every screen sees every call once and in order, or knows it was withdrawn;
//   - every phone is told its call;
//   - a ticket ends in the state its people brought it to.
package sim

import (
	"context"
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
	Speed    float64 // times faster than the clock; 0 is as fast as it goes
	Displays int     // screens a centre, default 1
	Phones   bool    // every ticket is watched by a phone
	// Progress is told how many visits are over, now and then.
	Progress func(done, total int)
}

// Result sums up a run.
type Result struct {
	Scenario string
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

	background sync.WaitGroup // phones and people on their way back
}

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
	cancel()
	r.background.Wait()
	stopBar()
	return r.result(), err
}

func (r *run) result() Result {
	return Result{Scenario: r.o.Scenario.String(), Issued: int(r.n.issued.Load()), Calls: int(r.n.calls.Load()), Finished: int(r.n.finished.Load()),
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

// pass lets time of the scenario go by; as fast as it goes, it takes none.
func (r *run) pass(ctx context.Context, d time.Duration) error {
	if r.o.Speed <= 0 || d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(time.Duration(float64(d) / r.o.Speed))
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
