package printer

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"go.bug.st/serial/enumerator"

	"moiso/internal/escpos"
)

func contains(s, part string) bool { return strings.Contains(s, part) }

func TestAURLNamesAPrinter(t *testing.T) {
	for _, url := range []string{
		"none", "usb:///dev/usb/lp0", "usb:///dev/usb/lp0?cut=full&status=off", "serial:///dev/ttyS0", "serial:///dev/ttyUSB0?baud=9600", "serial://COM3?baud=9600",
		"tcp://10.0.0.7:9100", "tcp://printer.local", "tcp://[fe80::1]:9100/", "cups://Office_2", "cups://hp.laser-room+3", "file:///tmp/slips", "file:///tmp/slips?format=pdf",
	} {
		if _, err := Open(url, Options{}); err != nil {
			t.Errorf("%s: %v", url, err)
		}
	}
	var o Options
	m, err := parse("tcp://10.0.0.7?cut=none&status=off", &o)
	if err != nil {
		t.Fatal(err)
	}
	if r := m.(*receipt); r.page.Cut != escpos.None || !r.quiet {
		t.Errorf("cut %v, quiet %v", r.page.Cut, r.quiet)
	}
}

// Each refusal is one sentence that names what is wrong and shows how it is right.
func TestATypoInAURLIsNamed(t *testing.T) {
	for url, want := range map[string]string{
		"":                                      "it is empty",
		"None":                                  "after the kind of printer comes ://",
		"/dev/usb/lp0":                          "the kind of printer is missing",
		"usb:/dev/usb/lp0":                      "after the kind of printer comes ://",
		"usb://dev/usb/lp0":                     "three slashes",
		"usb:///":                               "whole path",
		"usb:///dev/usb/lp0?baud=9600":          `usb:// knows no setting "baud"`,
		"usb:///dev/usb/lp0?cut=half":           `partial, full or none, not "half"`,
		"usb:///dev/usb/lp0?status=maybe":       `on or off, not "maybe"`,
		"ubs:///dev/usb/lp0":                    `there is no kind "ubs"`,
		"http://10.0.0.7":                       `there is no kind "http"`,
		"serial:///dev/ttyS0?baud=fast":         `not "fast"`,
		"serial:///dev/ttyS0?baud=1":            `not "1"`,
		"serial:///dev/ttyS0?baud=9600&baud=19": "baud is said 2 times",
		"serial:///dev/ttyS0?bauds=9600":        `knows no setting "bauds"`,
		"serial://ttyS0":                        "three slashes",
		"tcp://":                                "a host and a port",
		"tcp://:9100":                           "a host and a port",
		"tcp://10.0.0.7:99999":                  "up to 65535",
		"tcp://10.0.0.7:port":                   "port",
		"tcp://10.0.0.7/queue":                  "a host and a port alone",
		"tcp://me@10.0.0.7":                     "neither user nor #",
		"cups://":                               "the name of the queue alone",
		"cups://Office/2":                       "the name of the queue alone",
		"cups://-oraw":                          "the name of the queue alone",
		"file://slips":                          "three slashes",
		"file:///tmp?format=gif":                "png or pdf",
		"file:///tmp?%zz":                       "cannot be read",
		"tcp://10.0.0.7:91 00":                  "invalid",
	} {
		_, err := Open(url, Options{})
		if !errors.Is(err, ErrURL) || !contains(err.Error(), want) || !contains(err.Error(), Examples) || contains(err.Error(), "\n") {
			t.Errorf("%q: %v; want %q and the examples", url, err, want)
		}
	}
}

func FuzzAnyURLIsUnderstoodOrRefused(f *testing.F) {
	f.Add("usb:///dev/usb/lp0?cut=full")
	f.Add("tcp://[::1]:9100")
	f.Fuzz(func(t *testing.T, url string) {
		if p, err := Open(url, Options{}); (p == nil) == (err == nil) {
			t.Fatalf("%q gives %v and %v", url, p, err)
		}
	})
}

func TestWhatIsFoundIsNamedByURLsThatCanBeOpened(t *testing.T) {
	root := t.TempDir()
	write(t, filepath.Join(root, "dev/usb/lp0"), "")
	write(t, filepath.Join(root, "dev/usb/lp1"), "")
	write(t, filepath.Join(root, "sys/class/usbmisc/lp0/device/ieee1284_id"), "MFG:EPSON;CMD:ESC/POS;MDL:TM-T20II;CLS:PRINTER;\n")
	found := usbPrinters(root)
	found = append(found, serialPorts([]*enumerator.PortDetails{{Name: "/dev/ttyS0"}, {Name: "/dev/ttyUSB1", IsUSB: true, Product: "USB-Serial", VID: "067b", PID: "2303"}, {}})...)
	program(t, "lpstat", `echo Office; echo 'Second_Floor'; echo '-odd'`)
	queues, err := cupsQueues(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	found = append(found, queues...)
	want := []Found{
		{"usb:///dev/usb/lp0", "EPSON TM-T20II, by USB"},
		{"usb:///dev/usb/lp1", "a USB printer"},
		{"serial:///dev/ttyS0?baud=115200", "a serial port; the baud rate is the one set in the printer"},
		{"serial:///dev/ttyUSB1?baud=115200", "a serial port by USB: USB-Serial 067b:2303; the baud rate is the one set in the printer"},
		{"cups://Office", "a queue of CUPS; it gets a PDF"},
		{"cups://Second_Floor", "a queue of CUPS; it gets a PDF"},
	}
	if len(found) != len(want) {
		t.Fatalf("found %q", found)
	}
	for i, f := range found {
		if f != want[i] {
			t.Errorf("found %q, want %q", f, want[i])
		}
		if _, err := Open(f.URL, Options{}); err != nil {
			t.Error(err)
		}
	}
}
