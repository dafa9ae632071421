package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"moiso/internal/client"
)

const approveUsage = "server device approve CODE -center C -role kiosk|display|printer [-place P] [-server URL] [-token T | -username U]"

// runApprove is "server device approve": it lets in a device that shows a code. The
// code lives in the running server, so this asks that server, as a manager who signs
// in or with the token of one.
func runApprove(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	f := flag.NewFlagSet("approve", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	var a client.Approval
	f.StringVar(&a.Center, "center", "", "`id` of the centre that the device will belong to")
	f.StringVar(&a.Role, "role", "", "kiosk, display or printer; left out it is what the device says")
	f.StringVar(&a.Place, "place", "", "where it stands; left out it is the role and the code")
	server := f.String("server", "http://127.0.0.1:8080", "`URL` of the running server")
	token := f.String("token", os.Getenv("MOISO_TOKEN"), "`token` of a manager; the variable MOISO_TOKEN keeps it out of the list of processes")
	username := f.String("username", "", "sign in as this `manager`; the password is asked for, or read from standard input")
	f.Usage = func() {
		fmt.Fprintf(stdout, "%s\n\nLets in the device that shows CODE. The server must be running.\n\nFlags:\n", approveUsage)
		f.SetOutput(stdout)
		f.PrintDefaults()
		f.SetOutput(io.Discard)
	}
	if err := parseApprove(f, args, &a.Code); err != nil {
		return err
	}
	switch {
	case a.Code == "":
		return badUsage("say which code the device shows")
	case a.Center == "":
		return badUsage("say with -center which centre the device will belong to")
	case *token == "" && *username == "":
		return badUsage("say who lets it in: -username of a manager, or -token (MOISO_TOKEN)")
	}
	c, err := client.New(client.Options{Server: *server, Token: *token, UserAgent: "moiso-server"})
	if err != nil {
		return badUsage("-server: %v", err)
	}
	if *username != "" {
		password, err := askPassword(stdin, stderr, *username)
		if err != nil {
			return err
		}
		c.SetToken("")
		if _, err := c.Login(ctx, *username, password); err != nil {
			return told(err)
		}
	}
	if a.Place == "" {
		a.Place = strings.TrimSpace(a.Role + " " + strings.ToUpper(a.Code))
	}
	d, err := c.Approve(ctx, a)
	if err != nil {
		return told(err)
	}
	_, err = fmt.Fprintf(stdout, "device %s let in: %s at %s, %s\n", d.ID, d.Role, d.Center, d.Place)
	return err
}

// parseApprove reads flags that may stand before and after the code.
func parseApprove(f *flag.FlagSet, args []string, code *string) error {
	usage := f.Usage
	for {
		f.Usage = func() {} // also called for mistakes
		if err := f.Parse(args); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				usage()
				return err
			}
			return badUsage("%v", err)
		}
		if f.NArg() == 0 {
			return nil
		}
		if *code != "" {
			return badUsage("%q is not expected here", f.Arg(0))
		}
		*code, args = f.Arg(0), f.Args()[1:]
	}
}

// askPassword asks on a terminal without echo, or reads a line.
func askPassword(stdin io.Reader, stderr io.Writer, who string) (string, error) {
	if f, ok := stdin.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		fmt.Fprintf(stderr, "Password of %s: ", who)
		b, err := term.ReadPassword(int(f.Fd()))
		fmt.Fprintln(stderr)
		return string(b), err
	}
	line, err := bufio.NewReader(io.LimitReader(stdin, 4096)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read the password: %w", err)
	}
	return strings.TrimRight(line, "\r\n"), nil
}

// told is what the server said, without its code: a person reads it.
func told(err error) error {
	var refused *client.Error
	if errors.As(err, &refused) {
		return errors.New(refused.Detail)
	}
	return fmt.Errorf("the server cannot be asked: %w", err)
}
