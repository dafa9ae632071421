package printer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"go.bug.st/serial"
)

// line is bytes to and from a printer.
type line interface {
	io.ReadWriter
	// Close ends the line after what was written has gone out; Abort drops it, and
	// ends a Write that hangs.
	Close() error
	Abort()
}

// dial opens a line anew; it is called again after each that broke.
type dial func(ctx context.Context) (line, error)

// sendBuffer is little, so that what a printer does not take is soon noticed, and not
// held for it by the system.
const sendBuffer = 16 << 10

func dialTCP(address string) dial {
	return func(ctx context.Context) (line, error) {
		d := net.Dialer{Timeout: 3 * time.Second}
		c, err := d.DialContext(ctx, "tcp", address)
		if err != nil {
			return nil, fmt.Errorf("the printer at %s cannot be reached: %w", address, err)
		}
		t := c.(*net.TCPConn)
		_ = t.SetWriteBuffer(sendBuffer)
		return socket{t}, nil
	}
}

type socket struct{ *net.TCPConn }

func (s socket) Abort() {
	_ = s.SetLinger(0) // what the printer did not take is not sent later
	_ = s.TCPConn.Close()
}

func dialFile(path string) dial {
	return func(context.Context) (line, error) {
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		switch {
		case errors.Is(err, os.ErrNotExist):
			return nil, fmt.Errorf("there is no %s: is the printer on, and its cable in?", path)
		case errors.Is(err, os.ErrPermission):
			return nil, fmt.Errorf("%s may not be opened: put the kiosk's user into the group lp", path)
		case err != nil:
			return nil, fmt.Errorf("the printer's file cannot be opened: %w", err)
		}
		if i, err := f.Stat(); err == nil && i.Mode()&os.ModeCharDevice == 0 {
			_ = f.Close()
			return nil, fmt.Errorf("%s is no device; a folder for trying out is file://DIR", path)
		}
		return deviceFile{f}, nil
	}
}

type deviceFile struct{ *os.File }

// Read waits where a USB printer answers with nothing at once: its driver hands on
// packets of no bytes, which are not the end.
func (d deviceFile) Read(b []byte) (int, error) {
	n, err := d.File.Read(b)
	if n == 0 && errors.Is(err, io.EOF) {
		time.Sleep(50 * time.Millisecond)
		return 0, nil
	}
	return n, err
}

func (d deviceFile) Abort() { _ = d.File.Close() }

func dialSerial(path string, mode *serial.Mode) dial {
	return func(context.Context) (line, error) {
		port, err := serial.Open(path, mode)
		if err != nil {
			var known *serial.PortError
			if errors.As(err, &known) && known.Code() == serial.PermissionDenied {
				return nil, fmt.Errorf("%s may not be opened: put the kiosk's user into the group dialout", path)
			}
			return nil, fmt.Errorf("the serial port %s cannot be opened: %w", path, err)
		}
		_ = port.ResetInputBuffer() // answers to questions of before
		return serialPort{port}, nil
	}
}

type serialPort struct{ serial.Port }

// Write writes all: the library hands on what one call of the system took, which a
// signal may cut short.
func (s serialPort) Write(b []byte) (n int, err error) {
	for n < len(b) {
		took, err := s.Port.Write(b[n:])
		n += took
		if err != nil && !strings.Contains(err.Error(), "interrupted system call") {
			return n, err
		}
	}
	return n, nil
}

func (s serialPort) Abort() {
	_ = s.ResetOutputBuffer() // which also ends a Write that hangs
	_ = s.Port.Close()
}
