package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"time"

	"moiso/internal/escpos"
	"moiso/internal/printer"
	"moiso/internal/queue"
	"moiso/internal/ticket"
)

// testPatience is how long a test slip may take on the slowest line.
const testPatience = 90 * time.Second

// testCode is what the code of a test slip says.
const testCode = "MOI SO - IN THU - MA QR DOC DUOC - QR READS"

// printTest prints a slip without any server, and says how that went.
func printTest(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	f := flag.NewFlagSet("print-test", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	name := f.String("printer", "", "the printer's `URL`: "+printer.Examples+"; 'kiosk printers' lists them")
	width := f.Int("width", 80, "width of the roll in `mm`: 58 or 80")
	cut := f.String("cut", "partial", "what the knife does: partial, full or none")
	f.Usage = func() {}
	wrong := func(msg string) int {
		fmt.Fprintf(stderr, "kiosk print-test: %s\n", msg)
		return 2
	}
	if err := f.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			fmt.Fprintf(stdout, "Prints a test slip with a code, without any server.\n\nUsage: kiosk print-test -printer URL [-width 58|80] [-cut partial|full|none]\n\nFlags:\n")
			f.SetOutput(stdout)
			f.PrintDefaults()
			return 0
		}
		return wrong(err.Error())
	}
	rolls := map[int]ticket.Width{58: ticket.Narrow, 80: ticket.Wide}
	roll, known := rolls[*width]
	how, err := escpos.ParseCut(*cut)
	switch {
	case f.NArg() > 0:
		return wrong(fmt.Sprintf("%q is not expected here", f.Arg(0)))
	case *name == "":
		return wrong("-printer is needed, like " + printer.Examples)
	case !known:
		return wrong(fmt.Sprintf("-width is 58 or 80, not %d", *width))
	case err != nil:
		return wrong("-cut: " + err.Error())
	}
	p, err := printer.Open(*name, printer.Options{Cut: how})
	if err != nil {
		return wrong(err.Error())
	}
	slip, err := ticket.Render(testSlip(*name, *width, time.Now()), roll)
	if err != nil {
		fmt.Fprintf(stderr, "kiosk print-test: %v\n", err)
		return 1
	}
	if err := printOne(ctx, p, slip, "A042", stdout); err != nil {
		fmt.Fprintf(stderr, "kiosk print-test: %v\n", err)
		return 1
	}
	return 0
}

// testSlip shows what goes wrong with a wrong width, a worn head or a bad cable.
func testSlip(name string, width int, now time.Time) ticket.Paper {
	return ticket.Paper{
		Center:  queue.Text{VI: "Mời Số · phiếu in thử"},
		Service: queue.Text{VI: "In thử", EN: "Test print"},
		Number:  "A042", URL: testCode, Notice: true,
		Where: queue.Text{VI: "Ắ Ằ Ẳ Ẵ Ặ Ế Ễ Ộ Ớ Ỡ Ữ Ỵ Đ", EN: "ắ ằ ẳ ẵ ặ ế ễ ộ ớ ỡ ữ ỵ đ"},
		At:    now,
		Lines: []queue.Text{
			{VI: "Hai đường kẻ phải chạm gần hai mép giấy; mã QR phải quét được.", EN: "Both rules must nearly reach both edges of the paper; the code must scan."},
			{VI: fmt.Sprintf("%s · %d mm", name, width)},
		},
	}
}

// printOne runs a printer for one slip.
func printOne(ctx context.Context, p *printer.Printer, slip *ticket.Bitmap, number string, stdout io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, testPatience)
	// Handed over before the printer is looked at, the slip itself finds out what is wrong
	// with it, in more words than a refusal has.
	if err := p.Print(printer.Job{Ticket: "test", Number: number, Bitmap: slip}); err != nil {
		cancel()
		return err
	}
	ran := make(chan error, 1)
	go func() { ran <- p.Run(ctx) }()
	defer func() {
		cancel()
		<-ran // which hands over what is still on its way
	}()
	for {
		changed := p.Changed()
		s := p.Status()
		if j := s.Job; j != nil {
			switch j.State {
			case printer.JobPrinted:
				if s.State == printer.Unknown {
					fmt.Fprintf(stdout, "The slip was sent to %s. This printer does not say how it is: look at the paper.\n", s.Name)
				} else {
					fmt.Fprintf(stdout, "The slip was printed on %s. The printer says: %s.\n", s.Name, s.State.Words())
				}
				return nil
			case printer.JobFailed, printer.JobAsk:
				why := j.Why
				if why == "" {
					why = s.Detail
				}
				return fmt.Errorf("the slip was not printed on %s: %s", s.Name, why)
			}
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("the slip was not printed on %s in time: %s", s.Name, s.State.Words())
		}
	}
}
