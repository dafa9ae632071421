package printer

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.bug.st/serial"

	"moiso/internal/escpos"
)

// Examples are one URL of each kind, as they are told to who wrote another.
const Examples = "usb:///dev/usb/lp0, serial:///dev/ttyS0?baud=115200, tcp://192.168.1.50:9100, cups://NAME, file:///DIR or none"

// ErrURL is a printer's URL that cannot be meant.
var ErrURL = errors.New("this names no printer")

func wrong(name, format string, args ...any) error {
	return fmt.Errorf("%w: %q: %s; a printer is named like %s", ErrURL, name, fmt.Sprintf(format, args...), Examples)
}

var cupsName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.+-]*$`)

var comPort = regexp.MustCompile(`^COM[0-9]{1,3}$`)

// parse makes the machine that a URL names. What the URL says of the cut goes into o.
func parse(name string, o *Options) (machine, error) {
	if name == "none" {
		return nothing{}, nil
	}
	u, err := url.Parse(name)
	switch {
	case name == "":
		return nil, wrong(name, "it is empty")
	case err != nil:
		var inner *url.Error
		if errors.As(err, &inner) {
			err = inner.Err
		}
		return nil, wrong(name, "%v", err)
	case u.Scheme == "" && strings.HasPrefix(name, "/"):
		return nil, wrong(name, "the kind of printer is missing, such as usb:// before the path")
	case u.Opaque != "" || u.Scheme == "" || !strings.Contains(name, "://"):
		return nil, wrong(name, "after the kind of printer comes ://")
	case u.User != nil || u.Fragment != "":
		return nil, wrong(name, "neither user nor # belongs in it")
	}
	q, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, wrong(name, "what stands after ? cannot be read")
	}
	known := map[string][]string{"usb": {"cut", "status"}, "serial": {"cut", "status", "baud"}, "tcp": {"cut", "status"}, "cups": {}, "file": {"format"}}
	may, ok := known[u.Scheme]
	if !ok {
		return nil, wrong(name, "there is no kind %q", u.Scheme)
	}
	for key, values := range q {
		if !slices.Contains(may, key) {
			return nil, wrong(name, "%s:// knows no setting %q", u.Scheme, key)
		}
		if len(values) != 1 {
			return nil, wrong(name, "%s is said %d times", key, len(values))
		}
	}
	switch u.Scheme {
	case "file":
		return parseFolder(name, u, q)
	case "cups":
		if u.Path != "" && u.Path != "/" || !cupsName.MatchString(u.Host) {
			return nil, wrong(name, "after cups:// stands the name of the queue alone")
		}
		return office{name: u.Host}, nil
	}
	return parseReceipt(name, u, q, o)
}

func parseFolder(name string, u *url.URL, q url.Values) (machine, error) {
	if u.Host != "" || !path.IsAbs(u.Path) {
		return nil, wrong(name, "the folder is a whole path, with three slashes before it")
	}
	f := folder{dir: u.Path, format: "png"}
	switch format := q.Get("format"); format {
	case "", "png":
	case "pdf":
		f.format = format
	default:
		return nil, wrong(name, "format is png or pdf, not %q", format)
	}
	return f, nil
}

// parseReceipt reads the URL of a printer that speaks ESC/POS.
func parseReceipt(name string, u *url.URL, q url.Values, o *Options) (machine, error) {
	if q.Has("cut") {
		cut, err := escpos.ParseCut(q.Get("cut"))
		if err != nil {
			return nil, wrong(name, "%v", err)
		}
		o.Cut = cut
	}
	quiet := false
	switch s := q.Get("status"); s {
	case "", "on":
	case "off":
		quiet = true
	default:
		return nil, wrong(name, "status is on or off, not %q", s)
	}
	page := escpos.Options{Cut: o.Cut, Feed: escpos.DefaultFeed, Skip: true}
	if u.Scheme == "tcp" {
		address, err := hostPort(name, u)
		if err != nil {
			return nil, err
		}
		return newReceipt(dialTCP(address), *o, page, quiet), nil
	}
	device := u.Path
	if u.Scheme == "serial" && comPort.MatchString(u.Host) && u.Path == "" {
		device = u.Host // on Windows
	} else if u.Host != "" || !path.IsAbs(u.Path) || u.Path == "/" {
		return nil, wrong(name, "the device is a whole path, with three slashes before it")
	}
	if u.Scheme == "usb" {
		return newReceipt(dialFile(device), *o, page, quiet), nil
	}
	baud := 115200
	if q.Has("baud") {
		n, err := strconv.Atoi(q.Get("baud"))
		if err != nil || n < 1200 || n > 4_000_000 {
			return nil, wrong(name, "baud is a number such as 9600, 19200, 38400 or 115200, not %q", q.Get("baud"))
		}
		baud = n
	}
	mode := &serial.Mode{BaudRate: baud, DataBits: 8, Parity: serial.NoParity, StopBits: serial.OneStopBit}
	return newReceipt(dialSerial(device, mode), *o, page, quiet), nil
}

func hostPort(name string, u *url.URL) (string, error) {
	if u.Hostname() == "" || u.Path != "" && u.Path != "/" {
		return "", wrong(name, "after tcp:// stand a host and a port alone")
	}
	port := u.Port()
	if port == "" {
		port = "9100"
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		return "", wrong(name, "a port is a number up to 65535")
	}
	return net.JoinHostPort(u.Hostname(), port), nil
}
