// Package printertest is a receipt printer for tests: it takes bytes, answers as a
// printer does, runs out of paper or loses its power when told to, and shows what it
// has put on paper. It shares no code with internal/escpos, and understands only the
// commands that a slip may be made of; any other is an error.
package printertest

import (
	"errors"
	"fmt"
	"image"
	"image/color"
)

// Slip is what lies in the tray after a cut, or was torn off.
type Slip struct {
	rows  []row
	Cut   bool // by the knife; else the power went
	Full  bool // by a full cut
	Bytes int  // that were sent for it
}

// row is the dots that were sent for one, none for one that was fed.
type row struct {
	dots   []byte
	middle bool // of the paper; else from its left edge
}

// Rows is the height of a slip in dots.
func (s Slip) Rows() int { return len(s.rows) }

// Image is the slip on paper of a width; dots beyond it are lost, as on a printer.
func (s Slip) Image(width int) *image.Gray {
	img := image.NewGray(image.Rect(0, 0, width, len(s.rows)))
	for i := range img.Pix {
		img.Pix[i] = 0xff
	}
	for y, row := range s.rows {
		left := 0
		if row.middle {
			left = (width - 8*len(row.dots)) / 2
		}
		for i, b := range row.dots {
			for bit := range 8 {
				if b>>(7-bit)&1 == 1 {
					img.SetGray(left+i*8+bit, y, color.Gray{})
				}
			}
		}
	}
	return img
}

// Inked reports whether there is a black dot on the slip.
func (s Slip) Inked() bool {
	for _, row := range s.rows {
		for _, b := range row.dots {
			if b != 0 {
				return true
			}
		}
	}
	return false
}

// longest is a slip of four metres: more is a runaway.
const longest = 32_000

var errCommand = errors.New("the printer does not know this command")

// decoder is the part of a printer that understands commands, byte by byte.
type decoder struct {
	command []byte // that has begun
	width   int    // bytes a row of the raster that is coming
	left    int    // bytes of it still to come
	row     []byte
	middle  bool
	unit    int // dots per inch of a feed
	now     Slip
	slips   []Slip
	fence   bool // GS r came: the printer has to answer
}

func newDecoder() *decoder { return &decoder{unit: 406} }

// Decode is the slips in a stream of bytes, and the rest that was not cut off.
func Decode(b []byte) (slips []Slip, rest Slip, err error) {
	d := newDecoder()
	for i, c := range b {
		if err := d.next(c); err != nil {
			return d.slips, d.now, fmt.Errorf("byte %d: %w", i, err)
		}
	}
	if len(d.command) > 0 || d.left > 0 {
		return d.slips, d.now, errors.New("the bytes end within a command")
	}
	return d.slips, d.now, nil
}

func (d *decoder) next(c byte) error {
	d.now.Bytes++
	if d.left > 0 {
		return d.dots(c)
	}
	if c == 0 && len(d.command) == 0 {
		return nil // NUL prints nothing
	}
	d.command = append(d.command, c)
	done, err := d.obey()
	if done {
		d.command = d.command[:0]
	}
	return err
}

// dots takes one byte of a raster.
func (d *decoder) dots(c byte) error {
	d.row = append(d.row, c)
	d.left--
	if len(d.row) < d.width {
		return nil
	}
	d.now.rows = append(d.now.rows, row{d.row, d.middle})
	d.row = nil
	return d.short()
}

func (d *decoder) short() error {
	if len(d.now.rows) > longest {
		return errors.New("the slip has no end")
	}
	return nil
}

// obey carries out the command when all of it is there.
func (d *decoder) obey() (done bool, err error) {
	c := d.command
	if len(c) == 1 {
		switch c[0] {
		case 0x10, 0x1b, 0x1d:
			return false, nil
		}
		return true, fmt.Errorf("%w: %#x, which would print a letter", errCommand, c)
	}
	switch string(c[:2]) {
	case "\x1b@":
		d.unit, d.middle = 406, false // the motion units of many printers are half a dot
		return true, nil
	case "\x1ba":
		if len(c) == 3 && c[2] > 1 {
			return true, fmt.Errorf("%w: %#x", errCommand, c)
		}
		d.middle = c[len(c)-1] == 1
		return len(c) == 3, nil
	case "\x1b\x00", "\x1d\x00": // torn, and filled up
		return true, nil
	case "\x10\x04": // real-time, answered when it came
		return len(c) == 3, nil
	case "\x1bJ":
		if len(c) < 3 {
			return false, nil
		}
		d.now.rows = append(d.now.rows, make([]row, int(c[2])*203/d.unit)...)
		return true, d.short()
	case "\x1dP":
		if len(c) < 4 {
			return false, nil
		}
		if d.unit = int(c[3]); d.unit == 0 {
			d.unit = 406
		}
		return true, nil
	case "\x1dV":
		if len(c) < 3 {
			return false, nil
		}
		if c[2] > 1 {
			return true, fmt.Errorf("%w: %#x", errCommand, c)
		}
		d.tear(true, c[2] == 0)
		return true, nil
	case "\x1dr":
		d.fence = len(c) == 3
		return d.fence, nil
	case "\x1dv":
		return d.raster(c)
	}
	return true, fmt.Errorf("%w: %#x", errCommand, c)
}

func (d *decoder) raster(c []byte) (done bool, err error) {
	if len(c) == 3 && c[2] == 0 {
		return true, nil // torn, and filled up
	}
	if len(c) < 8 {
		return false, nil
	}
	d.width = int(c[4]) | int(c[5])<<8
	rows := int(c[6]) | int(c[7])<<8
	d.left = d.width * rows
	if c[2] != '0' || c[3] != 0 || d.width > 256 || rows > 255 {
		d.left = 0
		return true, fmt.Errorf("%w: %#x", errCommand, c)
	}
	return true, nil
}

// tear ends the slip in hand.
func (d *decoder) tear(cut, full bool) {
	d.now.Cut, d.now.Full = cut, full
	d.slips = append(d.slips, d.now)
	d.now = Slip{}
}
