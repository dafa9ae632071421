// Command kiosk shows the page on which people take a number, from its own files,
// and keeps one connection to the server.
package main

import (
	"context"
	"flag"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"moiso/internal/device"
	"moiso/internal/printer"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr, os.Getenv)
	stop()
	os.Exit(code)
}

// run carries out a sub-command, or is the kiosk.
func run(ctx context.Context, args []string, stdout, stderr io.Writer, env func(string) string) int {
	command := ""
	if len(args) > 0 {
		command = args[0]
	}
	switch command {
	case "printers":
		return printers(ctx, args[1:], stdout, stderr)
	case "print-test":
		return printTest(ctx, args[1:], stdout, stderr)
	case "print-station":
		return printStation(ctx, args[1:], stdout, stderr, env)
	}
	return (&setup{clock: newClock()}).program().Main(ctx, args, stdout, stderr, env)
}

// setup is what the command line and the machine give a kiosk.
type setup struct {
	clock   *clock
	printer string
}

func (s *setup) program() device.Program {
	return device.Program{
		Role: "kiosk", Summary: "the page on which people take a number", Listen: "127.0.0.1:8081", View: "kiosk", Token: true,
		Also: []device.Also{
			{Usage: "printers", What: "list the printers this machine has"},
			{Usage: "print-station -server URL -printer URL", What: "print the slips which staff order, and give out none"},
			{Usage: "print-test -printer URL", What: "print a test slip with a code, without any server"},
		},
		Forward: []string{
			"POST /api/v1/centers/{c}/tickets",
			"GET /api/v1/tickets/{id}",
			"GET /api/v1/tickets/{id}/qr.svg",
			"GET /api/v1/tickets/{id}/qr.png",
			"POST /api/v1/tickets/{id}/cancel",
			"POST /api/v1/tickets/{id}/restore",
			"POST /api/v1/tickets/{id}/return",
		},
		Flags: func(f *flag.FlagSet) {
			f.StringVar(&s.printer, "printer", "none", "the printer's `URL`: "+printer.Examples+"; 'kiosk printers' lists them")
		},
		Ready: s.ready,
		Part: func(d *device.Device, dir string) (device.Part, error) {
			k, err := openKiosk(d, dir, s.clock)
			if err != nil {
				return device.Part{}, err
			}
			// A URL that names no printer has been told of at the start.
			k.paper, _ = openPaper(s.printer, &pressed{k.spool, d.Logger(), time.Now}, d.Logger())
			k.show = func(now self) { d.Change(func(l *device.Local) { now.onto(l, s.printer) }) }
			return k.part(), nil
		},
	}
}

// ready says at the start, and not only when the kiosk has been let in, that its folder
// or its printer's URL is of no use. Without its spool a kiosk is none; without a printer
// numbers are given out all the same: the page shows them large.
func (s *setup) ready(dir string, log *slog.Logger) error {
	if _, err := openPaper(s.printer, nil, log); err != nil {
		log.Error("the kiosk goes on without a printer", "error", err)
	}
	return readySpool(dir, log)
}

// readySpool says whether the folder can be used.
func readySpool(dir string, log *slog.Logger) error {
	sp, warning, err := openSpool(dir, time.Now())
	if err != nil {
		return err
	}
	if warning != "" {
		log.Error(warning)
	}
	return sp.close()
}

// onto writes what the kiosk is onto the document of this machine's page. A printer
// that was named and is not to be had is one that cannot print.
func (s self) onto(l *device.Local, named string) {
	l.Device, l.Lane, l.Spool = s.Device, s.Lane, s.Spool
	switch {
	case s.Printer == nil && (named == "" || named == "none"):
		l.Printer, l.Job = device.Printer{State: "none"}, nil
		return
	case s.Printer == nil:
		l.Printer, l.Job = device.Printer{State: string(printer.Error), Name: named}, nil
		return
	}
	showPrinter(l, *s.Printer)
}
