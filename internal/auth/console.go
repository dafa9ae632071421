package auth

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/term"

	"moiso/internal/queue"
)

// Opener opens the register of a data folder for the console, with the locks
// that a server takes. It fails with ErrLocked when a server is running.
type Opener func(ctx context.Context, dataDir string) (Directory, io.Closer, error)

// Console is what the sub-commands user and device run with.
type Console struct {
	Open           Opener
	Stdin          io.Reader
	Stdout, Stderr io.Writer
}

// UsageError is a command line that was not understood.
type UsageError struct{ msg string }

func (e *UsageError) Error() string { return e.msg }

func badUsage(format string, args ...any) error { return &UsageError{fmt.Sprintf(format, args...)} }

// verb is one sub-command of user or device.
type verb struct {
	name, args, help string
	run              func(c *Console, ctx context.Context, v verb, args []string) error
}

// dispatch runs the verb that args begin with.
func (c *Console) dispatch(ctx context.Context, what string, verbs []verb, args []string) error {
	if len(args) == 0 {
		return badUsage("say what to do: %s", verbNames(verbs))
	}
	switch args[0] {
	case "help", "-h", "-help", "--help":
		var b strings.Builder
		fmt.Fprintf(&b, "server %s changes a data folder while its server is stopped.\n\nUsage:\n", what)
		for _, v := range verbs {
			fmt.Fprintf(&b, "  server %s %-7s %s\n      %s\n", what, v.name, v.args, v.help)
		}
		_, err := io.WriteString(c.Stdout, b.String())
		return err
	}
	for _, v := range verbs {
		if v.name != args[0] {
			continue
		}
		if err := v.run(c, ctx, v, args[1:]); !errors.Is(err, flag.ErrHelp) {
			return err
		}
		return nil // it was printed
	}
	return badUsage("there is no %q; there are %s", args[0], verbNames(verbs))
}

func verbNames(verbs []verb) string {
	var names []string
	for _, v := range verbs {
		names = append(names, v.name)
	}
	return strings.Join(names, ", ")
}

// flags begins the flag set of a verb. Its help goes to standard output, its
// mistakes come back as errors.
func (c *Console) flags(what string, v verb) (fs *flag.FlagSet, data *string) {
	fs = flag.NewFlagSet(v.name, flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.Usage = func() {
		fmt.Fprintf(c.Stdout, "server %s %s: %s\n\nUsage: server %s %s %s\n\nFlags:\n", what, v.name, v.help, what, v.name, v.args)
		fs.SetOutput(c.Stdout)
		fs.PrintDefaults()
		fs.SetOutput(io.Discard)
	}
	return fs, fs.String("data", "data", "the server's data `folder`")
}

// parse reads flags that may stand before and after the names a verb takes, one
// for each of want.
func parse(fs *flag.FlagSet, args []string, want ...string) ([]string, error) {
	usage := fs.Usage
	var names []string
	for {
		fs.Usage = func() {} // also called for mistakes
		err := fs.Parse(args)
		fs.Usage = usage
		if errors.Is(err, flag.ErrHelp) {
			usage()
			return nil, err
		}
		if err != nil {
			return nil, badUsage("%s: %v", fs.Name(), err)
		}
		if fs.NArg() == 0 {
			break
		}
		names, args = append(names, fs.Arg(0)), fs.Args()[1:]
	}
	switch {
	case len(names) < len(want):
		return nil, badUsage("%s: %s is missing", fs.Name(), want[len(names)])
	case len(names) > len(want):
		return nil, badUsage("%s: %q is not expected here", fs.Name(), names[len(want)])
	}
	return names, nil
}

// with opens a data folder, runs f and closes it again.
func (c *Console) with(ctx context.Context, dataDir string, f func(*Auth) error) error {
	err := c.withOpen(ctx, dataDir, f)
	if errors.Is(err, ErrLocked) {
		return fmt.Errorf("the server is running; stop it before you change %s, or use its pages", dataDir)
	}
	return err
}

func (c *Console) withOpen(ctx context.Context, dataDir string, f func(*Auth) error) (err error) {
	if st, err := os.Stat(dataDir); err != nil || !st.IsDir() {
		return fmt.Errorf("there is no data folder %s; name it with -data, or start the server once to make it", dataDir)
	}
	dir, closer, err := c.Open(ctx, dataDir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closer.Close()) }()
	a, err := Open(Options{Path: filepath.Join(dataDir, StoreFile), Directory: dir})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	a.source = "console"
	return f(a)
}

// password asks for a new password twice without echo, or reads one line.
func (c *Console) password(fromStdin bool) (string, error) {
	if fromStdin {
		line, err := bufio.NewReader(io.LimitReader(c.Stdin, 4096)).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", fmt.Errorf("read the password: %w", err)
		}
		return strings.TrimRight(line, "\r\n"), nil
	}
	f, ok := c.Stdin.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return "", errors.New("there is no terminal to ask for the password; give it on standard input with -password-stdin")
	}
	ask := func(prompt string) (string, error) {
		fmt.Fprint(c.Stderr, prompt)
		b, err := term.ReadPassword(int(f.Fd()))
		fmt.Fprintln(c.Stderr)
		return string(b), err
	}
	first, err := ask("New password: ")
	if err != nil {
		return "", err
	}
	second, err := ask("Again: ")
	if err != nil {
		return "", err
	}
	if first != second {
		return "", errors.New("the two passwords differ; nothing was changed")
	}
	return first, nil
}

// parseGrants reads "clerk" or "clerk@thuan-hoa,manager@an-cuu"; a role without a
// centre is for the given one, "" being all.
func parseGrants(s string, center string) ([]Grant, error) {
	var out []Grant
	for item := range strings.SplitSeq(s, ",") {
		role, at, named := strings.Cut(strings.TrimSpace(item), "@")
		if role == "" {
			return nil, fmt.Errorf("the roles %q have an empty one; write like clerk or clerk@thuan-hoa,manager@an-cuu", s)
		}
		if !named {
			at = center
		}
		out = append(out, Grant{Role: Role(role), Center: queue.CenterID(at)})
	}
	return out, nil
}

func grantsText(roles []Grant) string {
	var parts []string
	for _, g := range roles {
		if g.Center == "" {
			parts = append(parts, string(g.Role))
		} else {
			parts = append(parts, string(g.Role)+"@"+string(g.Center))
		}
	}
	return strings.Join(parts, ",")
}
