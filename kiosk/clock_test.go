package main

import (
	"testing"
	"time"
)

// machine is a clock whose hands the test holds.
type machine struct {
	wall  time.Time
	id    string
	since time.Duration
}

func (m *machine) clock() *clock {
	return &clock{wall: func() time.Time { return m.wall }, boot: func() (string, time.Duration) { return m.id, m.since }}
}

// pass lets time go by on both of the machine's clocks.
func (m *machine) pass(d time.Duration) { m.wall, m.since = m.wall.Add(d), m.since+d }

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
