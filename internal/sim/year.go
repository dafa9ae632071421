package sim

import (
	"context"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"moiso/internal/journal"
	"moiso/internal/queue"
)

// History is the past of a city, written straight into a journal. Every record comes
// of queue.Decide on a command that people or clerks could have sent at that moment,
// and each command is an entry of its own, so that the file is as long years of
// service would have made it. Days are sealed as they end; the last one stays open,
// as after a power cut in the evening.
type History struct {
	Log       journal.Log
	Centers   []queue.CenterID // their streams hold their set-up and nothing else
	Services  []Service        // shares and lengths; those a centre does not have are passed over
	Last      time.Time        // a moment of the last day
	Days      int              // on which the centres are open
	Visits    int              // of a centre and day
	Seed      uint64
	Behaviour Behaviour
	// Snapshot encodes a state as the engine saves it once the days before are sealed.
	Snapshot func(s *queue.State, issued []queue.TicketID, sealedTo journal.Pos) ([]byte, error)
	// Progress is told of visits as they are made, from many goroutines.
	Progress func(visits int)
}

// Written sums up a history.
type Written struct {
	Visits, Events, Entries, Expired int64
	First, Last                      queue.Day
}

// Write plays the days one after the other, on each the centres side by side.
func (h History) Write(ctx context.Context) (Written, error) {
	if h.Days < 1 || h.Visits < 1 || len(h.Centers) == 0 {
		return Written{}, errors.New("sim: a history needs days, visits and centres")
	}
	all := make([]*past, len(h.Centers))
	for i, id := range h.Centers {
		all[i] = &past{History: h, id: id, r: rand.New(rand.NewPCG(h.Seed, uint64(i)))}
	}
	if err := together(all, func(p *past) error { return p.begin(ctx) }); err != nil {
		return Written{}, err
	}
	for n := range h.Days {
		if err := together(all, func(p *past) error { return p.next(ctx, n) }); err != nil {
			return Written{}, err
		}
	}
	sum := Written{First: all[0].sum.First, Last: all[0].sum.Last}
	for _, p := range all {
		sum.Visits += p.sum.Visits
		sum.Events += p.sum.Events
		sum.Entries += p.sum.Entries
		sum.Expired += p.sum.Expired
	}
	return sum, nil
}

// together does something for each centre, all of them at a time.
func together(all []*past, do func(*past) error) error {
	var g errgroup.Group
	for _, p := range all {
		g.Go(func() error {
			if err := do(p); err != nil {
				return fmt.Errorf("sim: history of %s: %w", p.id, err)
			}
			return nil
		})
	}
	return g.Wait()
}

// past is one centre's history being written.
type past struct {
	History
	id  queue.CenterID
	r   *rand.Rand
	s   *queue.State
	sum Written

	open          []time.Time // midnights with which the days begin
	pos           journal.Pos
	record        uint64 // number of the next
	issued, ended []queue.TicketID

	kiosk  string // device id
	clerks map[queue.CounterID]queue.Meta

	// Of the day.
	midnight time.Time
	now      time.Duration // since midnight
	spans    []span        // when numbers are given
	agenda   []appointment
	people   map[queue.TicketID]*person
	idle     []queue.CounterID
	parked   []queue.TicketID
}

// span is a time of day.
type span struct{ from, to time.Duration }

// appointment is something that will happen.
type appointment struct {
	at time.Duration
	do func() error
}

// lastCall is the hour after which nobody is called any more: who still waits
// expires at midnight.
const lastCall = 21 * time.Hour

// begin reads the centre's set-up and finds its days.
func (p *past) begin(ctx context.Context) error {
	if err := p.load(ctx); err != nil {
		return err
	}
	days, err := p.days()
	if err != nil {
		return err
	}
	p.open = days
	p.sum.First, p.sum.Last = p.s.DayOf(days[0]), p.s.DayOf(days[len(days)-1])
	return nil
}

// next ends the day before, if there was one, and plays a day.
func (p *past) next(ctx context.Context, n int) error {
	if n > 0 {
		for _, l := range p.s.Lines {
			p.sum.Expired += int64(len(l.Waiting))
		}
		p.now = p.s.Midnight().Sub(p.midnight)
		if _, err := p.do(ctx, queue.Tick{}, queue.Meta{Source: "system"}); err != nil {
			return err
		}
	}
	if err := p.day(ctx, uint64(n), p.open[n]); err != nil {
		return fmt.Errorf("%s: %w", p.open[n].Format(time.DateOnly), err)
	}
	return nil
}

// load reads the centre's set-up.
func (p *past) load(ctx context.Context) error {
	p.s, p.record = queue.New(), 1
	p.kiosk, p.clerks = "d_"+p.text(), map[queue.CounterID]queue.Meta{}
	for entry, err := range p.Log.Read(ctx, string(p.id), 0) {
		if err != nil {
			return err
		}
		for _, b := range entry.Records {
			rec, err := queue.DecodeRecord(b)
			if err != nil {
				return err
			}
			p.s.Apply(rec)
		}
		p.pos, p.record = entry.Pos, entry.First+uint64(len(entry.Records))
	}
	if p.s.Center.ID != p.id {
		return errors.New("the centre is not set up")
	}
	return nil
}

// days gives the midnights with which the days begin on which the centre is open,
// back from the last, oldest first.
func (p *past) days() ([]time.Time, error) {
	last := p.Last.In(p.s.Location())
	var out []time.Time
	for back := 0; len(out) < p.Days; back++ {
		day := time.Date(last.Year(), last.Month(), last.Day()-back, 0, 0, 0, 0, last.Location())
		if back > 15+3*p.Days || !day.After(p.s.LastAt) {
			return nil, fmt.Errorf("there are %d days of service between the set-up and %s, not %d", len(out), last.Format(time.DateOnly), p.Days)
		}
		if open, ok := p.s.Hours.NextOpen(day); ok && p.s.DayOf(open) == p.s.DayOf(day) {
			out = append(out, day)
		}
	}
	slices.Reverse(out)
	return out, nil
}

// day plays one day from the first arrival to the last visit.
func (p *past) day(ctx context.Context, n uint64, midnight time.Time) error {
	p.midnight = midnight
	p.spans = p.openSpans()
	p.agenda, p.idle, p.parked = p.agenda[:0], p.idle[:0], p.parked[:0]
	p.people = make(map[queue.TicketID]*person, p.Visits)
	for _, c := range p.s.Counters {
		p.at(p.spans[0].from-5*time.Minute, func() error {
			_, err := p.do(ctx, queue.OpenCounter{Counter: c.Number}, p.clerk(c.Number))
			p.idle = append(p.idle, c.Number)
			return err
		})
	}
	crowd := p.crowd(n)
	var arrive func(i int) func() error
	arrive = func(i int) func() error {
		return func() error {
			if i+1 < len(crowd) {
				p.at(p.moment(crowd[i+1].arrives), arrive(i+1))
			}
			return p.arrive(ctx, &crowd[i])
		}
	}
	p.at(p.moment(crowd[0].arrives), arrive(0))
	for len(p.agenda) > 0 {
		i := 0
		for j := range p.agenda {
			if p.agenda[j].at < p.agenda[i].at {
				i = j
			}
		}
		a := p.agenda[i]
		p.agenda = slices.Delete(p.agenda, i, i+1)
		p.now = max(p.now, a.at)
		if err := a.do(); err != nil {
			return err
		}
	}
	for _, c := range p.s.Counters {
		if _, err := p.do(ctx, queue.CloseCounter{Counter: c.Number}, p.clerk(c.Number)); err != nil {
			return err
		}
	}
	return nil
}

// openSpans gives the hours of the day in which numbers are given.
func (p *past) openSpans() []span {
	var out []span
	p.now = 0
	for t := p.midnight; ; {
		from, ok := p.s.Hours.NextOpen(t)
		if !ok || p.s.DayOf(from) != p.s.DayOf(p.midnight) {
			return out
		}
		to, ok := p.s.Hours.NextChange(from)
		if !ok {
			to = p.midnight.Add(lastCall) // open round the clock
		}
		out = append(out, span{from.Sub(p.midnight), to.Sub(p.midnight)})
		if !ok {
			return out
		}
		t = to
	}
}

// moment puts a time of service into the hours of the day, pauses passed over.
func (p *past) moment(d time.Duration) time.Duration {
	for _, s := range p.spans {
		if d < s.to-s.from {
			return s.from + d
		}
		d -= s.to - s.from
	}
	return p.spans[len(p.spans)-1].to - time.Second
}

// crowd draws the visits of a day. Their lengths are such that the counters are busy
// for half of the day, and lines form in the morning.
func (p *past) crowd(n uint64) []person {
	open := time.Duration(0)
	for _, s := range p.spans {
		open += s.to - s.from
	}
	c := Center{ID: string(p.id), Tickets: p.Visits, Services: p.Services}
	for _, k := range p.s.Counters {
		serves := make([]string, len(k.Services))
		for i, s := range k.Services {
			serves[i] = string(s)
		}
		c.Counters = append(c.Counters, Counter{Number: int(k.Number), Services: serves})
	}
	s := Scenario{Behaviour: p.Behaviour, Open: open, Seed: p.Seed ^ (n+1)*0x9e3779b97f4a7c15}
	crowd := s.people(c)
	mean := time.Duration(0)
	for i := range crowd {
		mean += crowd[i].visit
	}
	mean /= time.Duration(len(crowd))
	busy := open / 2 * time.Duration(len(c.Counters)) / time.Duration(len(crowd))
	scale := float64(max(busy-45*time.Second, 20*time.Second)) / float64(max(mean, 1))
	for i := range crowd {
		crowd[i].visit = time.Duration(scale * float64(crowd[i].visit))
	}
	return crowd
}

func (p *past) at(d time.Duration, do func() error) {
	p.agenda = append(p.agenda, appointment{d, do})
}

// after is at, some time from now, more or less.
func (p *past) after(d time.Duration, do func() error) {
	p.at(p.now+d/2+time.Duration(p.r.Int64N(int64(d))), do)
}

// clerk is who sits at a counter.
func (p *past) clerk(n queue.CounterID) queue.Meta {
	m, ok := p.clerks[n]
	if !ok {
		m = queue.Meta{Actor: "u_" + p.text(), Source: "desk"}
		p.clerks[n] = m
	}
	return m
}

// text is 80 random bits, as in the ids of accounts, devices and tickets.
func (p *past) text() string {
	var raw [10]byte
	binary.BigEndian.PutUint64(raw[:], p.r.Uint64())
	binary.BigEndian.PutUint16(raw[8:], uint16(p.r.Uint32()))
	return crockford.EncodeToString(raw[:])
}

var crockford = base32.NewEncoding(queue.TicketIDAlphabet).WithPadding(base32.NoPadding)

// do carries out a command at this moment and appends its records.
func (p *past) do(ctx context.Context, c queue.Command, m queue.Meta) (queue.Outcome, error) {
	m.Now = p.midnight.Add(p.now)
	out, err := queue.Decide(p.s, c, m)
	if err != nil {
		return out, fmt.Errorf("%T at %s: %w", c, m.Now.Format(time.TimeOnly), err)
	}
	if len(out.Records) == 0 {
		return out, nil
	}
	a := journal.Append{Stream: string(p.id), Expect: p.pos, Day: string(out.Records[0].Day), Records: make([][]byte, len(out.Records))}
	rolled := journal.Pos(0) // where the day ends that is over
	for i, rec := range out.Records {
		if a.Records[i], err = queue.EncodeRecord(rec); err != nil {
			return out, err
		}
		switch e := rec.Event.(type) {
		case queue.Issued:
			p.issued = append(p.issued, e.Ticket)
		case queue.DayStarted:
			rolled = p.pos
			p.ended, p.issued = append(p.ended, p.issued...), nil
		}
	}
	if p.pos, err = p.Log.Append(ctx, a); err != nil {
		return out, err
	}
	p.record += uint64(len(a.Records))
	p.sum.Events += int64(len(a.Records))
	p.sum.Entries++
	if rolled != 0 {
		err = p.rollover(ctx, rolled)
	}
	return out, err
}

// rollover seals a day that is over, as the engine does, and keeps a snapshot.
func (p *past) rollover(ctx context.Context, upTo journal.Pos) error {
	ids := make([][10]byte, len(p.ended))
	for i, id := range p.ended {
		raw, err := crockford.DecodeString(string(id))
		if err != nil {
			return err
		}
		copy(ids[i][:], raw)
	}
	p.ended = p.ended[:0]
	if err := p.Log.Seal(ctx, string(p.id), upTo, ids); err != nil {
		return err
	}
	b, err := p.Snapshot(p.s, p.issued, upTo)
	if err != nil {
		return err
	}
	return p.Log.SaveSnapshot(ctx, string(p.id), journal.Snapshot{Pos: p.pos, Next: p.record, Bytes: b})
}

// FirstDay is a moment before the first day of a history, for its set-up.
func (h History) FirstDay() time.Time { return h.Last.AddDate(0, 0, -15-3*h.Days) }
