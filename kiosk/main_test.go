package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"moiso/internal/testbed"
)

// The kiosk's page may take, show and give back a number, and nothing else.
func TestTheKioskForwardsWhatItsPageNeeds(t *testing.T) {
	p := (&setup{}).program()
	if p.Role != "kiosk" || p.View != "kiosk" || !p.Token || !strings.HasPrefix(p.Listen, "127.0.0.1:") {
		t.Errorf("%+v", p)
	}
	if !slices.Contains(p.Forward, "POST /api/v1/centers/{c}/tickets") || !slices.Contains(p.Forward, "GET /api/v1/tickets/{id}/qr.svg") {
		t.Errorf("it forwards %q", p.Forward)
	}
	for _, f := range p.Forward {
		if strings.Contains(f, "counters") || strings.Contains(f, "login") || strings.Contains(f, "...") {
			t.Errorf("it forwards %s", f)
		}
	}
}

// Whoever sets up a kiosk reads what is wrong before a manager is asked to let it in.
func TestWhatIsWrongIsSaidBeforeTheKioskIsLetIn(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	must(t, os.WriteFile(file, []byte("x"), 0o600))
	foreign := filepath.Join(dir, "foreign")
	must(t, os.Mkdir(foreign, 0o700))
	must(t, os.WriteFile(filepath.Join(foreign, spoolFile), []byte("a list of the canteen"), 0o600))
	for name, c := range map[string]struct {
		data, printer string
		want          string
		ends          bool
	}{
		"a printer's URL with a typo": {filepath.Join(dir, "new"), "usb://lp0", "goes on without a printer", false},
		"a foreign spool":             {foreign, "none", "the spool could not be used", false},
		"a folder that cannot be":     {filepath.Join(file, "in"), "none", "kiosk: the folder for the kiosk's numbers cannot be made", true},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			said, code := &testbed.Text{}, make(chan int, 1)
			go func() {
				code <- run(ctx, []string{"-server", "http://127.0.0.1:1", "-listen", "127.0.0.1:0", "-data", c.data, "-printer", c.printer}, io.Discard, said, func(string) string { return "" })
			}()
			want := 1
			if !c.ends {
				want = 0
				eventually(t, "the search for the server", func() bool { return strings.Contains(said.String(), "gives this device no code") })
				cancel()
			}
			if got := <-code; got != want {
				t.Errorf("it ends with %d, want %d", got, want)
			}
			if n := strings.Count(said.String(), c.want); n != 1 {
				t.Errorf("it says %d times that %s:\n%s", n, c.want, said)
			}
		})
	}
}
