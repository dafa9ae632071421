// Command display shows the lobby's screen from its own files and keeps one
// connection to the server.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"moiso/internal/device"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := program().Main(ctx, os.Args[1:], os.Stdout, os.Stderr, os.Getenv)
	stop()
	os.Exit(code)
}

func program() device.Program {
	return device.Program{
		Role: "display", Summary: "the lobby's screen", Listen: "127.0.0.1:8082", View: "board",
		Forward: []string{"GET /api/v1/centers/{c}/calls", "GET /api/v1/centers/{c}/board"},
	}
}
