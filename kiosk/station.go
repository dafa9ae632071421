package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"moiso/internal/client"
	"moiso/internal/device"
	"moiso/internal/printer"
	"moiso/internal/queue"
	"moiso/internal/ticket"
	"moiso/internal/view"
)

// station is a printer of its own at a help desk, an agent's point or a counter: it
// prints what staff order and gives out nothing itself.
type station struct {
	log    *slog.Logger
	center string
	device func() string // its id; "" while it is not known
	spool  *spool
	paper  *paper
	orders *orders
	show   func(printer.Status)

	mu  sync.Mutex
	doc *view.Kiosk // the last known; never changed in place
}

// knowEvery is how often a station that was given its token by hand looks whether it was
// told its name.
const knowEvery = time.Second

func printStation(ctx context.Context, args []string, stdout, stderr io.Writer, env func(string) string) int {
	var name string
	p := device.Program{
		Name: "kiosk print-station", Role: "printer", Summary: "a printer that prints the slips which staff order", Needs: "-printer URL ", Listen: "127.0.0.1:8083", View: "kiosk", Token: true,
		Flags: func(f *flag.FlagSet) {
			f.StringVar(&name, "printer", "", "the printer's `URL`: "+printer.Examples+"; 'kiosk printers' lists them")
		},
		Check: func() string { return wrongPrinter(name) },
		Ready: readySpool,
		Part: func(d *device.Device, dir string) (device.Part, error) {
			s, err := openStation(d, dir, name)
			if err != nil {
				return device.Part{}, err
			}
			return s.part(), nil
		},
		Code: (&codePaper{printer: func() string { return name }}).print,
	}
	return p.Main(ctx, args, stdout, stderr, env)
}

// wrongPrinter says what is wrong with a station's printer, "" when nothing is. Without
// one a station is good for nothing, so that a typo ends it, where a kiosk goes on.
func wrongPrinter(name string) string {
	if name == "" || name == "none" {
		return "-printer is needed, like " + printer.Examples
	}
	if _, err := printer.Open(name, printer.Options{}); err != nil {
		return "-printer: " + err.Error()
	}
	return ""
}

func openStation(d *device.Device, dir, name string) (*station, error) {
	sp, warning, err := openSpool(dir, time.Now())
	if err != nil {
		return nil, err
	}
	if warning != "" {
		d.Logger().Error(warning)
	}
	s := &station{log: d.Logger(), center: d.Center(), spool: sp, device: func() string { return d.Local().Device }}
	s.show = func(p printer.Status) { d.Change(func(l *device.Local) { showPrinter(l, p) }) }
	if s.paper, err = openPaper(name, &pressed{sp, d.Logger(), time.Now}, d.Logger()); err != nil {
		return nil, errors.Join(err, sp.close())
	}
	s.orders = newOrders(d.Logger(), d.Center(), d, s.paper, sp, s.known)
	return s, nil
}

func (s *station) part() device.Part {
	return device.Part{Document: s.document, Status: s.status, Run: s.run}
}

func (s *station) document(text []byte, _ client.Head) {
	var doc view.Kiosk
	if err := json.Unmarshal(text, &doc); err != nil {
		s.log.Error("the server's document is not understood; is it of another version?", "error", err)
		return
	}
	s.mu.Lock()
	s.doc = &doc
	s.mu.Unlock()
	s.orders.heard(doc.Prints)
}

func (s *station) status(now client.Status) {
	if now.Connected && !now.Stale {
		s.orders.nudge()
	}
}

func (s *station) known() (identity, *view.Kiosk) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return identity{Device: s.device(), Center: s.center}, s.doc
}

// run prints until its context ends.
func (s *station) run(ctx context.Context) error {
	var beside sync.WaitGroup
	beside.Go(func() { s.orders.run(ctx) })
	beside.Go(func() {
		if err := s.paper.run(ctx, func() { s.show(s.paper.printer.Status()) }); err != nil {
			s.log.Error("nothing is printed any more", "error", err)
		}
	})
	for s.device() == "" && pause(ctx, knowEvery) {
		s.orders.sort()
	}
	beside.Wait()
	return s.spool.close()
}

// codePaper puts the code of a device that has no screen on paper, so that a manager can
// let it in. It prints no more than a few: a device that nobody lets in for an hour must
// not use up the roll.
type codePaper struct {
	printer func() string
	used    int
}

const mostCodes = 3

func (c *codePaper) print(ctx context.Context, p client.Pairing, log *slog.Logger) {
	if c.used >= mostCodes {
		log.Info("the code is not printed again; start the program anew for another on paper", "code", p.Code)
		return
	}
	c.used++
	slip, err := ticket.Render(codeSlip(p), ticket.Narrow)
	if err == nil {
		var on *printer.Printer
		if on, err = printer.Open(c.printer(), printer.Options{}); err == nil {
			err = printOne(ctx, on, slip, p.Code, io.Discard)
		}
	}
	if err != nil && ctx.Err() == nil {
		log.Warn("the code is not on paper; it stands here and on the page of this machine", "code", p.Code, "error", err)
	}
}

// codeSlip is as narrow as the narrower roll: which one is in the printer is not known yet.
func codeSlip(p client.Pairing) ticket.Paper {
	return ticket.Paper{
		Center:  queue.Text{VI: "Mời Số · trạm in", EN: "Mời Số · print station"},
		Service: queue.Text{VI: "Mã ghép nối", EN: "Pairing code"},
		Number:  p.Code, URL: p.URL, Notice: true,
		Where: queue.Text{VI: "Người quản lý nhập mã này tại trang Thiết bị hoặc quét mã QR.", EN: "A manager enters this code on the page Devices, or scans the QR code."},
		Lines: []queue.Text{{VI: fmt.Sprintf("Mã dùng được đến %s.", p.Expires.Local().Format("15:04")), EN: fmt.Sprintf("Good until %s.", p.Expires.Local().Format("15:04"))}},
	}
}

// showPrinter writes a printer onto the document of this machine's page.
func showPrinter(l *device.Local, p printer.Status) {
	l.Printer, l.Job = device.Printer{State: string(p.State), Since: p.Since, Name: p.Name}, nil
	if p.Job != nil {
		l.Job = &device.Job{Ticket: p.Job.Ticket, Number: p.Job.Number, State: string(p.Job.State)}
	}
}
