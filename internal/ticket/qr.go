package ticket

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"strconv"

	qrcode "github.com/skip2/go-qrcode"
)

// Quiet is the white border of a code, in modules (ISO/IEC 18004, 6.3.8).
const Quiet = 4

// Code is a QR code at level Q, which survives the loss of a quarter of it.
type Code struct {
	modules [][]bool // rows of dark modules, quiet zone left out
	version int
}

// SmallCode is the longest address, in characters, whose code stays at version 3.
const SmallCode = 47

// QR encodes an address. It fails only for one that no code can hold.
func QR(address string) (Code, error) {
	q, err := qrcode.New(address, qrcode.High) // the library's name for level Q
	if err != nil {
		return Code{}, fmt.Errorf("QR code of %d characters: %w", len(address), err)
	}
	q.DisableBorder = true
	return Code{modules: q.Bitmap(), version: q.VersionNumber}, nil
}

// Size is the modules on a side without the quiet zone: 29 for a printed address
// of at most 47 characters.
func (c Code) Size() int { return len(c.modules) }

// Version is the code's version, 1 to 40.
func (c Code) Version() int { return c.version }

// Dark reports whether the module in column x of row y is dark. Outside the code
// everything is light.
func (c Code) Dark(x, y int) bool {
	return y >= 0 && y < len(c.modules) && x >= 0 && x < len(c.modules) && c.modules[y][x]
}

// PNG draws the code with its quiet zone, moduleDots pixels a module (at least one).
func (c Code) PNG(moduleDots int) ([]byte, error) {
	moduleDots = max(moduleDots, 1)
	side := (c.Size() + 2*Quiet) * moduleDots
	img := image.NewPaletted(image.Rect(0, 0, side, side), color.Palette{color.White, color.Black})
	for y := range side {
		for x := range side {
			if c.Dark(x/moduleDots-Quiet, y/moduleDots-Quiet) {
				img.Pix[y*img.Stride+x] = 1
			}
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		return nil, fmt.Errorf("QR code to PNG: %w", err)
	}
	return out.Bytes(), nil
}

// SVG draws the code with its quiet zone on a unit grid, one path of horizontal
// runs. It names no size: the page gives it one. It needs no style, so a strict
// Content-Security-Policy lets it pass.
func (c Code) SVG() []byte {
	side := strconv.Itoa(c.Size() + 2*Quiet)
	out := make([]byte, 0, 4096)
	out = append(out, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 `+side+` `+side+
		`" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h`+side+`v`+side+`H0z"/><path d="`...)
	for y := range c.Size() {
		for x := 0; x < c.Size(); x++ {
			run := 0
			for c.Dark(x+run, y) {
				run++
			}
			if run == 0 {
				continue
			}
			out = fmt.Appendf(out, "M%d %dh%dv1h-%dz", x+Quiet, y+Quiet, run, run)
			x += run
		}
	}
	return append(out, `"/></svg>`...)
}
