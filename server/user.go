package main

import (
	"context"
	"io"

	"moiso/internal/auth"
)

// runUser is "server user …": accounts, while the server is stopped.
func runUser(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	c := auth.Console{Open: openDirectory, Stdin: stdin, Stdout: stdout, Stderr: stderr}
	return c.User(ctx, args)
}
