package ticket

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/png"
	"math"
	"math/rand/v2"
	"testing"
)

func encoded(t testing.TB, img image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// emblem is a drawing with clear edges on a transparent ground: a ring and a star.
func emblem(side int) image.Image {
	img := image.NewNRGBA(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			dx, dy := float64(x)-float64(side)/2, float64(y)-float64(side)/2
			r, angle := math.Hypot(dx, dy)/float64(side)*2, math.Atan2(dx, -dy)
			star := 0.62 * (0.58 + 0.42*math.Cos(5*angle))
			if r > 0.84 && r < 0.98 || r < star {
				img.SetNRGBA(x, y, color.NRGBA{A: 0xff})
			}
		}
	}
	return img
}

func TestALogoStandsInTheMiddleAboveTheCentre(t *testing.T) {
	p := Paper{Logo: encoded(t, emblem(120))}
	for _, width := range []Width{Narrow, Wide} {
		b, err := Render(p, width)
		if err != nil {
			t.Fatal(err)
		}
		left, right := b.Width, 0
		for y := margin; y < margin+8+120; y++ {
			for x := range b.Width {
				if b.Black(x, y) {
					left, right = min(left, x), max(right, x)
				}
			}
		}
		if size := right - left + 1; size < 114 || size > 120 {
			t.Errorf("at %d the emblem is %d dots wide, want nearly 120", width, size)
		}
		if middle := (left + right) / 2; middle < b.Width/2-5 || middle > b.Width/2+5 {
			t.Errorf("at %d the emblem's middle is at %d", width, middle)
		}
	}
}

func TestALargeLogoIsMadeSmaller(t *testing.T) {
	for _, size := range []image.Point{{1900, 300}, {300, 1900}, {2000, 1}, {1, 2000}} {
		l, err := logo(encoded(t, image.NewGray(image.Rect(0, 0, size.X, size.Y))), int(Wide))
		if err != nil {
			t.Fatal(err)
		}
		if l.Width > int(Wide)-2*margin || l.Height > maxLogoRows || l.Height < 1 || l.Width < 8 {
			t.Errorf("%v became %d x %d", size, l.Width, l.Height)
		}
	}
}

// Thermal paper knows no grey: a quarter of black is a quarter of the dots.
func TestAPictureIsDitheredAndADrawingKeepsItsEdges(t *testing.T) {
	grey := image.NewGray(image.Rect(0, 0, 120, 120))
	for i := range grey.Pix {
		grey.Pix[i] = 0xc0
	}
	black := 0
	b := dots(grey)
	for y := range b.Height {
		for x := range b.Width {
			if b.Black(x, y) {
				black++
			}
		}
	}
	if share := float64(black) / (120 * 120); share < 0.23 || share > 0.27 {
		t.Errorf("a quarter of black became %.2f of the dots", share)
	}
	line := image.NewGray(image.Rect(0, 0, 80, 80))
	for i := range line.Pix {
		line.Pix[i] = 0xff
		if i%80 >= 40 {
			line.Pix[i] = 0
		}
		if i%80 == 39 {
			line.Pix[i] = 0xa0 // the soft edge of a drawing
		}
	}
	b = dots(line)
	for y := range b.Height {
		for x := range b.Width {
			if b.Black(x, y) != (x >= 40) {
				t.Fatalf("the edge is frayed at %d,%d", x, y)
			}
		}
	}
}

func TestALogoThatCannotBeUsedIsRefusedAndTheSlipIsPrintedWithoutIt(t *testing.T) {
	noise := image.NewGray(image.Rect(0, 0, 200, 200))
	random := rand.New(rand.NewPCG(1, 2))
	for i := range noise.Pix {
		noise.Pix[i] = byte(random.Uint32())
	}
	good := encoded(t, emblem(40))
	plain, err := Render(plainSlip(t), Narrow)
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string][]byte{
		"no picture":            []byte("GIF89a"),
		"half a picture":        good[:len(good)/2],
		"too many bytes":        encoded(t, noise),
		"too many pixels":       encoded(t, image.NewGray(image.Rect(0, 0, 2001, 1))),
		"a picture of no width": append(bytes.Clone(good[:16]), append(make([]byte, 8), good[24:]...)...),
	} {
		if err := CheckLogo(bad); !errors.Is(err, ErrLogo) {
			t.Errorf("%s: %v", name, err)
		}
		p := plainSlip(t)
		p.Logo = bad
		b, err := Render(p, Narrow)
		if err != nil || !bytes.Equal(b.Bits, plain.Bits) {
			t.Errorf("%s: the slip is not the one without a logo (%v)", name, err)
		}
	}
	if err := CheckLogo(good); err != nil {
		t.Error(err)
	}
}

func FuzzAnyLogoIsDrawnOrRefused(f *testing.F) {
	f.Add(encoded(f, emblem(24)))
	f.Fuzz(func(t *testing.T, in []byte) {
		l, err := logo(in, int(Narrow))
		if err == nil && (l.Width > int(Narrow) || l.Height > maxLogoRows || len(l.Bits) != l.Width/8*l.Height) {
			t.Fatalf("the logo is %d x %d dots in %d bytes", l.Width, l.Height, len(l.Bits))
		}
	})
}
