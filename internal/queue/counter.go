package queue

import "time"

// OpenCounter opens a counter, or takes it over, for whoever asks.
type OpenCounter struct{ Counter CounterID }

func (c OpenCounter) decide(s *State, d *decision) error {
	n, err := s.needCounter(c.Counter)
	if err != nil {
		return err
	}
	if n.State == CounterOpen && !n.Pausing && n.Clerk == d.meta.Actor {
		d.out.Existing = true
		return nil
	}
	d.emit(CounterOpened{Counter: n.Number, Clerk: d.meta.Actor})
	return nil
}

// CounterOpened is a counter that calls.
type CounterOpened struct {
	Counter CounterID `json:"c"`
	Clerk   string    `json:"clerk,omitempty"` // account id
}

func (CounterOpened) kind() string { return "counter-opened" }

func (e CounterOpened) apply(s *State, _ time.Time) {
	if c := s.Counter(e.Counter); c != nil {
		c.State, c.Pausing, c.Clerk = CounterOpen, false, e.Clerk
	}
}

// PauseCounter stops a counter from calling, after the visit in hand.
type PauseCounter struct{ Counter CounterID }

func (c PauseCounter) decide(s *State, d *decision) error {
	n, err := s.needCounter(c.Counter)
	if err != nil {
		return err
	}
	if n.State == CounterClosed {
		return refuse(ErrCounterState, "counter %d is closed; there is nothing to pause", n.Number).With("state", string(n.State))
	}
	if n.State == CounterPaused || n.Pausing {
		d.out.Existing = true
		return nil
	}
	d.emit(CounterPausedNow{Counter: n.Number, After: n.Ticket != ""})
	return nil
}

// CounterPausedNow is a counter that pauses, at once or after the visit in hand.
type CounterPausedNow struct {
	Counter CounterID `json:"c"`
	After   bool      `json:"after,omitempty"`
}

func (CounterPausedNow) kind() string { return "counter-paused" }

func (e CounterPausedNow) apply(s *State, _ time.Time) {
	c := s.Counter(e.Counter)
	switch {
	case c == nil:
	case e.After:
		c.Pausing = true
	default:
		c.State = CounterPaused
	}
}

// CloseCounter closes a counter that holds no ticket.
type CloseCounter struct{ Counter CounterID }

func (c CloseCounter) decide(s *State, d *decision) error {
	n, err := s.needCounter(c.Counter)
	if err != nil {
		return err
	}
	if n.Ticket != "" {
		t := s.Tickets[n.Ticket]
		return refuse(ErrCounterBusy, "counter %d holds ticket %s, which %s; finish, park or transfer it before closing", n.Number, t.Number, inWords[t.State]).
			With("ticket", string(t.ID)).With("number", t.Number).With("state", string(t.State))
	}
	if n.State == CounterClosed {
		d.out.Existing = true
		return nil
	}
	d.emit(CounterClosedNow{Counter: n.Number})
	return nil
}

// CounterClosedNow is a counter nobody sits at.
type CounterClosedNow struct {
	Counter CounterID `json:"c"`
}

func (CounterClosedNow) kind() string { return "counter-closed" }

func (e CounterClosedNow) apply(s *State, _ time.Time) {
	if c := s.Counter(e.Counter); c != nil {
		c.State, c.Pausing, c.Clerk = CounterClosed, false, ""
	}
}
