package ticket

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"

	"golang.org/x/image/draw"
)

// A logo is a PNG of at most these bytes and pixels; on paper it is at most as wide as
// a line and as high as 20 mm.
const (
	MaxLogoBytes  = 16 << 10
	maxLogoPixels = 2000
	maxLogoRows   = 160
)

// ErrLogo refuses a picture that cannot be printed as a logo.
var ErrLogo = errors.New("the logo cannot be used")

// CheckLogo says what is wrong with a logo, so that whoever sets it hears it.
func CheckLogo(encoded []byte) error {
	_, err := logo(encoded, int(Narrow))
	return err
}

// logo makes a picture ready for paper of a width: brought to its size, and its greys
// turned into dots.
func logo(encoded []byte, width int) (*Bitmap, error) {
	if len(encoded) > MaxLogoBytes {
		return nil, fmt.Errorf("%w: it has %d bytes, and %d are allowed", ErrLogo, len(encoded), MaxLogoBytes)
	}
	// The size is read before the picture: a small file may unpack to a huge one.
	config, err := png.DecodeConfig(bytes.NewReader(encoded))
	if err != nil {
		return nil, fmt.Errorf("%w: it is not a PNG: %w", ErrLogo, err)
	}
	if config.Width < 1 || config.Height < 1 || config.Width > maxLogoPixels || config.Height > maxLogoPixels {
		return nil, fmt.Errorf("%w: it is %d x %d pixels, and at most %d either way are allowed", ErrLogo, config.Width, config.Height, maxLogoPixels)
	}
	picture, err := png.Decode(bytes.NewReader(encoded))
	if err != nil {
		return nil, fmt.Errorf("%w: it is not a PNG: %w", ErrLogo, err)
	}
	w, h := config.Width, config.Height
	if limit := (width - 2*margin) / 8 * 8; w > limit {
		w, h = limit, max(1, h*limit/w)
	}
	if h > maxLogoRows {
		w, h = max(1, w*maxLogoRows/h), maxLogoRows
	}
	grey := image.NewGray(image.Rect(0, 0, w, h))
	draw.Draw(grey, grey.Bounds(), image.White, image.Point{}, draw.Src) // what is transparent is paper
	draw.CatmullRom.Scale(grey, grey.Bounds(), picture, picture.Bounds(), draw.Over, nil)
	return dots(grey), nil
}

// dots turns grey into black and white. Drawings, which are nearly all black or
// white, keep their edges by a threshold; pictures are dithered, each dot handing its
// error on to its neighbours (Floyd and Steinberg 1976).
func dots(grey *image.Gray) *Bitmap {
	w, h := grey.Bounds().Dx(), grey.Bounds().Dy()
	b := newBitmap((w+7)/8*8, h)
	between := 0
	for _, y := range grey.Pix {
		if y > 0x30 && y < 0xd0 {
			between++
		}
	}
	dither := between*4 > len(grey.Pix)
	rest := make([]int, 2*(w+2)) // errors handed to this row and to the next, in sixteenths
	for y := range h {
		this, next := rest[:w+2], rest[w+2:]
		clear(next)
		for x := range w {
			v := int(grey.GrayAt(x, y).Y)
			if dither {
				v += this[x+1] / 16
			}
			left := v
			if v < 0x80 {
				b.set(x, y)
			} else {
				left -= 0xff
			}
			this[x+2] += left * 7
			next[x] += left * 3
			next[x+1] += left * 5
			next[x+2] += left
		}
		copy(this, next)
	}
	return b
}
