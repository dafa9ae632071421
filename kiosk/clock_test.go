package main

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"moiso/internal/queue"
	"moiso/internal/view"
)

// machine is a clock whose hands the test holds.
type machine struct {
	mu    sync.Mutex
	wall  time.Time
	id    string
	since time.Duration
}

func (m *machine) clock() *clock {
	return &clock{wall: func() time.Time {
		m.mu.Lock()
		defer m.mu.Unlock()
		return m.wall
	}, boot: func() (string, time.Duration) {
		m.mu.Lock()
		defer m.mu.Unlock()
		return m.id, m.since
	}}
}

// set moves the hands.
func (m *machine) set(f func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f()
}

// pass lets time go by on both of the machine's clocks.
func (m *machine) pass(d time.Duration) {
	m.set(func() { m.wall, m.since = m.wall.Add(d), m.since+d })
}

var noon = time.Date(2025, 7, 14, 12, 0, 0, 0, time.UTC)

func TestTheMachinesClockMaySayWhatItLikesWhileItRuns(t *testing.T) {
	for _, jump := range []time.Duration{-24 * time.Hour, 365 * 24 * time.Hour} {
		m := &machine{wall: noon, id: "b1", since: time.Hour}
		c := m.clock()
		c.hear(noon)
		m.pass(time.Minute)
		m.wall = m.wall.Add(jump)
		m.pass(time.Minute)
		if r := c.now(); r.Uncertain || !r.At.Equal(noon.Add(2*time.Minute)) {
			t.Errorf("after a jump by %v it is %+v", jump, r)
		}
	}
}

// The server's hour is heard again and again, now after more and now after less time on
// the line, the machine counts hundredths, and the program may have died in between:
// slips keep their order all the same.
func TestWhatIsIssuedLaterHasTheLaterHour(t *testing.T) {
	m := &machine{wall: noon, id: "b1", since: time.Hour}
	dir := t.TempDir()
	s, _, err := openSpool(dir, noon)
	must(t, err)
	c := m.clock()
	if r := c.now(); !r.At.IsZero() {
		t.Errorf("before anything is known it is %v", r.At)
	}
	n := 0
	issue := func() reckoning {
		t.Helper()
		n++
		got, err := s.add(slip{ID: id(n), Service: "ho-tich", At: c.now(), Day: "2025-07-14"}, "H", "K", "")
		must(t, err)
		return got.At
	}
	before := issue()
	if !before.At.IsZero() {
		t.Errorf("the hour of a slip before anything is known is %v", before.At)
	}
	for i, heard := range []time.Duration{0, 30, -40, 5, -200, -1, 0} {
		c.hear(noon.Add(heard * time.Millisecond))
		for range 3 {
			r := issue()
			if r.Uncertain || !r.At.After(before.At) || r.Since <= before.Since {
				t.Fatalf("after %v comes %v", before, r)
			}
			before = r
		}
		if i == 3 { // the power goes
			must(t, s.close())
			s, _, err = openSpool(dir, noon)
			must(t, err)
			c = m.clock()
		}
		if i == 5 { // and the server has the slips
			batch, _, err := s.pending("", 100)
			must(t, err)
			for i := range batch {
				batch[i].Result = "merged"
			}
			must(t, s.settle(batch))
		}
	}
	c.hear(noon.Add(-time.Hour)) // somebody set the server's clock right
	if r := issue(); !r.At.Equal(noon.Add(-time.Hour)) {
		t.Errorf("an hour that was set right is %v", r.At)
	}
	must(t, s.close())
}

func TestAfterARebootTheHourIsAGuessUntilTheServerIsBack(t *testing.T) {
	m := &machine{wall: noon, id: "b1", since: time.Hour}
	c := m.clock()
	if r := c.now(); !r.At.IsZero() || !r.Uncertain {
		t.Errorf("before the server was ever heard it is %+v", r)
	}
	c.hear(noon)
	kept := c.known()
	for _, tc := range []struct {
		name string
		wall time.Time
		want time.Time
	}{
		{"a clock with a battery", noon.Add(3 * time.Hour), noon.Add(3 * time.Hour)},
		{"one that began in 1970", time.Unix(100, 0), time.Time{}},
		{"one set back by a day", noon.Add(-21 * time.Hour), time.Time{}},
		{"one a year ahead", noon.Add(365 * 24 * time.Hour), time.Time{}},
	} {
		m.wall, m.id, m.since = tc.wall, "b2", 5*time.Second
		c = m.clock()
		c.recall(kept)
		slip := c.now()
		if !slip.Uncertain || !slip.At.Equal(tc.want) {
			t.Errorf("%s: %+v; want %v", tc.name, slip, tc.want)
		}
		m.pass(10 * time.Minute)
		c.hear(noon.Add(4 * time.Hour))
		if s := c.settle(slip); s.Uncertain || !s.At.Equal(noon.Add(4*time.Hour-10*time.Minute)) {
			t.Errorf("%s: with the server back the slip is of %+v", tc.name, s)
		}
		m.id = "b3"
		c.hear(noon.Add(5 * time.Hour))
		if s := c.settle(slip); s != slip {
			t.Errorf("%s: a slip of a boot before became %+v", tc.name, s)
		}
	}
}

func TestTheSystemSaysWhichBootItIs(t *testing.T) {
	boot := bootClock()
	id, since := boot()
	again, later := boot()
	if id == "" || id != again || since <= 0 || later < since {
		t.Errorf("%q %v, then %q %v", id, since, again, later)
	}
}

// The kiosk's clock is set back by a day and forward by a year while it is cut off: the
// slips have the server's hours, their order, and today's line.
func TestAWrongClockChangesNothingOnTheSlips(t *testing.T) {
	w := newWorld(t)
	hands := &machine{wall: time.Now(), id: "b1", since: time.Hour}
	m := w.kioskAt(w.token(), t.TempDir(), hands.clock())
	m.ready()
	printed := m.touches(1, 2)
	w.line.set(line{cut: true})
	for n, jump := range []time.Duration{0, -24 * time.Hour, 366 * 24 * time.Hour, -366 * 24 * time.Hour} {
		hands.set(func() { hands.wall = hands.wall.Add(jump) })
		hands.pass(time.Second)
		got := m.touches(10+2*n, 2)
		for _, k := range got {
			if ago := w.now().Sub(k.IssuedAt); k.Uncertain || ago < -time.Minute || ago > time.Minute {
				t.Errorf("after a jump by %v a slip is of %v (uncertain %v)", jump, k.IssuedAt, k.Uncertain)
			}
		}
		printed = append(printed, got...)
	}
	w.line.set(line{})
	w.settled(printed)
	for _, k := range w.tickets() {
		if k.State != queue.Done || k.Uncertain {
			t.Errorf("%s is %s (uncertain %v)", k.Number, k.State, k.Uncertain)
		}
	}
}

// After a reboot without the server nobody knows the hour: none is on the slip, and the
// server says which day it was. A slip of the present boot gets its true hour with the merge.
func TestAfterARebootTheServerSaysWhichDayItIs(t *testing.T) {
	for _, wall := range []struct {
		name string
		at   time.Time
	}{{"1970", time.Unix(1000, 0)}, {"a day back", time.Now().Add(-24 * time.Hour)}, {"a year ahead", time.Now().Add(365 * 24 * time.Hour)}} {
		t.Run(wall.name, func(t *testing.T) {
			w := newWorld(t)
			dir, token := t.TempDir(), w.token()
			hands := &machine{wall: time.Now(), id: "b1", since: time.Hour}
			m := w.kioskAt(token, dir, hands.clock())
			m.ready()
			w.line.set(line{cut: true})
			printed := []view.Ticket{m.take(id(1), "chung-thuc")}
			for boot := range 2 { // two power cuts: of the first boot nobody will ever know the hours
				m.stop()
				hands.set(func() { hands.wall, hands.id, hands.since = wall.at, fmt.Sprint("b", boot+2), time.Second })
				m = w.kioskAt(token, dir, hands.clock())
				k := m.take(id(10+boot), "chung-thuc")
				if !k.Uncertain || k.Number != fmt.Sprintf("AK%03d", boot+2) {
					t.Errorf("after the reboot it is %+v", k)
				}
				printed = append(printed, k)
			}
			hands.pass(20 * time.Second)
			w.line.set(line{})
			eventually(t, "the slips are merged", func() bool { return len(w.tickets()) == 3 })
			for _, k := range w.tickets() {
				uncertain := k.ID == queue.TicketID(id(10))
				if k.State != queue.Waiting || k.Uncertain != uncertain {
					t.Errorf("%s is %s, uncertain %v", k.Number, k.State, k.Uncertain)
				}
				if ago := w.now().Sub(k.IssuedAt); k.ID == queue.TicketID(id(11)) && (ago < 15*time.Second || ago > 2*time.Minute) {
					t.Errorf("the slip of the last boot was issued %v ago", ago)
				}
			}
			w.settledOnly(printed)
		})
	}
}
