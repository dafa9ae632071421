package printer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
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

// Read waits where there is nothing to be read, which is not the end: the driver of USB
// printers hands on packets of no bytes, and refuses to read from one that never says
// anything.
func (d deviceFile) Read(b []byte) (int, error) {
	n, err := d.File.Read(b)
	if n == 0 && (errors.Is(err, io.EOF) || errors.Is(err, syscall.EINVAL)) {
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
		if err := port.SetReadTimeout(serialRead); err != nil {
			_ = port.Close()
			return nil, fmt.Errorf("the serial port %s cannot be set: %w", path, err)
		}
		return &serialPort{port: port}, nil
	}
}

// serialRead is how often a reader looks whether it is to end.
const serialRead = 100 * time.Millisecond

// serialPort is a port that is closed only when nobody is in the middle of a call: the
// library calls the system by the number of the open file, which after a close may be
// another file's.
type serialPort struct {
	port serial.Port

	ended            atomic.Bool
	reading, writing sync.Mutex // held during a call
}

func (s *serialPort) Read(b []byte) (int, error) {
	s.reading.Lock()
	defer s.reading.Unlock()
	if s.ended.Load() {
		return 0, os.ErrClosed
	}
	return s.port.Read(b)
}

// Write writes all: the library hands on what one call of the system took, which a
// signal may cut short.
func (s *serialPort) Write(b []byte) (n int, err error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	for n < len(b) {
		if s.ended.Load() {
			return n, os.ErrClosed
		}
		took, err := s.port.Write(b[n:])
		n += took
		if err != nil && !strings.Contains(err.Error(), "interrupted system call") {
			return n, err
		}
	}
	return n, nil
}

func (s *serialPort) Close() error {
	s.ended.Store(true)
	s.reading.Lock()
	defer s.reading.Unlock()
	s.writing.Lock()
	defer s.writing.Unlock()
	return s.port.Close()
}

// Abort drops what waits to go out, over and over, until the Write that hangs has
// ended. A port that still hangs is left open rather than closed under it.
func (s *serialPort) Abort() {
	const tries = 100
	s.ended.Store(true)
	for range tries {
		_ = s.port.ResetOutputBuffer()
		if s.writing.TryLock() {
			s.writing.Unlock()
			_ = s.Close()
			return
		}
		time.Sleep(serialRead / tries)
	}
}
