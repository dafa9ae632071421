package printer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"moiso/internal/escpos"
)

// chunk is what is written at once, and has to be taken within Options.Write.
const chunk = 4096

// dotsPerSecond is how fast a slow printer prints: 75 mm. It is asked for nothing but
// the patience with printers that do not say when they are done.
const dotsPerSecond = 600

var (
	errSlow   = errors.New("the printer takes no more data")
	errGone   = errors.New("the printer does not answer any more")
	errBroken = errors.New("the connection to the printer broke")
)

// receipt is an ESC/POS printer on a line. It belongs to one goroutine.
type receipt struct {
	dial  dial
	o     Options
	page  escpos.Options
	quiet bool // never ask, by the URL

	now *session // nil while there is no line

	// What this printer has shown of itself, kept over lines that broke.
	answers bool                     // it has answered once: then silence means that it is gone
	silent  int                      // how often it was asked in vain, if it never answered
	deaf    map[escpos.Question]bool // questions it does not know
	heard   map[escpos.Question]bool // and those it does
	said    escpos.Status            // to the last questions
	fences  bool                     // it says when it has printed what it got
	torn    escpos.Page              // a page that was cut off and is not yet cleared away

	handed func() // for tests: the last byte of a page was taken
}

// session is one line while it holds.
type session struct {
	line   line
	in     chan byte     // what came from the printer; dropped when nobody reads
	broken chan struct{} // closed when nothing more comes
	parser escpos.Parser // of what came from in
	owed   int           // fences not yet answered
	probed bool          // it was asked whether it knows fences
	filled bool          // a command that was cut off was filled up
	answer byte          // the last to a question
	glance int           // questions sent during a page and not yet answered
	last   time.Time     // when the last of them was sent
}

func newReceipt(d dial, o Options, page escpos.Options, quiet bool) *receipt {
	return &receipt{dial: d, o: o, page: page, quiet: quiet, deaf: map[escpos.Question]bool{}, heard: map[escpos.Question]bool{}}
}

// open makes sure that there is a line.
func (r *receipt) open(ctx context.Context) error {
	if r.now != nil {
		select {
		case <-r.now.broken:
			r.abort()
		default:
			return nil
		}
	}
	l, err := r.dial(ctx)
	if err != nil {
		return err
	}
	s := &session{line: l, in: make(chan byte, 256), broken: make(chan struct{})}
	go s.read()
	r.now = s
	return nil
}

func (s *session) read() {
	defer close(s.broken)
	b := make([]byte, 64)
	for {
		n, err := s.line.Read(b)
		for _, c := range b[:n] {
			select {
			case s.in <- c:
			default:
			}
		}
		if err != nil {
			return
		}
	}
}

// write gives the printer bytes, each chunk within the time for it.
func (r *receipt) write(b []byte) error {
	for len(b) > 0 {
		part := b[:min(chunk, len(b))]
		b = b[len(part):]
		done := make(chan error, 1)
		line := r.now.line
		go func() {
			_, err := line.Write(part)
			done <- err
		}()
		timer := time.NewTimer(r.o.Write)
		select {
		case err := <-done:
			timer.Stop()
			if err != nil {
				r.abort()
				return fmt.Errorf("%w: %w", errBroken, err)
			}
		case <-timer.C:
			r.abort()
			return errSlow
		}
	}
	return nil
}

func (r *receipt) abort() {
	if r.now != nil {
		r.now.line.Abort()
		r.now = nil
	}
}

// left expects the printer in the middle of a page that another program sent.
func (r *receipt) left(j Job) {
	if page, err := escpos.Encode(escpos.Image(*j.Bitmap), r.page); err == nil {
		r.torn = page
	}
}

func (r *receipt) close() {
	if r.now != nil {
		_ = r.now.line.Close()
		r.now = nil
	}
}
