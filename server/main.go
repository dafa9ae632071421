// Command server is the heart of Mời Số: it gives out the numbers of a city's
// service centres, routes them to counters and shows the calls.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"

	_ "time/tzdata" // a centre's zone is known on a machine without zone files
)

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(200) // some megabytes more for a twentieth less work of each issue
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Getenv)
	stop()
	os.Exit(code)
}

// command is a sub-command.
type command struct {
	name    string
	summary string
	run     func(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) error
}

func commands() []command {
	return []command{
		{"serve", "run the server", runServe},
		{"simulate", "send a crowd through a server and check what it promises", runSimulate},
		{"user", "add, list, enable or disable people, and set passwords", runUser},
		{"device", "let in, list or revoke kiosks and screens", runDevice},
		{"verify", "check every record of the journal and replay it", runVerify},
		{"audit", "print each call of a day and why that ticket was next", runAudit},
		{"backup", "write a consistent copy of the data while the server is stopped", runBackup},
		{"version", "print version, commit and date", runVersion},
	}
}

// run carries out a command line and gives the exit code: 0 done, 1 failed, 2 not understood.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, _ func(string) string) int {
	if len(args) == 0 || slices.Contains([]string{"help", "-h", "-help", "--help"}, args[0]) {
		usage(stdout)
		if len(args) == 0 {
			return 2
		}
		return 0
	}
	name := args[0]
	if name == "-version" || name == "--version" {
		name = "version"
	}
	for _, c := range commands() {
		if c.name != name {
			continue
		}
		err := c.run(ctx, args[1:], stdin, stdout, stderr)
		var bad *usageError
		switch {
		case err == nil, errors.Is(err, flag.ErrHelp):
			return 0
		case errors.As(err, &bad):
			fmt.Fprintf(stderr, "server %s: %v\nRun 'server %s -h' for its flags.\n", name, err, name)
			return 2
		default:
			fmt.Fprintf(stderr, "server %s: %v\n", name, err)
			return 1
		}
	}
	fmt.Fprintf(stderr, "server: there is no command %q. Run 'server help' for the list.\n", name)
	return 2
}

func usage(w io.Writer) {
	fmt.Fprint(w, "Mời Số: queue tickets and service counters.\n\nUsage: server COMMAND [flags]\n\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "  %-10s %s\n", c.name, c.summary)
	}
	fmt.Fprint(w, "\nTry it:  server serve -demo       then open http://127.0.0.1:8080\nFlags of a command:  server COMMAND -h\n")
}

// usageError is a command line that was not understood.
type usageError struct{ msg string }

func (e *usageError) Error() string { return e.msg }

func badUsage(format string, args ...any) error { return &usageError{fmt.Sprintf(format, args...)} }

// flags makes a flag set whose mistakes come back as usage errors and whose help
// goes to stdout.
func flags(name, summary string, stdout io.Writer) *flag.FlagSet {
	f := flag.NewFlagSet("server "+name, flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.Usage = func() {
		fmt.Fprintf(stdout, "server %s: %s\n\nFlags:\n", name, summary)
		f.SetOutput(stdout)
		f.PrintDefaults()
		f.SetOutput(io.Discard)
	}
	return f
}

// parse reads flags and refuses words that are left over.
func parse(f *flag.FlagSet, args []string) error {
	help := f.Usage
	f.Usage = func() {} // package flag would print it after every mistake
	if err := f.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			help()
			return err
		}
		return badUsage("%v", err)
	}
	if f.NArg() > 0 {
		return badUsage("%q is not expected here", strings.Join(f.Args(), " "))
	}
	return nil
}
