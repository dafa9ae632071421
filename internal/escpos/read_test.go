package escpos_test

import (
	"fmt"
	"image"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	zxing "github.com/makiuchi-d/gozxing/qrcode"
	"golang.org/x/image/draw"
	"golang.org/x/image/math/f64"

	"moiso/internal/escpos"
	"moiso/internal/ticket"
)

// What a phone gets to see of paper: each is done to the image that the bytes make.
var harms = []struct {
	name string
	do   func(*image.Gray) *image.Gray
}{
	{"nothing", func(img *image.Gray) *image.Gray { return img }},
	{"blur", func(img *image.Gray) *image.Gray { return blurred(img, 2) }},
	{"specks", specked},
	{"poor light and grain", lit},
	{"5 % stretch", func(img *image.Gray) *image.Gray { return moved(img, 1, 1.05, 0) }},
	{"5 % narrowing", func(img *image.Gray) *image.Gray { return moved(img, 1/1.05, 1, 0) }},
	{"3 degrees", func(img *image.Gray) *image.Gray { return moved(img, 1, 1, 3) }},
	{"3 degrees the other way", func(img *image.Gray) *image.Gray { return moved(img, 1, 1, -3) }},
	{"blur, stretch and 3 degrees at once", func(img *image.Gray) *image.Gray { return blurred(moved(img, 1, 1.05, 3), 2) }},
	{"specks, poor light and 3 degrees at once", func(img *image.Gray) *image.Gray { return lit(moved(specked(img), 1, 1, 3)) }},
}

// blurred is a picture out of focus: a box of so many dots to each side, twice. Two are
// half a millimetre.
func blurred(img *image.Gray, reach int) *image.Gray {
	for range 2 {
		out := image.NewGray(img.Bounds())
		w, h := img.Bounds().Dx(), img.Bounds().Dy()
		for y := range h {
			for x := range w {
				sum, n := 0, 0
				for dy := -reach; dy <= reach; dy++ {
					for dx := -reach; dx <= reach; dx++ {
						if x+dx >= 0 && x+dx < w && y+dy >= 0 && y+dy < h {
							sum += int(img.Pix[(y+dy)*img.Stride+x+dx])
							n++
						}
					}
				}
				out.Pix[y*out.Stride+x] = byte(sum / n)
			}
		}
		img = out
	}
	return img
}

// specked is worn paper from a worn head: a dot in two hundred turned over, and a dead
// dot, which is a white line from top to bottom.
func specked(img *image.Gray) *image.Gray {
	random := rand.New(rand.NewPCG(14, 7))
	out := image.NewGray(img.Bounds())
	for i, v := range img.Pix {
		if random.IntN(200) == 0 {
			v = 0xff - v
		}
		if i%img.Stride == img.Stride/2+9 {
			v = 0xff
		}
		out.Pix[i] = v
	}
	return out
}

// lit is a picture in poor light that comes from one side, with the grain of a cheap
// camera.
func lit(img *image.Gray) *image.Gray {
	random := rand.New(rand.NewPCG(7, 14))
	out := image.NewGray(img.Bounds())
	for i, v := range img.Pix {
		side := 0.8 + 0.2*float64(i%img.Stride)/float64(img.Stride)
		light := 30 + float64(v)*0.75*side + random.NormFloat64()*10
		out.Pix[i] = byte(max(0, min(255, light)))
	}
	return out
}

// moved is a picture stretched and turned on a white table.
func moved(img *image.Gray, sx, sy, degrees float64) *image.Gray {
	const edge = 60
	w, h := float64(img.Bounds().Dx()), float64(img.Bounds().Dy())
	table := image.NewGray(image.Rect(0, 0, int(w*sx)+2*edge, int(h*sy)+2*edge))
	for i := range table.Pix {
		table.Pix[i] = 0xff
	}
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	cx, cy := float64(table.Bounds().Dx())/2, float64(table.Bounds().Dy())/2
	draw.BiLinear.Transform(table, f64.Aff3{
		cos * sx, -sin * sy, cx - cos*sx*w/2 + sin*sy*h/2,
		sin * sx, cos * sy, cy - sin*sx*w/2 - cos*sy*h/2,
	}, img, img.Bounds(), draw.Over, nil)
	return table
}

// read is what gozxing makes of a picture, looked at as a phone in a hand does: frame
// after frame, each a little turned (see ticket's tests).
func read(img *image.Gray) string {
	for _, degrees := range []float64{0, 3, -2, 5} {
		view := img
		if degrees != 0 {
			view = moved(img, 1, 1, degrees)
		}
		bits, err := gozxing.NewBinaryBitmapFromImage(view)
		if err != nil {
			continue
		}
		result, err := zxing.NewQRCodeReader().Decode(bits, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true})
		if err == nil {
			return result.GetText()
		}
	}
	return ""
}

func TestTheCodeOnPaperReadsAlsoWhenThePaperSuffered(t *testing.T) {
	zbar, err := exec.LookPath("zbarimg")
	if err != nil {
		t.Fatal("zbarimg is needed: install zbar-tools, or run make test-tools")
	}
	folder := t.TempDir()
	args := []string{"--quiet", "--raw", "-Sdisable", "-Sqrcode.enable"}
	var names, want []string
	for _, width := range []ticket.Width{ticket.Narrow, ticket.Wide} {
		page, err := escpos.Encode(slip(t, width), escpos.Options{Skip: true, Feed: escpos.DefaultFeed})
		if err != nil {
			t.Fatal(err)
		}
		paper := printed(t, page).Image(int(width))
		for i, harm := range harms {
			name := fmt.Sprintf("%d dots, %s", width, harm.name)
			img := harm.do(paper)
			if got := read(img); got != address {
				t.Errorf("%s: gozxing reads %q", name, got)
			}
			file := filepath.Join(folder, fmt.Sprintf("%d-%d.png", width, i))
			f, err := os.Create(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := png.Encode(f, img); err != nil {
				t.Fatal(err)
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			args, names, want = append(args, file), append(names, name), append(want, address)
		}
	}
	out, err := exec.Command(zbar, args...).Output()
	if got := strings.Fields(string(out)); err != nil || !slices.Equal(got, want) {
		t.Errorf("zbarimg reads %q of %q (%v)", got, names, err)
	}
}
