package printer

// Memory keeps beyond the death of the program which slips are in the printer or wait
// behind the one in it. It reports its own failures: a slip is printed all the same, for
// a person waits for it. It is called by one goroutine at a time.
type Memory interface {
	// Waits is called when a slip waits for another to be printed.
	Waits(j Job)
	// Begun is called before the first byte of a slip goes out, and returns when the
	// slip is on disk. It takes the place of Waits.
	Begun(j Job)
	// Over is called when nobody has to be asked about a slip any more.
	Over(ticket string)
	// Left are the slips of a program of before that are not over, in the order in which
	// they were noted.
	Left() []Left
}

// Left is a slip that a program of before left behind.
type Left struct {
	Job
	Waited bool // nothing of it went to the printer
}

// recall takes over the slips that a program of before left in the printer. Whether
// they are on paper only a person can say: they are in question as soon as the printer
// is well.
func (p *Printer) recall() {
	if p.o.Memory == nil {
		return
	}
	for _, j := range p.o.Memory.Left() {
		t := &job{Job: j.Job, begun: !j.Waited}
		p.torn = append(p.torn, t)
		p.keep(t, JobFailed)
		if !j.Waited {
			p.machine.left(j.Job)
		}
	}
}

// note notes a slip that waits behind another, where it waits still. Its goroutine is
// that of Print: the one in the printer is not held up.
func (p *Printer) note(t *job) {
	if p.o.Memory == nil {
		return
	}
	p.noting.Lock()
	defer p.noting.Unlock()
	p.mu.Lock()
	waits := t.state == JobQueued
	p.mu.Unlock()
	if waits {
		p.o.Memory.Waits(t.Job)
	}
}

// begun notes the slip that goes to the printer now.
func (p *Printer) begun(t *job) {
	if p.o.Memory == nil {
		return
	}
	p.noting.Lock()
	defer p.noting.Unlock()
	p.o.Memory.Begun(t.Job)
}

// settle takes back the notes of slips that are over. THE CALLER MUST NOT HOLD mu: it
// waits for the disk.
func (p *Printer) settle() {
	p.mu.Lock()
	over := p.over
	p.over = nil
	p.mu.Unlock()
	if p.o.Memory == nil || len(over) == 0 {
		return
	}
	p.noting.Lock()
	defer p.noting.Unlock()
	for _, id := range over {
		p.o.Memory.Over(id)
	}
}
