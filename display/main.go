// Command display shows the lobby's screen from its own files and keeps one
// connection to the server.
package main

import (
	"context"
	"flag"
	"io"
	"os"
	"os/signal"
	"syscall"

	"moiso/internal/device"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr, os.Getenv)
	stop()
	os.Exit(code)
}

// run carries out a sub-command, or is the screen.
func run(ctx context.Context, args []string, stdout, stderr io.Writer, env func(string) string) int {
	if len(args) > 0 && args[0] == "voice" {
		return runVoice(args[1:], stdout, stderr)
	}
	return program().Main(ctx, args, stdout, stderr, env)
}

func program() device.Program {
	var voice, off, on string
	return device.Program{
		Role: "display", Summary: "the lobby's screen", Listen: "127.0.0.1:8082", View: "board",
		Also:    []device.Also{{Usage: "voice check DIR", What: "say what is wrong with a centre's own recordings"}},
		Forward: []string{"GET /api/v1/centers/{c}/calls", "GET /api/v1/centers/{c}/board"},
		Flags: func(f *flag.FlagSet) {
			f.StringVar(&voice, "voice", "", "`folder` of the centre's own recordings; see: display voice check")
			f.StringVar(&off, "screen-off", "", "`command` that switches the panel off in the hours set for it, by DPMS or HDMI-CEC")
			f.StringVar(&on, "screen-on", "", "`command` that switches the panel on again")
		},
		Part: func(d *device.Device, dir string) (device.Part, error) {
			p, err := newPower(off, on)
			if err != nil {
				return device.Part{}, err
			}
			s, err := newScreen(d, dir, p)
			if err != nil {
				return device.Part{}, err
			}
			handlers, err := voiceHandlers(voice, d.Logger())
			if err != nil {
				return device.Part{}, err
			}
			handlers["POST /api/v1/centers/{c}/speaker"] = &speaker{do: d.Do}
			handlers["POST /local/announced"] = newAnnounced(d, dir)
			return s.part(handlers), nil
		},
	}
}
