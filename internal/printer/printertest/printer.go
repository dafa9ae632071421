package printertest

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"sync"
	"time"
)

// Condition is how the printer is.
type Condition struct {
	PaperOut  bool
	NearEnd   bool
	CoverOpen bool
	Cutter    bool // the knife is stuck
	Hot       bool // the head cools down, and goes on by itself
	Busy      bool // it calls itself offline, as clones do, and prints all the same
	Off       bool // the power: it neither takes nor says anything
}

// Character is what kind of printer it is. Its zero value is a good one.
type Character struct {
	Silent  bool   // a clone that never answers
	Deaf    []byte // the n of DLE EOT n that it does not know
	NoFence bool   // it does not know GS r
	Buffer  int    // bytes it takes ahead of printing; 0 is 64 KiB
	Rows    int    // a second; 0 is at once
	Taking  int    // bytes a second; 0 is at once
}

// Printer is one printer. Its methods may be called from any goroutine.
type Printer struct {
	kind Character

	mu       sync.Mutex
	changed  *sync.Cond // on mu: anything below
	is       Condition
	paperFor int // rows until the paper ends; -1 is never
	powerFor int // bytes until the power goes; -1 is never
	buffer   []byte
	decoder  *decoder
	received int
	gone     int   // how often the power went
	fault    error // a command it does not know
	torn     []Slip
	writers  map[io.Writer]*sync.Mutex
	conns    map[net.Conn]bool
}

// New makes a printer that is on, with paper.
func New(kind Character) *Printer {
	if kind.Buffer == 0 {
		kind.Buffer = 64 << 10
	}
	p := &Printer{kind: kind, paperFor: -1, powerFor: -1, decoder: newDecoder(), writers: map[io.Writer]*sync.Mutex{}, conns: map[net.Conn]bool{}}
	p.changed = sync.NewCond(&p.mu)
	return p
}

// Set changes how the printer is. Whoever switches it off loses what it held.
func (p *Printer) Set(c Condition) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.set(c)
}

func (p *Printer) set(c Condition) {
	if c.Off && !p.is.Off {
		p.gone++
		if len(p.decoder.now.rows) > 0 {
			p.torn = append(p.torn, p.decoder.now)
		}
		slips := p.decoder.slips
		p.decoder = newDecoder()
		p.decoder.slips = slips
		p.buffer = nil
		for c := range p.conns {
			if t, ok := c.(*net.TCPConn); ok {
				_ = t.SetLinger(0)
			}
			_ = c.Close()
		}
	}
	p.is = c
	p.changed.Broadcast()
}

// PaperFor lets the paper end after so many rows more.
func (p *Printer) PaperFor(rows int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.paperFor = rows
}

// PowerFor lets the power go after so many bytes more.
func (p *Printer) PowerFor(bytes int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.powerFor = bytes
}

// Slips are those that were cut, oldest first.
func (p *Printer) Slips() []Slip {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.decoder.slips)
}

// Torn are those that the power ended.
func (p *Printer) Torn() []Slip {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.torn)
}

// Received is the bytes that came so far.
func (p *Printer) Received() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.received
}

// Err is the first command that it did not know.
func (p *Printer) Err() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fault
}

// Listen takes connections, one printer behind all of them, until ctx ends.
func (p *Printer) Listen(ctx context.Context, l net.Listener) {
	stop := context.AfterFunc(ctx, func() { _ = l.Close() })
	defer stop()
	var all sync.WaitGroup
	defer all.Wait()
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		p.mu.Lock()
		if p.is.Off {
			_ = c.Close()
		} else {
			if t, ok := c.(*net.TCPConn); ok && p.kind.Buffer < 4096 {
				_ = t.SetReadBuffer(4096) // else the system takes it all
			}
			p.conns[c] = true
		}
		p.mu.Unlock()
		all.Go(func() { _ = p.Serve(ctx, c) })
	}
}

// Serve takes bytes from a line, prints and answers until ctx or the line ends.
func (p *Printer) Serve(ctx context.Context, line io.ReadWriteCloser) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(ctx, func() {
		_ = line.Close()
		p.mu.Lock()
		defer p.mu.Unlock()
		p.changed.Broadcast()
	})
	defer stop()
	p.mu.Lock()
	p.writers[line] = &sync.Mutex{}
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.writers, line)
		if c, ok := line.(net.Conn); ok {
			delete(p.conns, c)
		}
	}()
	var printing sync.WaitGroup
	printing.Go(func() { p.print(ctx, line) })
	err := p.take(ctx, line)
	cancel()
	p.mu.Lock()
	p.changed.Broadcast()
	p.mu.Unlock()
	printing.Wait()
	return err
}

// take reads what comes as long as there is room, and answers questions on receipt.
func (p *Printer) take(ctx context.Context, line io.ReadWriteCloser) error {
	b := make([]byte, 1024)
	pace := pacer{perSecond: p.kind.Taking}
	var last []byte // the two bytes before, where a question may begin
	for {
		p.mu.Lock()
		for !p.is.Off && len(p.buffer) >= p.kind.Buffer && ctx.Err() == nil {
			p.changed.Wait()
		}
		p.mu.Unlock()
		n, err := line.Read(b)
		if err != nil {
			return err
		}
		since := p.cycles()
		pace.pass(ctx, n)
		for _, c := range b[:n] {
			question := len(last) == 2 && last[0] == 0x10 && last[1] == 0x04
			last = append(last, c)
			last = last[max(0, len(last)-2):]
			if p.accept(c, since) && question {
				p.answer(line, c)
			}
		}
	}
}

// cycles is how often the power went.
func (p *Printer) cycles() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.gone
}

// accept takes one byte that came in a cycle of power, and reports whether the printer
// is still on.
func (p *Printer) accept(c byte, since int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.gone != since {
		return false
	}
	if p.powerFor > 0 {
		if p.powerFor--; p.powerFor == 0 {
			p.powerFor = -1
			p.set(Condition{Off: true})
		}
	}
	if p.is.Off {
		return false
	}
	p.received++
	p.buffer = append(p.buffer, c)
	p.changed.Broadcast()
	return true
}

// answer is the status that DLE EOT n asks for.
func (p *Printer) answer(line io.Writer, n byte) {
	p.mu.Lock()
	is := p.is
	p.mu.Unlock()
	if p.kind.Silent || n < 1 || n > 4 || slices.Contains(p.kind.Deaf, n) {
		return
	}
	bit := func(on bool, b byte) byte {
		if on {
			return b
		}
		return 0
	}
	b := byte(0x12)
	switch n {
	case 1:
		b |= 0x04 // the drawer's contact is open: there is none
		b |= bit(is.PaperOut || is.CoverOpen || is.Cutter || is.Hot || is.Busy, 0x08)
	case 2:
		b |= bit(is.CoverOpen, 0x04) | bit(is.PaperOut, 0x20) | bit(is.Cutter || is.Hot, 0x40)
	case 3:
		b |= bit(is.Cutter, 0x08) | bit(is.Hot, 0x40)
	case 4:
		b |= bit(is.NearEnd || is.PaperOut, 0x0c) | bit(is.PaperOut, 0x60)
	}
	p.say(line, b)
}

func (p *Printer) say(line io.Writer, b byte) {
	p.mu.Lock()
	one := p.writers[line]
	p.mu.Unlock()
	if one == nil {
		return
	}
	one.Lock()
	defer one.Unlock()
	_, _ = line.Write([]byte{b})
}

// print carries out what was taken while nothing is in the way.
func (p *Printer) print(ctx context.Context, line io.ReadWriteCloser) {
	pace := pacer{perSecond: p.kind.Rows}
	for {
		rows, fence, err := p.step(ctx)
		if err != nil {
			return
		}
		pace.pass(ctx, rows)
		if fence && !p.kind.NoFence && !p.kind.Silent {
			p.say(line, 0)
		}
	}
}

var errStop = errors.New("stopped")

// step carries out one byte.
func (p *Printer) step(ctx context.Context) (rows int, fence bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	stuck := func() bool { return p.is.Off || p.is.PaperOut || p.is.CoverOpen || p.is.Cutter || p.is.Hot }
	for (len(p.buffer) == 0 || stuck()) && ctx.Err() == nil {
		p.changed.Wait()
	}
	if ctx.Err() != nil {
		return 0, false, errStop
	}
	c := p.buffer[0]
	p.buffer = p.buffer[1:]
	p.changed.Broadcast()
	before := len(p.decoder.now.rows)
	if err := p.decoder.next(c); err != nil && p.fault == nil {
		p.fault = err
	}
	rows = max(0, len(p.decoder.now.rows)-before)
	fence, p.decoder.fence = p.decoder.fence, false
	if p.paperFor > 0 && rows > 0 {
		if p.paperFor -= rows; p.paperFor <= 0 {
			p.paperFor = -1
			p.is.PaperOut = true
		}
	}
	return rows, fence, nil
}

// pacer lets so many things through a second. It belongs to one goroutine.
type pacer struct {
	perSecond int
	due       time.Time
}

// pass waits until n more things may have come through. Less than a few milliseconds
// are owed to the next time: a timer is no finer.
func (p *pacer) pass(ctx context.Context, n int) {
	if p.perSecond == 0 || n == 0 {
		return
	}
	if now := time.Now(); p.due.Before(now) {
		p.due = now
	}
	p.due = p.due.Add(time.Duration(n) * time.Second / time.Duration(p.perSecond))
	wait := time.Until(p.due)
	if wait < 5*time.Millisecond {
		return
	}
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
