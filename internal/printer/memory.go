package printer

// Memory keeps beyond the death of the program which slips are in the printer. It
// reports its own failures: a slip is printed all the same, for a person waits for it.
type Memory interface {
	// Begun is called before the first byte of a slip goes out, and returns when the
	// slip is on disk.
	Begun(j Job)
	// Over is called when nobody has to be asked about a slip any more.
	Over(ticket string)
	// Left are the slips that were begun by a program of before and are not over, in
	// the order in which they were begun.
	Left() []Job
}

// recall takes over the slips that a program of before left in the printer. Whether
// they are on paper only a person can say: they are in question as soon as the printer
// is well.
func (p *Printer) recall() {
	if p.o.Memory == nil {
		return
	}
	for _, j := range p.o.Memory.Left() {
		t := &job{Job: j}
		p.torn = append(p.torn, t)
		p.keep(t, JobFailed)
		p.machine.left(j)
	}
}

// settle takes back the notes of slips that are over. THE CALLER MUST NOT HOLD mu: it
// waits for the disk.
func (p *Printer) settle() {
	p.mu.Lock()
	over := p.over
	p.over = nil
	p.mu.Unlock()
	if p.o.Memory == nil {
		return
	}
	for _, id := range over {
		p.o.Memory.Over(id)
	}
}
