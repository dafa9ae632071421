package main

import (
	"context"
	"errors"
	"io"

	"moiso/internal/auth"
)

// runUser is "server user …": accounts, while the server is stopped.
func runUser(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	c := auth.Console{Open: openDirectory, Stdin: stdin, Stdout: stdout, Stderr: stderr}
	return understood(c.User(ctx, args))
}

// understood makes a mistake in the command line one of main's.
func understood(err error) error {
	var bad *auth.UsageError
	if errors.As(err, &bad) {
		return badUsage("%v", bad)
	}
	return err
}
