package printer

import (
	"cmp"
	"context"
	"errors"
	"time"

	"moiso/internal/escpos"
)

// look asks the printer all that it answers to. A line that turns out to be broken is
// opened once more: network printers close those that were idle.
func (r *receipt) look(ctx context.Context) (State, string) {
	for try := 0; ; try++ {
		s, detail, err := r.lookOnce(ctx)
		if err == nil {
			return s, detail
		}
		if try > 0 || !errors.Is(err, errBroken) || ctx.Err() != nil {
			return Offline, err.Error()
		}
	}
}

func (r *receipt) lookOnce(ctx context.Context) (State, string, error) {
	if err := r.open(ctx); err != nil {
		return Offline, "", err
	}
	if r.torn != nil && !r.now.filled {
		r.now.filled = true
		if err := r.write(escpos.Fill); err != nil {
			return Offline, "", err
		}
	}
	s, detail := Unknown, "the printer does not say how it is"
	if !r.quiet {
		within := r.o.Answer
		if r.torn != nil {
			within = stray // it may have to swallow first what another program left on the line
		}
		var err error
		if s, detail, err = r.ask(ctx, within); err != nil {
			return Offline, "", err
		}
	}
	if !s.Prints() {
		return s, detail, nil
	}
	if r.torn != nil {
		if err := r.clear(ctx); err != nil {
			return Offline, "", err
		}
	}
	if r.answers && !r.fences && !r.now.probed {
		r.now.probed = true
		if err := r.fence(); err != nil {
			return Offline, "", err
		}
		r.fences = r.await(ctx, escpos.Passed, r.o.Answer)
		r.now.owed = 0
	}
	return s, detail, nil
}

// stray is how long an answer may be on its way that belongs to a page before.
const stray = 3 * time.Second

// fence asks the printer to say when it has come so far.
func (r *receipt) fence() error {
	if err := r.write(escpos.Fence); err != nil {
		return err
	}
	r.now.owed++
	return nil
}

// clear brings a printer to a fresh start after a page that was cut off. It may hold
// the rest of that page and print it now, and answer a fence of then: all of that has
// to be over, or its answer would be taken for that of the next page.
func (r *receipt) clear(ctx context.Context) error {
	if err := r.write(escpos.Recover(r.torn, r.page)); err != nil {
		return err
	}
	if r.fences {
		if err := r.fence(); err != nil {
			return err
		}
		if !r.await(ctx, escpos.Passed, r.o.Drain) {
			r.abort()
			return errors.New("the printer does not finish what it holds")
		}
		// Fences that were lost with the power are not waited for any longer.
		for r.now.owed > 0 && r.await(ctx, escpos.Passed, stray) {
		}
		for r.await(ctx, escpos.Passed, r.o.Answer) {
		}
		r.now.owed = 0
	} else if r.answers {
		// The white dots take their time on a slow line, and the next question waits
		// behind them: only an answer to one says that they are through.
		if _, _, err := r.ask(ctx, r.o.Drain); err != nil {
			return err
		}
	}
	r.torn = nil
	return nil
}

// ask puts the questions one after the other, because answers do not say to what.
func (r *receipt) ask(ctx context.Context, within time.Duration) (State, string, error) {
	const silence = 2
	if !r.answers && r.silent >= silence {
		// It never answered: it is asked, but not waited for. Should it begin to
		// answer, the next look finds that.
		if r.await(ctx, escpos.Answer, 0) {
			r.silent = 0
		}
		return Unknown, "the printer does not say how it is", r.write(escpos.AskPrinter.Bytes())
	}
	var status escpos.Status
	for r.now.glance > 0 {
		if r.await(ctx, escpos.Answer, within) {
			continue
		}
		if ctx.Err() != nil {
			return Unknown, "", nil
		}
		r.abort()
		return Offline, "", errGone
	}
	for _, q := range escpos.Questions {
		if r.deaf[q] {
			continue
		}
		r.drain()
		if err := r.write(q.Bytes()); err != nil {
			return Offline, "", err
		}
		if r.await(ctx, escpos.Answer, within) {
			r.answers, r.heard[q] = true, true
			status.Read(q, r.now.answer)
			continue
		}
		switch {
		case ctx.Err() != nil:
			return Unknown, "", nil
		case r.heard[q]:
			r.abort()
			return Offline, "", errGone
		case r.lost():
			r.abort()
			return Offline, "", errBroken
		case q == escpos.AskPrinter:
			r.silent++
			return Unknown, "the printer does not say how it is", nil
		default:
			r.deaf[q] = true
		}
	}
	r.said = status
	s, detail := stateOf(status)
	return s, detail, nil
}

// print sends a page and waits until the printer says, or is likely, to have it on
// paper.
func (r *receipt) print(ctx context.Context, j Job) (outcome, error) {
	page, err := escpos.Encode(escpos.Image(*j.Bitmap), r.page)
	if err != nil {
		return untouched, err
	}
	if err := r.open(ctx); err != nil {
		return untouched, err
	}
	for i, part := range page {
		err := r.write(part)
		if err == nil {
			err = r.peek(ctx)
		}
		if err != nil && i == 0 {
			return untouched, err // only the reset went out
		}
		if err != nil {
			r.torn = page
			return cutOff, err
		}
	}
	if r.handed != nil {
		r.handed()
	}
	if r.quiet || !r.answers {
		return whole, nil
	}
	if err := r.finish(ctx, j.Bitmap.Height); err != nil {
		r.torn = page
		return cutOff, err
	}
	return whole, nil
}

// peek asks between two bands whether the printer has gone offline, without waiting:
// the answer is seen after one of the next bands, and then it is asked why.
func (r *receipt) peek(ctx context.Context) error {
	const every = 250 * time.Millisecond
	if r.quiet || !r.answers {
		return nil
	}
	offline := false
	for r.await(ctx, escpos.Answer, 0) {
		var s escpos.Status
		s.Read(escpos.AskPrinter, r.now.answer)
		offline = s.Offline
	}
	if r.lost() {
		r.abort()
		return errBroken
	}
	if offline {
		if _, detail, err := r.ask(ctx, r.o.Drain); err != nil || stops(r.said) {
			return cmp.Or(err, errors.New(detail))
		}
	}
	if now := time.Now(); now.Sub(r.now.last) >= every {
		r.now.last = now
		r.now.glance++
		return r.write(escpos.AskPrinter.Bytes())
	}
	return nil
}

// finish waits until a page is on paper: a printer that knows fences says so; of
// another it is believed when it has been well for as long as printing takes.
func (r *receipt) finish(ctx context.Context, rows int) error {
	const every = 100 * time.Millisecond
	if r.fences {
		if err := r.fence(); err != nil {
			return err
		}
	}
	since := time.Now()
	printing := time.Duration(rows) * time.Second / dotsPerSecond
	for {
		s, detail, err := r.ask(ctx, r.o.Drain)
		took := time.Since(since)
		switch {
		case r.fences && r.now != nil && r.now.owed == 0:
			return nil
		case err != nil:
			return err
		case stops(r.said):
			return errors.New(detail)
		case ctx.Err() != nil:
			return nil
		case !r.fences && s.Prints() && took >= printing:
			return nil
		case !s.Prints() && took >= r.o.Drain:
			return errors.New(detail)
		case r.fences && took >= r.o.Drain:
			return errors.New("the printer did not say that it has printed the slip")
		}
		if r.await(ctx, escpos.Passed, every) && r.fences {
			return nil
		}
	}
}

// await reads until there is an answer of a kind, for at most a time; with none it
// takes only what has come.
func (r *receipt) await(ctx context.Context, kind escpos.Kind, within time.Duration) bool {
	if r.now == nil {
		return false
	}
	timer := time.NewTimer(within)
	defer timer.Stop()
	for {
		select {
		case b := <-r.now.in:
			if r.now.note(b) == kind {
				return true
			}
			continue
		default:
		}
		if within == 0 {
			return false
		}
		select {
		case b := <-r.now.in:
			if r.now.note(b) == kind {
				return true
			}
		case <-r.now.broken:
			if len(r.now.in) == 0 {
				return false
			}
		case <-timer.C:
			return false
		case <-ctx.Done():
			return false
		}
	}
}

// note keeps what a byte says.
func (s *session) note(b byte) escpos.Kind {
	kind := s.parser.Next(b)
	switch kind {
	case escpos.Answer:
		s.answer = b
		s.glance = max(0, s.glance-1)
	case escpos.Passed:
		s.owed = max(0, s.owed-1)
	}
	return kind
}

// drain takes what came unasked.
func (r *receipt) drain() {
	for r.await(context.Background(), escpos.Answer, 0) {
	}
}

// lost reports whether the line has ended.
func (r *receipt) lost() bool {
	if r.now == nil {
		return true
	}
	select {
	case <-r.now.broken:
		return true
	default:
		return false
	}
}
