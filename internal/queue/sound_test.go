package queue

import (
	"cmp"
	"fmt"
	"slices"
)

// sound checks what must hold after every command, whatever it was.
func (h *hall) sound() {
	h.t.Helper()
	if err := soundState(h.s); err != nil {
		h.t.Fatalf("%v", err)
	}
	if err := soundLog(h.records); err != nil {
		h.t.Fatalf("%v", err)
	}
	if err := h.replays(); err != nil {
		h.t.Fatalf("%v", err)
	}
}

// soundState checks a state by itself.
func soundState(s *State) error {
	at := map[TicketID]CounterID{}
	for _, c := range s.Counters {
		if c.Ticket == "" {
			continue
		}
		if other, ok := at[c.Ticket]; ok {
			return fmt.Errorf("ticket %s is at counters %d and %d", c.Ticket, other, c.Number)
		}
		at[c.Ticket] = c.Number
		if c.State != CounterOpen || c.Removed {
			return fmt.Errorf("counter %d is %s (removed %v) and holds a ticket", c.Number, c.State, c.Removed)
		}
	}
	waiting := map[ServiceID][]*Ticket{}
	for id, t := range s.Tickets {
		if t.ID != id {
			return fmt.Errorf("ticket %s is filed under %s", t.ID, id)
		}
		if n, ok := at[id]; t.Held() != ok || ok && n != t.Counter {
			return fmt.Errorf("ticket %s is %s at counter %d; a counter says %d", t.Number, t.State, t.Counter, n)
		}
		if t.State == Waiting {
			if s.Over(t) {
				return fmt.Errorf("ticket %s of %s waits on %s (ended %v)", t.Number, t.Day, s.Day, s.DayEnded)
			}
			waiting[t.Service] = append(waiting[t.Service], t)
		}
	}
	for _, l := range s.Lines {
		if l.Removed && len(l.Waiting) > 0 {
			return fmt.Errorf("%d people wait for %s, which was removed", len(l.Waiting), l.ID)
		}
		want := waiting[l.ID]
		delete(waiting, l.ID)
		slices.SortFunc(want, func(a, b *Ticket) int { return int(a.Place - b.Place) })
		if len(want) != len(l.Waiting) {
			return fmt.Errorf("the line of %s has %d; %d tickets wait for it", l.ID, len(l.Waiting), len(want))
		}
		priority := false
		for i, t := range want {
			if l.Waiting[i] != t.ID {
				return fmt.Errorf("the line of %s has %s at place %d, where %s belongs", l.ID, l.Waiting[i], i, t.ID)
			}
			priority = priority || t.Priority != ""
		}
		if l.Others < 0 || l.Others > 0 && !priority {
			return fmt.Errorf("%s has credit %d while priority waits is %v", l.ID, l.Others, priority)
		}
	}
	for id, a := range s.Appointments {
		if a.ID != id || s.Tickets[id] != nil || a.Day < s.Day {
			return fmt.Errorf("the appointment %+v is a ticket too, or of a day that is over", a)
		}
		if a.State == Booked && a.Day == s.Day && s.DayEnded {
			return fmt.Errorf("the appointment %+v is still expected on a day that has ended", a)
		}
	}
	if len(waiting) > 0 {
		return fmt.Errorf("tickets wait for services that are not there: %v", waiting)
	}
	return nil
}

// soundLog checks what the records promise: numbers, calls, stamps, days.
func soundLog(records []Record) error {
	last := map[string]int{}     // day and service: last count
	numbers := map[string]bool{} // day and number
	var call uint64
	for i, r := range records {
		if i > 0 && r.At.Before(records[i-1].At) {
			return fmt.Errorf("record %d is stamped %s, before the one before it", i, r.At)
		}
		if i > 0 && r.Day < records[i-1].Day {
			return fmt.Errorf("record %d goes back to day %s", i, r.Day)
		}
		given := uint64(0)
		ev := r.Event
		if c, ok := ev.(CheckedIn); ok {
			ev = c.Issued // a number like any other
		}
		switch e := ev.(type) {
		case Issued:
			line, number := string(r.Day)+" "+string(e.Service), string(r.Day)+" "+e.Number
			if e.Seq != last[line]+1 {
				return fmt.Errorf("%s was given after count %d", e.Number, last[line])
			}
			if numbers[number] {
				return fmt.Errorf("%s was given twice on %s", e.Number, r.Day)
			}
			last[line], numbers[number] = e.Seq, true
		case Merged:
			for _, m := range e.Tickets {
				number := string(cmp.Or(m.Day, r.Day)) + " " + m.Number
				if numbers[number] {
					return fmt.Errorf("%s was given twice", number)
				}
				numbers[number] = true
			}
		case Adopted:
			if number := string(r.Day) + " " + e.Number; numbers[number] {
				return fmt.Errorf("%s was given twice", number)
			} else {
				numbers[number] = true
			}
		case CalledTo:
			given = e.Call
		case Recalled:
			given = e.Call
		}
		if given > 0 {
			if given != call+1 {
				return fmt.Errorf("call %d follows call %d", given, call)
			}
			call = given
		}
	}
	return nil
}

// replays checks that the records, through the codec, give the live state again,
// and that a snapshot does.
func (h *hall) replays() error {
	live, err := h.s.Snapshot()
	if err != nil {
		return err
	}
	again := New()
	for i, r := range h.records {
		b, err := EncodeRecord(r)
		if err != nil {
			return err
		}
		d, err := DecodeRecord(b)
		if err != nil {
			return fmt.Errorf("record %d: %w", i, err)
		}
		again.Apply(d)
	}
	if b, err := again.Snapshot(); err != nil || string(b) != string(live) {
		return fmt.Errorf("the replay differs (%v):\n%s\nlive:\n%s", err, b, live)
	}
	restored, err := RestoreSnapshot(live)
	if err != nil {
		return err
	}
	if b, err := restored.Snapshot(); err != nil || string(b) != string(live) {
		return fmt.Errorf("the restored snapshot differs (%v):\n%s\nlive:\n%s", err, b, live)
	}
	return nil
}
