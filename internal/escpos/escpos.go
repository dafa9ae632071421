// Package escpos turns a bitmap into the bytes of a receipt printer, and reads the
// bytes with which one says how it is. The commands are those of Epson ESC/POS,
// which other makers copy; only such are used as all of them understand.
//
// It promises:
//   - the same bitmap and options give the same bytes: no clock, no chance, no I/O;
//   - text is never sent, only dots: code pages differ from clone to clone;
//   - no byte sent can open a cash drawer, switch the printer off or clear its
//     buffer: those commands are not made, and a row of dots that happens to spell
//     one gets one dot more;
//   - between the parts of a page a status may be asked (DLE EOT), and never inside
//     of one, where the question would be taken for dots.
package escpos

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Image is black dots on white: rows from the top, eight dots a byte, the leftmost
// in the highest bit, 1 is black.
type Image struct {
	Width  int // dots, a multiple of 8
	Height int
	Bits   []byte
}

// Cut is what happens to the paper at the end of a page.
type Cut int

const (
	Partial Cut = iota // leaves a bridge, so that the slip does not fall
	Full
	None // printers without a knife: the slip is torn off
)

// ParseCut reads a cut as people write it.
func ParseCut(s string) (Cut, error) {
	switch strings.ToLower(s) {
	case "partial", "":
		return Partial, nil
	case "full":
		return Full, nil
	case "none":
		return None, nil
	}
	return 0, fmt.Errorf("the cut is partial, full or none, not %q", s)
}

func (c Cut) String() string { return [...]string{"partial", "full", "none"}[c] }

// Options of a page.
type Options struct {
	Cut Cut
	// Feed is the dots between the end of the picture and the knife, which stands
	// above the head.
	Feed int
	// Skip feeds over blank rows instead of sending them, and leaves out what is
	// white at both sides: the same picture in fewer bytes. Without it every dot is
	// sent, in bands of the whole width.
	Skip bool
}

// DefaultFeed is 17 mm, with which the last line clears the knife of the printers
// we know.
const DefaultFeed = 136

// bandRows is the most that one GS v 0 may carry: many clones read the low byte of
// its height only.
const bandRows = 255

// blankRows is the least gap that is fed over: smaller ones lie inside of letters and
// of QR codes, which must not depend on a printer's idea of a feed.
const blankRows = 8

// DotsPerInch of the heads we print on: 8 dots to the millimetre.
const DotsPerInch = 203

// Commands, Epson ESC/POS.
var (
	start  = []byte{0x1b, '@'}                                             // ESC @: initialise
	motion = []byte{0x1d, 'P', DotsPerInch, DotsPerInch}                   // GS P: a feed of 1 is a dot; half a dot is the default of many
	middle = []byte{0x1b, 'a', 1}                                          // ESC a: centre, which raster obeys too
	cuts   = map[Cut][]byte{Partial: {0x1d, 'V', 1}, Full: {0x1d, 'V', 0}} // GS V m
)

// ErrImage refuses a bitmap that is none.
var ErrImage = errors.New("not a bitmap of whole bytes")

// Page is the bytes of one slip in parts. A part is whole commands.
type Page [][]byte

// Bytes is the page in one piece.
func (p Page) Bytes() []byte {
	out := make([]byte, 0, p.Len())
	for _, part := range p {
		out = append(out, part...)
	}
	return out
}

// Len is the number of bytes of the page.
func (p Page) Len() int {
	n := 0
	for _, part := range p {
		n += len(part)
	}
	return n
}

// Encode makes a page of a bitmap: reset, dots, feed, cut.
func Encode(img Image, o Options) (Page, error) {
	dots, err := Raster(img, o.Skip)
	if err != nil {
		return nil, err
	}
	page := Page{slices.Concat(start, motion, middle)}
	page = append(page, dots...)
	end := append(feed(nil, o.Feed), cuts[o.Cut]...)
	return append(page, end), nil
}

// Raster is the dots of a bitmap alone, one band a part.
func Raster(img Image, skip bool) (Page, error) {
	if img.Width <= 0 || img.Height <= 0 || img.Width%8 != 0 || len(img.Bits) != img.Width/8*img.Height {
		return nil, fmt.Errorf("%w: %d x %d dots in %d bytes", ErrImage, img.Width, img.Height, len(img.Bits))
	}
	if img.Width > 8*255 {
		return nil, fmt.Errorf("%w: %d dots are wider than any roll", ErrImage, img.Width)
	}
	var page Page
	stride := img.Width / 8
	for y := 0; y < img.Height; {
		rows := img.Bits[y*stride:]
		n, white := img.Height-y, 0
		if skip {
			if gap := blank(rows, stride); gap >= blankRows || gap == n {
				page = append(page, feed(nil, gap))
				y += gap
				continue
			}
			n = inked(rows, stride)
			white = margin(rows[:n*stride], stride)
		}
		for y += n; n > 0; n -= bandRows {
			page = append(page, band(rows, stride, white, min(bandRows, n)))
			rows = rows[min(bandRows, n)*stride:]
		}
	}
	return page, nil
}

// blank counts the white rows at the top.
func blank(rows []byte, stride int) int {
	for i, b := range rows {
		if b != 0 {
			return i / stride
		}
	}
	return len(rows) / stride
}

// inked counts the rows before the next gap that is fed over.
func inked(rows []byte, stride int) int {
	total := len(rows) / stride
	for y := 0; y < total; {
		n := blank(rows[y*stride:], stride)
		if n >= blankRows || n == total-y {
			return y
		}
		y += n + 1
	}
	return total
}

// margin is the bytes that are white at both sides of all rows. As many are left out
// left and right: the printer sets what remains in the middle.
func margin(rows []byte, stride int) int {
	white := (stride - 1) / 2
	for y := 0; y+stride <= len(rows); y += stride {
		for x := 0; x < white; x++ {
			if rows[y+x] != 0 || rows[y+stride-1-x] != 0 {
				white = x
			}
		}
	}
	return white
}

// band is one GS v 0: mode 0, width in bytes, height in rows, the dots.
func band(rows []byte, stride, white, n int) []byte {
	width := stride - 2*white
	out := make([]byte, 0, 8+width*n)
	out = append(out, 0x1d, 'v', '0', 0, byte(width), byte(width>>8), byte(n), byte(n>>8))
	for y := range n {
		out = append(out, rows[y*stride+white:(y+1)*stride-white]...)
	}
	return harmless(out)
}

// harmless takes away what a printer would obey even among dots: the commands that
// begin with DLE and EOT, ENQ or DC4 are carried out on receipt wherever they stand
// (Epson ESC/POS, "real-time commands"), among them the pulse to a cash drawer. One
// dot more beside the lone dot of DLE spells something else.
func harmless(b []byte) []byte {
	for i := 8; i+1 < len(b); i++ {
		if b[i] == dle && (b[i+1] == eot || b[i+1] == 0x05 || b[i+1] == 0x14) {
			b[i] = 0x18
		}
	}
	return b
}

// feed appends ESC J: feed n dots, 255 at a time.
func feed(b []byte, n int) []byte {
	for ; n > 0; n -= 255 {
		b = append(b, 0x1b, 'J', byte(min(n, 255)))
	}
	return b
}

// Fill completes a command that may have been cut off before its dots began, so that
// the next question is not taken for its width and height. Without one it prints
// nothing.
var Fill = make([]byte, 8)

// Recover is sent before the first page after one that was torn: as many white dots
// as the printer may still wait for, which are no characters when it waits for none
// (NUL prints nothing), then a reset and a cut, so that what had come out is apart.
func Recover(torn Page, o Options) []byte {
	longest := 0
	for _, part := range torn {
		longest = max(longest, len(part))
	}
	return append(feed(slices.Concat(make([]byte, longest), start, motion), o.Feed), cuts[o.Cut]...)
}
