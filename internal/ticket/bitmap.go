package ticket

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
)

// Bitmap is a picture of black dots on white paper, packed as a thermal printer
// takes it (Epson ESC/POS, GS v 0): rows from the top, eight dots a byte, the
// leftmost in the highest bit, 1 is black.
type Bitmap struct {
	Width  int // dots, a multiple of 8
	Height int
	Bits   []byte // Height rows of Width/8 bytes
}

func newBitmap(width, height int) *Bitmap {
	return &Bitmap{Width: width, Height: height, Bits: make([]byte, width/8*height)}
}

// Row is the bytes of one row; they belong to the bitmap.
func (b *Bitmap) Row(y int) []byte {
	stride := b.Width / 8
	return b.Bits[y*stride : (y+1)*stride]
}

// Black reports whether a dot is black. Outside the paper nothing is.
func (b *Bitmap) Black(x, y int) bool {
	return x >= 0 && x < b.Width && y >= 0 && y < b.Height && b.Bits[y*b.Width/8+x/8]&(0x80>>(x%8)) != 0
}

// set blackens a dot; a dot outside the paper is lost.
func (b *Bitmap) set(x, y int) {
	if x >= 0 && x < b.Width && y >= 0 && y < b.Height {
		b.Bits[y*b.Width/8+x/8] |= 0x80 >> (x % 8)
	}
}

// fill blackens a rectangle.
func (b *Bitmap) fill(x, y, width, height int) {
	for dy := range height {
		for dx := range width {
			b.set(x+dx, y+dy)
		}
	}
}

// Image is a copy of the bitmap for Go's image packages, white being index 0.
func (b *Bitmap) Image() *image.Paletted {
	img := image.NewPaletted(image.Rect(0, 0, b.Width, b.Height), color.Palette{color.White, color.Black})
	for y := range b.Height {
		row := b.Row(y)
		for x := range b.Width {
			img.Pix[y*img.Stride+x] = row[x/8] >> (7 - x%8) & 1
		}
	}
	return img
}

// PNG is the bitmap as a picture of one bit a dot.
func (b *Bitmap) PNG() ([]byte, error) {
	var out bytes.Buffer
	if err := png.Encode(&out, b.Image()); err != nil {
		return nil, fmt.Errorf("ticket to PNG: %w", err)
	}
	return out.Bytes(), nil
}
