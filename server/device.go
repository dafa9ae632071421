package main

import (
	"context"
	"fmt"
	"io"
	"slices"

	"moiso/internal/auth"
)

// runDevice is "server device …": kiosks, screens and printers. All but approve work
// on the data folder while the server is stopped.
func runDevice(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	if len(args) > 0 && args[0] == "approve" {
		return runApprove(ctx, args[1:], stdin, stdout, stderr)
	}
	if len(args) == 0 {
		return badUsage("say what to do: approve, while the server is running; add, list or revoke, while it is stopped")
	}
	c := auth.Console{Open: openDirectory, Stdin: stdin, Stdout: stdout, Stderr: stderr}
	err := understood(c.Device(ctx, args))
	if err == nil && len(args) == 1 && slices.Contains([]string{"help", "-h", "-help", "--help"}, args[0]) {
		fmt.Fprintf(stdout, "\nWhile the server is running:\n  %s\n      let in a device that shows a pairing code\n", approveUsage)
	}
	return err
}
