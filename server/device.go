package main

import (
	"context"
	"io"

	"moiso/internal/auth"
)

// runDevice is "server device …": kiosks, screens and printers, while the server
// is stopped.
func runDevice(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	c := auth.Console{Open: openDirectory, Stdin: stdin, Stdout: stdout, Stderr: stderr}
	return understood(c.Device(ctx, args))
}
