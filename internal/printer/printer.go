// Package printer prints the slips of one device on one printer, named by a URL, and
// always knows how that printer is.
//
// It promises:
//   - one slip at a time, in the order of Print;
//   - a slip is printed once: the same ticket is refused a second time unless a
//     person asks for it again, and then it carries the mark of a reprint;
//   - the printer is asked how it is before each slip and between them; while it
//     cannot print, a slip is refused or fails at once, so that the page can show the
//     number instead, and nothing comes out later for somebody who has left;
//   - a slip that was cut off in the middle is never finished or repeated by itself:
//     when the printer is well again the slip is in question (JobAsk), and Confirm
//     prints it whole, with the mark, or lets it go;
//   - nothing waits for ever: each write has a deadline, and a printer that never
//     answers is "unknown" and yet prints.
//
// What is known is kept in memory, but for slips that are in the printer or wait behind
// the one in it: where there is a Memory, a program that starts anew after it died asks
// about those, too.
package printer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"moiso/internal/escpos"
	"moiso/internal/ticket"
)

// Options of a printer. Zero durations mean the defaults.
type Options struct {
	Cut    escpos.Cut    // where the URL names none
	Poll   time.Duration // between questions while nothing is printed: 2 s
	Answer time.Duration // in which a printer answers a question: 400 ms
	Write  time.Duration // in which it takes the next 4 KiB: 5 s
	Drain  time.Duration // in which it has printed what it took: 20 s
	Ask    time.Duration // after which a slip in question is let go: 15 min
	Memory Memory        // nil forgets with the program
}

func (o Options) filled() Options {
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{{&o.Poll, 2 * time.Second}, {&o.Answer, 400 * time.Millisecond}, {&o.Write, 5 * time.Second}, {&o.Drain, 20 * time.Second}, {&o.Ask, 15 * time.Minute}} {
		if *d.field <= 0 {
			*d.field = d.value
		}
	}
	return o
}

// Job is one slip.
type Job struct {
	Ticket string // id; the same one is printed once
	Number string // for people
	Bitmap *ticket.Bitmap
	Again  bool // a person wants it once more: it is printed with the mark "in lại"
}

// JobState is how far a slip is.
type JobState string

const (
	JobQueued   JobState = "queued"
	JobPrinting JobState = "printing"
	JobPrinted  JobState = "printed"
	JobFailed   JobState = "failed" // not printed, or not to its end
	JobAsk      JobState = "ask"    // it was cut off, and the printer is well again: print it anew?
)

// JobStatus is what a page shows of a slip.
type JobStatus struct {
	Ticket string   `json:"ticket"`
	Number string   `json:"number"`
	State  JobState `json:"state"`
	Why    string   `json:"why,omitempty"` // it failed, a sentence for the staff
}

// Status is what a page and the health report show of a printer.
type Status struct {
	State  State      `json:"state"`
	Since  time.Time  `json:"since"`
	Name   string     `json:"name"`             // its URL
	Detail string     `json:"detail,omitempty"` // a sentence for the staff
	Job    *JobStatus `json:"job"`              // the slip in hand, in question, or last
}

var (
	// ErrCannotPrint refuses a slip while the printer cannot take one.
	ErrCannotPrint = errors.New("the printer cannot print")
	// ErrPrintedOnce refuses a slip that is printed or on its way.
	ErrPrintedOnce = errors.New("this slip is printed only once, unless it is asked for again")
	// ErrFull refuses more slips than a person could wait for.
	ErrFull = errors.New("too many slips wait for the printer")
	// ErrNoQuestion says that nobody asked about this slip.
	ErrNoQuestion = errors.New("this slip is not in question")
)

// maxQueue is about a minute of printing.
const maxQueue = 16

// maxRecent is how many slips are remembered so as not to print them twice.
const maxRecent = 1000

// Printer is one printer. Its methods may be called from any goroutine.
type Printer struct {
	name    string
	o       Options
	machine machine       // Owned by Run.
	wake    chan struct{} // holds one: there is something to do

	noting sync.Mutex // held while Memory is called; taken before mu

	// Guarded by mu.
	mu      sync.Mutex
	status  Status
	changed chan struct{} // closed at the next change, and replaced
	queue   []*job
	torn    []*job // cut off, oldest first: failed until the printer is well, then in question
	recent  map[string]JobState
	over    []string  // tickets whose note in Memory is to be taken back
	order   []string  // of recent, oldest first
	shown   time.Time // when the end of a slip was last shown
}

type job struct {
	Job
	state JobState
	asked time.Time // when it came into question
	begun bool      // some of it may be on paper
}

// machine is the printer behind a URL. Its methods are called by Run alone.
type machine interface {
	// look asks how the printer is.
	look(ctx context.Context) (State, string)
	// print puts a slip on paper and says how that went, and why not.
	print(ctx context.Context, j Job) (outcome, error)
	// left says that a program of before died while it printed this slip: the printer
	// may hold the beginning of it.
	left(j Job)
	close()
}

type outcome int

const (
	whole     outcome = iota
	untouched         // nothing of it came out
	cutOff            // some of it may have come out
)

// Open understands a URL; it does not reach for the printer yet. The error is one
// sentence that says what is wrong with the URL.
func Open(name string, o Options) (*Printer, error) {
	o = o.filled()
	m, err := parse(name, &o)
	if err != nil {
		return nil, err
	}
	return open(name, m, o), nil
}

func open(name string, m machine, o Options) *Printer {
	p := &Printer{name: name, o: o, machine: m, wake: make(chan struct{}, 1), changed: make(chan struct{}), recent: map[string]JobState{}}
	p.status = Status{State: Unknown, Since: time.Now(), Name: name}
	if _, ok := m.(nothing); ok {
		p.status.State = None
	}
	p.recall()
	return p
}

// Status is how the printer is now.
func (p *Printer) Status() Status {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.status
	if s.Job != nil {
		j := *s.Job
		s.Job = &j
	}
	return s
}

// Changed is closed when Status is no longer what it is now. Take it before Status,
// and again after each change.
func (p *Printer) Changed() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.changed
}

// Job is how far the slip of a ticket is, among those of this run of the program.
func (p *Printer) Job(id string) (JobState, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s, ok := p.recent[id]
	return s, ok
}

// Print hands over a slip. It does not wait for the printer; how the slip fares, Status
// tells.
func (p *Printer) Print(j Job) error {
	if j.Bitmap == nil {
		return errors.New("a slip without a picture cannot be printed")
	}
	t := &job{Job: j}
	waits, err := p.hand(t)
	if waits {
		p.note(t)
	}
	return err
}

// hand puts a slip at the end, or refuses it, and tells whether another is before it.
func (p *Printer) hand(t *job) (waits bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.status.State.Prints() {
		return false, fmt.Errorf("%w: %s", ErrCannotPrint, p.status.State.Words())
	}
	if s, ok := p.recent[t.Ticket]; ok && (!t.Again || s == JobQueued || s == JobPrinting) {
		failed := s == JobFailed && !slices.ContainsFunc(p.torn, func(o *job) bool { return o.Ticket == t.Ticket })
		if !failed {
			return false, fmt.Errorf("%w: %s is %s", ErrPrintedOnce, t.Number, s)
		}
	}
	if len(p.queue) >= maxQueue {
		return false, ErrFull
	}
	p.forget(t.Ticket)
	p.enqueue(t)
	return len(p.queue) > 1, nil
}

// Confirm answers the question about a slip that was cut off: print it again, whole
// and with the mark, or let it go.
func (p *Printer) Confirm(id string, again bool) error {
	defer p.settle()
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.IndexFunc(p.torn, func(t *job) bool { return t.Ticket == id && t.state == JobAsk })
	if i < 0 {
		return ErrNoQuestion
	}
	t := p.torn[i]
	if again {
		if !p.status.State.Prints() {
			return fmt.Errorf("%w: %s", ErrCannotPrint, p.status.State.Words())
		}
		p.forget(id)
		t.Again = true
		p.enqueue(t)
		return nil
	}
	p.forget(id)
	p.keep(t, JobFailed)
	p.drop(id)
	p.over = append(p.over, id)
	p.question()
	return nil
}

// LetGo ends a slip that has failed or is in question, without asking anybody, and
// reports whether some of it may be on paper. Of another slip it does nothing.
func (p *Printer) LetGo(id string) (begun bool) {
	defer p.settle()
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.IndexFunc(p.torn, func(t *job) bool { return t.Ticket == id })
	if i < 0 {
		return false
	}
	t := p.torn[i]
	p.forget(id)
	p.keep(t, JobFailed)
	if j := p.status.Job; j != nil && j.Ticket == id && j.State == JobAsk {
		p.drop(id)
	}
	p.over = append(p.over, id)
	p.question()
	return t.begun
}

// enqueue puts a slip at the end. THE CALLER MUST HOLD mu.
func (p *Printer) enqueue(t *job) {
	p.queue = append(p.queue, t)
	p.keep(t, JobQueued)
	if len(p.queue) == 1 {
		p.show(t)
	}
	p.tell()
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// keep remembers how far a slip is. THE CALLER MUST HOLD mu.
func (p *Printer) keep(t *job, s JobState) {
	t.state = s
	if _, ok := p.recent[t.Ticket]; !ok {
		p.order = append(p.order, t.Ticket)
		if len(p.order) > maxRecent {
			delete(p.recent, p.order[0])
			p.order = p.order[1:]
		}
	}
	p.recent[t.Ticket] = s
}

// forget takes back a slip in question. THE CALLER MUST HOLD mu.
func (p *Printer) forget(id string) {
	p.torn = slices.DeleteFunc(p.torn, func(t *job) bool { return t.Ticket == id })
}

// show makes a slip the one that Status tells of. THE CALLER MUST HOLD mu.
func (p *Printer) show(t *job) {
	p.status.Job = &JobStatus{Ticket: t.Ticket, Number: t.Number, State: t.state}
}

// drop shows no more of a slip. THE CALLER MUST HOLD mu.
func (p *Printer) drop(id string) {
	if j := p.status.Job; j != nil && j.Ticket == id {
		p.status.Job = nil
		p.tell()
	}
}

// question shows the oldest slip in question, when no other is in hand. THE CALLER
// MUST HOLD mu.
func (p *Printer) question() {
	if len(p.queue) > 0 {
		return
	}
	for _, t := range p.torn {
		if t.state != JobAsk {
			continue
		}
		if j := p.status.Job; j == nil || j.Ticket != t.Ticket || j.State != JobAsk {
			p.show(t)
			p.tell()
		}
		return
	}
}

// tell wakes those who wait for a change. THE CALLER MUST HOLD mu.
func (p *Printer) tell() {
	close(p.changed)
	p.changed = make(chan struct{})
}
