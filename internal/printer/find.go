package printer

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"go.bug.st/serial/enumerator"
)

// Found is a printer, or what may be one, on this machine.
type Found struct {
	URL  string
	What string // in words
}

// Find looks for what a printer may be reached by. A source that cannot be asked is
// told of in err; what the others know is there all the same.
func Find(ctx context.Context) ([]Found, error) {
	found := usbPrinters("/")
	ports, errPorts := enumerator.GetDetailedPortsList()
	found = append(found, serialPorts(ports)...)
	queues, errQueues := cupsQueues(ctx)
	return append(found, queues...), errors.Join(errPorts, errQueues)
}

// usbPrinters are those that the kernel's usblp has taken.
func usbPrinters(root string) []Found {
	files, _ := filepath.Glob(filepath.Join(root, "dev/usb/lp*")) // the pattern is sound
	slices.Sort(files)
	var found []Found
	for _, f := range files {
		what := "a USB printer"
		id, err := os.ReadFile(filepath.Join(root, "sys/class/usbmisc", filepath.Base(f), "device/ieee1284_id"))
		if name := deviceName(string(id)); err == nil && name != "" {
			what = name + ", by USB"
		}
		rel, err := filepath.Rel(root, f)
		if err != nil {
			continue
		}
		found = append(found, Found{"usb:///" + filepath.ToSlash(rel), what})
	}
	return found
}

// deviceName is maker and model of an IEEE 1284 device id, "MFG:EPSON;MDL:TM-T20II;".
func deviceName(id string) string {
	var maker, model string
	for field := range strings.SplitSeq(id, ";") {
		key, value, _ := strings.Cut(strings.TrimSpace(field), ":")
		switch strings.ToUpper(key) {
		case "MFG", "MANUFACTURER":
			maker = strings.TrimSpace(value)
		case "MDL", "MODEL":
			model = strings.TrimSpace(value)
		}
	}
	return strings.TrimSpace(maker + " " + model)
}

func serialPorts(ports []*enumerator.PortDetails) []Found {
	var found []Found
	for _, p := range ports {
		if p.Name == "" {
			continue
		}
		what := "a serial port"
		if p.IsUSB {
			what = "a serial port by USB: " + strings.Join(strings.Fields(p.Manufacturer+" "+p.Product+" "+p.VID+":"+p.PID), " ")
		}
		found = append(found, Found{"serial://" + p.Name + "?baud=115200", what + "; the baud rate is the one set in the printer"})
	}
	return found
}

// cupsQueues are the names that lpstat -e lists; a machine without CUPS has none.
func cupsQueues(ctx context.Context) ([]Found, error) {
	if _, err := exec.LookPath("lpstat"); err != nil {
		return nil, nil
	}
	out, err := run(ctx, nil, "lpstat", "-e")
	if err != nil {
		return nil, err
	}
	var found []Found
	for name := range strings.FieldsSeq(out) {
		if cupsName.MatchString(name) {
			found = append(found, Found{"cups://" + name, "a queue of CUPS; it gets a PDF"})
		}
	}
	return found, nil
}
