package device

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"moiso/internal/client"
	"moiso/internal/version"
)

// Program is a kiosk or display program: its words and what its page needs.
type Program struct {
	Name    string // how it is called on the command line; "" is the role
	Role    string
	Summary string
	Needs   string // flags beside -server without which it does not start, with a blank at the end
	Also    []Also // sub-commands beside version, for the usage
	Listen  string // default address of the page
	View    string
	Forward []string
	Token   bool // the server asks this role for a token

	// Flags adds flags of the program's own; nil for none.
	Flags func(*flag.FlagSet)
	// Ready looks, before anybody is asked to let the device in, whether it can do its
	// work with its flags and its folder; nil for no look. An error ends the program.
	Ready func(dir string, log *slog.Logger) error
	// Check says what is wrong with the program's own flags, "" when nothing is; nil for
	// nothing to check.
	Check func() string
	// Code is called for each code under which a manager can let the device in, beside the
	// page that shows it; nil for nobody. It ends when its context does.
	Code func(context.Context, client.Pairing, *slog.Logger)
	// Part makes what the program does besides showing its page; nil for nothing. dir is
	// the folder that it keeps its files in.
	Part func(d *Device, dir string) (Part, error)
}

// Main carries out a command line and gives the exit code: 0 done, 1 failed, 2 not
// understood.
func (p Program) Main(ctx context.Context, args []string, stdout, stderr io.Writer, env func(string) string) int {
	if len(args) == 1 && (args[0] == "version" || args[0] == "-version" || args[0] == "--version") {
		version.Print(stdout, p.Role)
		return 0
	}
	if p.Name == "" {
		p.Name = p.Role
	}
	o := Options{Role: p.Role, View: p.View, Forward: p.Forward}
	f := flag.NewFlagSet(p.Name, flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.StringVar(&o.Server, "server", "", "`URL` of the server")
	f.StringVar(&o.Center, "center", "", "`id` of the centre, like thuan-hoa; left out, the device shows a code and a manager lets it in")
	f.StringVar(&o.Token, "token", "", "the device's `token`, from 'server device add', with -center; the variable MOISO_TOKEN keeps it out of the list of processes")
	f.StringVar(&o.Listen, "listen", p.Listen, "loopback `address` of the page")
	dir := f.String("data", env("STATE_DIRECTORY"), "`folder` for what the program keeps; the default is that of the service, or one of the user")
	if p.Flags != nil {
		p.Flags(f)
	}
	f.Usage = func() {}
	if err := f.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			p.usage(stdout, f)
			return 0
		}
		return p.wrong(stderr, err.Error())
	}
	if o.Token == "" {
		o.Token = env("MOISO_TOKEN")
	}
	if msg := p.check(f, o); msg != "" {
		return p.wrong(stderr, msg)
	}
	o.Logger = slog.New(slog.NewTextHandler(stderr, nil))
	if *dir == "" {
		var err error
		if *dir, err = dataDir(p.Role); err != nil {
			return p.wrong(stderr, err.Error())
		}
	}
	o.Dir = *dir
	d, err := New(o)
	if err != nil {
		return p.wrong(stderr, err.Error())
	}
	if p.Ready != nil {
		if err := p.Ready(*dir, o.Logger); err != nil {
			fmt.Fprintf(stderr, "%s: %v\n", p.Name, err)
			return 1
		}
	}
	if o.Center == "" {
		if err := (paired{o: o, dir: *dir, part: p.Part, code: p.Code}).run(ctx, stdout); err != nil {
			fmt.Fprintf(stderr, "%s: %v\n", p.Name, err)
			return 1
		}
		return 0
	}
	if p.Part != nil {
		part, err := p.Part(d, *dir)
		if err != nil {
			fmt.Fprintf(stderr, "%s: %v\n", p.Name, err)
			return 1
		}
		d.Use(part)
	}
	if err := d.Run(ctx, stdout); err != nil {
		fmt.Fprintf(stderr, "%s: %v\n", p.Name, err)
		return 1
	}
	return 0
}

// dataDir is a folder of the user's own.
func dataDir(role string) (string, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("-data is needed: %w", err)
	}
	return filepath.Join(dir, "moiso-"+role), nil
}

// Also is a sub-command of a program, as its usage names it.
type Also struct{ Usage, What string }

// check says what is wrong with the flags, "" when nothing is.
func (p Program) check(f *flag.FlagSet, o Options) string {
	host, _, err := net.SplitHostPort(o.Listen)
	switch {
	case f.NArg() > 0:
		return fmt.Sprintf("%q is not expected here", strings.Join(f.Args(), " "))
	case o.Server == "":
		return "-server is needed"
	case o.Center == "" && o.Token != "":
		return "-center is needed with -token; without both the device shows a code and a manager lets it in"
	case p.Token && o.Token == "" && o.Center != "":
		return "-token is needed with -center; make one with: server device add. Without both the device shows a code and a manager lets it in"
	case err != nil:
		return fmt.Sprintf("-listen %q is not an address with a port, like %s", o.Listen, p.Listen)
	}
	if p.Check != nil {
		if msg := p.Check(); msg != "" {
			return msg
		}
	}
	if !loopback(host) {
		return fmt.Sprintf("-listen %s would show the page to others, with this device's rights; use an address of this machine only, like %s", o.Listen, p.Listen)
	}
	return ""
}

func (p Program) usage(w io.Writer, f *flag.FlagSet) {
	fmt.Fprintf(w, "Mời Số: %s\n\nUsage: %s -server URL %s[flags]\n", p.Summary, p.Name, p.Needs)
	also, wide := append(slices.Clone(p.Also), Also{"version", "print version, commit and date"}), 0
	for _, a := range also {
		wide = max(wide, len(a.Usage))
	}
	for _, a := range also {
		fmt.Fprintf(w, "       %s %-*s  %s\n", p.Name, wide, a.Usage, a.What)
	}
	fmt.Fprint(w, "\nFlags:\n")
	f.SetOutput(w)
	f.PrintDefaults()
}

func (p Program) wrong(w io.Writer, msg string) int {
	fmt.Fprintf(w, "%s: %s\nRun '%s -h' for its flags.\n", p.Name, msg, p.Name)
	return 2
}
