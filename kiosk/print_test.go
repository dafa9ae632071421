package main

import (
	"bytes"
	"context"
	"image/png"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"moiso/internal/printer/printertest"
)

// kioskRuns carries out a command line of the kiosk.
func kioskRuns(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), args, &out, &errs, func(string) string { return "" })
	return code, out.String(), errs.String()
}

func TestATestSlipIsPrintedWithoutAnyServer(t *testing.T) {
	there := printertest.New(printertest.Character{})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan bool)
	ctx, cancel := context.WithCancel(context.Background())
	go func() { there.Listen(ctx, l); close(done) }()
	t.Cleanup(func() { cancel(); <-done })
	url := "tcp://" + l.Addr().String()

	code, stdout, stderr := kioskRuns(t, "print-test", "-printer", url, "-width", "58", "-cut", "full")
	if code != 0 || !strings.Contains(stdout, "The slip was printed on "+url) || !strings.Contains(stdout, "it is ready") {
		t.Fatalf("code %d: %s%s", code, stdout, stderr)
	}
	slips := there.Slips()
	if err := there.Err(); err != nil || len(slips) != 1 || !slips[0].Full {
		t.Fatalf("%d slips are in the tray (%v)", len(slips), err)
	}
	if got := zbarReads(t, slips[0], 384); got != testCode {
		t.Errorf("the code says %q", got)
	}

	there.Set(printertest.Condition{PaperOut: true})
	code, _, stderr = kioskRuns(t, "print-test", "-printer", url)
	if code != 1 || !strings.Contains(stderr, "paper") {
		t.Errorf("without paper: code %d: %s", code, stderr)
	}
}

func zbarReads(t *testing.T, s printertest.Slip, width int) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "slip.png")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, s.Image(width)); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", file).Output()
	if err != nil {
		t.Fatalf("zbarimg: %v", err)
	}
	return strings.TrimSpace(string(out))
}

func TestATestSlipThatCannotBePrintedIsOneClearSentence(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"print-test"}, 2, "-printer is needed, like usb:///dev/usb/lp0"},
		{[]string{"print-test", "-printer", "tpc://10.0.0.7"}, 2, `there is no kind "tpc"`},
		{[]string{"print-test", "-printer", "none", "-width", "70"}, 2, "-width is 58 or 80, not 70"},
		{[]string{"print-test", "-printer", "none", "-cut", "half"}, 2, `not "half"`},
		{[]string{"print-test", "-printer", "none", "more"}, 2, `"more" is not expected here`},
		{[]string{"print-test", "-paper", "58"}, 2, "flag provided but not defined: -paper"},
		{[]string{"print-test", "-printer", "none"}, 1, "there is none"},
		{[]string{"print-test", "-printer", "usb:///dev/usb/not-there"}, 1, "is the printer on, and its cable in?"},
		{[]string{"printers", "all"}, 2, "takes no flags"},
	} {
		code, stdout, stderr := kioskRuns(t, c.args...)
		if code != c.code || !strings.Contains(stderr, c.want) || stdout != "" || strings.Count(stderr, "\n") != 1 {
			t.Errorf("kiosk %s: code %d, %q, %q; want %d and %q", strings.Join(c.args, " "), code, stdout, stderr, c.code, c.want)
		}
	}
}

func TestPrintersListsWhatAPrinterMayBeReachedBy(t *testing.T) {
	code, stdout, stderr := kioskRuns(t, "printers")
	if code != 0 {
		t.Fatalf("code %d: %s", code, stderr)
	}
	for _, want := range []string{"tcp://ADDRESS:9100", "file:///DIR", "none ", "kiosk print-test -printer URL"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("it does not tell of %s:\n%s", want, stdout)
		}
	}
	if code, stdout, _ := kioskRuns(t, "print-test", "-h"); code != 0 || !strings.Contains(stdout, "-width mm") {
		t.Errorf("its help: code %d, %s", code, stdout)
	}
}

// zbarSees reports whether a code on a slip of a width leads to a ticket.
func zbarSees(s printertest.Slip, width int, ticket string) bool {
	var b bytes.Buffer
	if err := png.Encode(&b, s.Image(width)); err != nil {
		return false
	}
	c := exec.Command("zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", "-")
	c.Stdin = &b
	out, err := c.Output()
	return err == nil && strings.Contains(strings.TrimSpace(string(out)), ticket)
}
