package printer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"moiso/internal/ticket"
)

// nothing is the printer of a kiosk without one.
type nothing struct{}

func (nothing) look(context.Context) (State, string) { return None, "" }
func (nothing) print(context.Context, Job) (outcome, error) {
	return untouched, ErrCannotPrint
}
func (nothing) left(Job) {}
func (nothing) close()   {}

// folder keeps slips as files, for trying out.
type folder struct {
	dir    string
	format string // png or pdf
}

func (f folder) look(context.Context) (State, string) {
	i, err := os.Stat(f.dir)
	switch {
	case err != nil:
		return Offline, "the folder for slips cannot be read: " + err.Error()
	case !i.IsDir():
		return Offline, f.dir + " is not a folder"
	}
	return Ready, ""
}

// print writes a file under another name first, so that whoever watches the folder
// sees whole slips only.
func (f folder) print(_ context.Context, j Job) (outcome, error) {
	b, err := sheet(j.Bitmap, f.format)
	if err != nil {
		return untouched, err
	}
	temporary, err := os.CreateTemp(f.dir, ".slip-*")
	if err != nil {
		return untouched, fmt.Errorf("the slip cannot be kept: %w", err)
	}
	_, err = temporary.Write(b)
	err = errors.Join(err, temporary.Chmod(0o644), temporary.Close())
	if err == nil {
		name := fmt.Sprintf("%s-%s.%s", time.Now().Format("20060102-150405.000"), safe(j.Number), f.format)
		err = os.Rename(temporary.Name(), filepath.Join(f.dir, name))
	}
	if err != nil {
		_ = os.Remove(temporary.Name())
		return untouched, fmt.Errorf("the slip cannot be kept: %w", err)
	}
	return whole, nil
}

func (folder) left(Job) {} // a file is there whole or not at all
func (folder) close()   {}

// safe is a number as part of a file's name.
func safe(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
			return r
		}
		return '_'
	}, s)
}

func sheet(b *ticket.Bitmap, format string) ([]byte, error) {
	if format == "pdf" {
		return PDF(b)
	}
	return b.PNG()
}

// office is a queue of CUPS: office printers, and whatever has a driver. It gets a PDF
// of the slip's own size, which every filter of CUPS takes and none of them enlarges,
// as they do with pictures.
type office struct {
	name string
}

// patience with CUPS, whose programs wait for a scheduler that hangs.
const patience = 10 * time.Second

func run(ctx context.Context, stdin []byte, name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	c := exec.CommandContext(ctx, name, args...)
	c.Env = append(os.Environ(), "LC_ALL=C")
	c.Stdin = bytes.NewReader(stdin)
	c.WaitDelay = time.Second
	out, err := c.CombinedOutput()
	text := strings.TrimSpace(string(out))
	if errors.Is(err, exec.ErrNotFound) {
		return "", fmt.Errorf("%s is not installed: cups:// needs the package cups-client", name)
	}
	if err != nil && text != "" {
		return text, fmt.Errorf("%s: %s", name, text)
	}
	if err != nil {
		return text, fmt.Errorf("%s: %w", name, err)
	}
	return text, nil
}

func (q office) look(ctx context.Context) (State, string) {
	out, err := run(ctx, nil, "lpstat", "-l", "-p", q.name)
	if err != nil {
		return Offline, err.Error()
	}
	return cupsState(out)
}

// cupsState reads what lpstat -l -p says: a line "printer NAME is idle. enabled since",
// and among the next ones "Alerts:" with the reasons of IPP (RFC 8011, 5.4.12).
func cupsState(out string) (State, string) {
	first, rest, _ := strings.Cut(out, "\n")
	alerts := ""
	for line := range strings.Lines(rest) {
		if a, ok := strings.CutPrefix(strings.TrimSpace(line), "Alerts:"); ok {
			alerts = strings.TrimSpace(a)
		}
	}
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(alerts, w) {
				return true
			}
		}
		return false
	}
	switch {
	case has("cover-open", "door-open"):
		return CoverOpen, alerts
	case has("media-empty", "media-needed"):
		return PaperOut, alerts
	case has("media-jam", "-error"):
		return Error, alerts
	case strings.Contains(first, " disabled "):
		return Offline, "the queue is disabled"
	case has("offline", "connecting-to-device", "timed-out", "shutdown"):
		return Offline, alerts
	case has("media-low"):
		return NearEnd, alerts
	}
	return Ready, ""
}

// print counts as done when CUPS has the slip: from then on it keeps it.
func (q office) print(ctx context.Context, j Job) (outcome, error) {
	b, err := PDF(j.Bitmap)
	if err != nil {
		return untouched, err
	}
	if _, err := run(context.WithoutCancel(ctx), b, "lp", "-s", "-d", q.name, "-t", "moiso "+safe(j.Number), "-o", "print-scaling=none", "--", "-"); err != nil {
		return untouched, err
	}
	return whole, nil
}

func (office) left(Job) {} // the spooler has it whole or not at all
func (office) close()   {}
