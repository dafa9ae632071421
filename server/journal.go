package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"moiso/internal/auth"
	"moiso/internal/directory"
	"moiso/internal/engine"
	"moiso/internal/journal"
	"moiso/internal/journal/boltlog"
	"moiso/internal/queue"
	"moiso/internal/report"
	"moiso/internal/version"
)

// openDirectory gives the console's commands the register of a stopped server.
func openDirectory(ctx context.Context, dir string) (auth.Directory, io.Closer, error) {
	d, err := openData(dir, false, false, boltlog.Options{})
	if errors.Is(err, journal.ErrLocked) {
		return nil, nil, fmt.Errorf("%w (%v)", auth.ErrLocked, err)
	}
	if err != nil {
		return nil, nil, err
	}
	e, err := engine.Open(ctx, engine.Options{Log: d.log, Epoch: d.info.Epoch})
	if err != nil {
		return nil, nil, fmt.Errorf("%w; the journal was closed again: %v", err, d.Close())
	}
	return register{e}, closer(func() error {
		stop, cancel := context.WithTimeout(context.Background(), stopTimeout)
		defer cancel()
		if err := e.Close(stop); err != nil {
			return err
		}
		return d.Close()
	}), nil
}

type closer func() error

func (c closer) Close() error { return c() }

// records decodes a centre's whole stream.
func records(ctx context.Context, log journal.Log, stream string) iter.Seq2[queue.Record, error] {
	return func(yield func(queue.Record, error) bool) {
		for entry, err := range log.Read(ctx, stream, 0) {
			if err != nil {
				yield(queue.Record{}, err)
				return
			}
			for i, b := range entry.Records {
				r, err := queue.DecodeRecord(b)
				if err != nil {
					err = fmt.Errorf("%s, record %d: %w", stream, entry.First+uint64(i), err)
				}
				if !yield(r, err) || err != nil {
					return
				}
			}
		}
	}
}

// runVerify is "server verify".
func runVerify(ctx context.Context, args []string, _ io.Reader, stdout, stderr io.Writer) error {
	f := flags("verify", "check every record of the journal and replay it", stdout)
	dir := f.String("data", "data", "`folder` of the stopped server")
	if err := parse(f, args); err != nil {
		return err
	}
	d, err := openData(*dir, false, false, boltlog.Options{})
	if err != nil {
		return err
	}
	defer d.Close()
	start := time.Now()
	rep, err := d.log.Verify(ctx, func(n uint64) { fmt.Fprintf(stderr, "\r%d records checked", n) })
	fmt.Fprint(stderr, "\r                              \r")
	if err != nil {
		return damaged(err)
	}
	fmt.Fprintf(stdout, "%d records of %d streams in %d entries and %d sealed blocks: checksums and hash chains hold (%d bytes on disk)\n",
		rep.Records, rep.Streams, rep.Entries, rep.Sealed, rep.Bytes)
	streams, err := d.log.Streams(ctx)
	if err != nil {
		return err
	}
	for _, name := range streams {
		if err := replay(ctx, d.log, name); err != nil {
			return err
		}
	}
	fmt.Fprintf(stdout, "all streams replay, and every snapshot agrees with its records; done in %s\n", time.Since(start).Round(time.Millisecond))
	return nil
}

// replay decodes and applies every record of a stream, and compares the state with
// the stream's snapshot where it was taken.
func replay(ctx context.Context, log journal.Log, name string) error {
	if name == engine.CityStream {
		s := directory.New()
		for entry, err := range log.Read(ctx, name, 0) {
			if err != nil {
				return err
			}
			for i, b := range entry.Records {
				r, err := directory.DecodeRecord(b)
				if err != nil {
					return fmt.Errorf("%s, record %d: %w", name, entry.First+uint64(i), err)
				}
				s.Apply(r)
			}
		}
		return nil
	}
	return engine.CheckSnapshot(ctx, log, name)
}

// runAudit is "server audit".
func runAudit(ctx context.Context, args []string, _ io.Reader, stdout, _ io.Writer) error {
	f := flags("audit", "print each call of a day and why that ticket was next", stdout)
	dir := f.String("data", "data", "`folder` of the stopped server")
	center := f.String("center", "", "the centre's `id`")
	day := f.String("day", "", "the business `day`, like 2025-07-14")
	if err := parse(f, args); err != nil {
		return err
	}
	if *center == "" || *day == "" {
		return badUsage("-center and -day are needed")
	}
	if _, err := time.Parse(time.DateOnly, *day); err != nil {
		return badUsage("-day %q is not a day like 2025-07-14", *day)
	}
	d, err := openData(*dir, false, false, boltlog.Options{})
	if err != nil {
		return err
	}
	defer d.Close()
	streams, err := d.log.Streams(ctx)
	if err != nil {
		return err
	}
	streams = slices.DeleteFunc(streams, func(s string) bool { return s == engine.CityStream })
	if !slices.Contains(streams, *center) {
		return fmt.Errorf("there is no centre %q in the journal; there are %s", *center, strings.Join(streams, ", "))
	}
	calls, faults := 0, 0
	for a, err := range report.Audit(records(ctx, d.log, *center), queue.Day(*day)) {
		if err != nil {
			return err
		}
		calls++
		printCall(stdout, a)
		if a.Fault != "" {
			faults++
		}
	}
	switch {
	case calls == 0:
		fmt.Fprintf(stdout, "%s made no calls on %s.\n", *center, *day)
	case faults == 0:
		fmt.Fprintf(stdout, "%d calls on %s, and each kept the rule in force.\n", calls, *day)
	default:
		return fmt.Errorf("%d of %d calls on %s broke the rule in force; they are marked above", faults, calls, *day)
	}
	return nil
}

var whyInWords = map[queue.Why]string{
	queue.ByArrival: "earliest arrival", queue.ByPriority: "priority group first", queue.ByTurn: "a priority turn was due",
	queue.ByAppointment: "appointment due", queue.ByReturn: "came back after a missed call", queue.ByChoice: "called out of turn",
	queue.ByRecallLater: "parked ticket called back", queue.BySlip: "slip of a kiosk that was cut off",
}

func printCall(w io.Writer, a report.AuditedCall) {
	fmt.Fprintf(w, "%s  call %d  %s to counter %d  %s", a.At.Format("15:04:05"), a.Call, a.Number, a.Counter, whyInWords[a.Why])
	if a.Reason != "" {
		fmt.Fprintf(w, ": %s", a.Reason)
	}
	fmt.Fprintf(w, "  (rule %d, by %s)\n", a.Policy, orSystem(a.Actor))
	const show = 12
	var names []string
	for i, p := range a.Waiting {
		if i == show {
			names = append(names, fmt.Sprintf("and %d more", len(a.Waiting)-show))
			break
		}
		n := p.Number
		if p.Priority {
			n += " priority"
		}
		names = append(names, fmt.Sprintf("%s %s", n, p.For.Round(time.Second)))
	}
	if len(names) > 0 {
		fmt.Fprintf(w, "          waiting for this counter, in order: %s\n", strings.Join(names, ", "))
	}
	if a.Fault != "" {
		fmt.Fprintf(w, "          BROKE THE RULE: %s\n", a.Fault)
	}
}

func orSystem(actor string) string {
	if actor == "" {
		return "nobody named"
	}
	return actor
}

// runBackup is "server backup".
func runBackup(ctx context.Context, args []string, _ io.Reader, stdout, _ io.Writer) error {
	f := flags("backup", "write a consistent copy of the data while the server is stopped", stdout)
	dir := f.String("data", "data", "`folder` of the stopped server")
	to := f.String("to", "", "`folder` to make; it must not exist")
	if err := parse(f, args); err != nil {
		return err
	}
	if *to == "" {
		return badUsage("-to is needed")
	}
	if _, err := os.Stat(*to); err == nil {
		return fmt.Errorf("%s exists already; name a new folder, so that no older backup is lost", *to)
	}
	d, err := openData(*dir, false, false, boltlog.Options{})
	if err != nil {
		return err
	}
	defer d.Close()
	if err := os.MkdirAll(*to, 0o700); err != nil {
		return err
	}
	out, err := os.OpenFile(filepath.Join(*to, "journal.db"), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer out.Close()
	if _, err := d.log.Backup(ctx, out); err != nil {
		return fmt.Errorf("the journal was not copied: %w", err)
	}
	if err := out.Sync(); err != nil {
		return err
	}
	b, err := os.ReadFile(d.sideStore())
	if err == nil {
		err = writeSynced(filepath.Join(*to, filepath.Base(d.sideStore())), b)
	}
	if err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("the accounts were not copied: %w", err)
	}
	if err := os.CopyFS(filepath.Join(*to, filepath.Base(d.mediaFolder())), os.DirFS(d.mediaFolder())); err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("the pictures and films were not copied: %w", err)
	}
	// A copy that goes on is another history: its clients must start afresh.
	if err := writeInfo(*to, dataInfo{Format: dataFormat, Epoch: newEpoch(), Demo: d.info.Demo, DemoHours: d.info.DemoHours}); err != nil {
		return err
	}
	fmt.Fprintf(stdout, "The data of %s are in %s. Check them with: server verify -data %s\n", *dir, *to, *to)
	return nil
}

// runVersion is "server version".
func runVersion(_ context.Context, args []string, _ io.Reader, stdout, _ io.Writer) error {
	if err := parse(flags("version", "print version, commit and date", stdout), args); err != nil {
		return err
	}
	version.Print(stdout, "server")
	return nil
}
