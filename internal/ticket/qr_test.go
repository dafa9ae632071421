package ticket

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"image"
	"image/png"
	"math"
	"math/rand/v2"
	"net/url"
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
	"pgregory.net/rapid"
	rsc "rsc.io/qr"

	"moiso/internal/queue"
)

const sample = "HTTPS://SO.HUE.GOV.VN/T/7K3M9QX2PDR4WN5A"

// decode reads a picture with a decoder that shares no code with the encoder.
// exact tells it that the picture is nothing but an upright code, so that it reads
// modules instead of searching for the code first.
func decode(img image.Image, exact bool) (string, error) {
	hint := gozxing.DecodeHintType_TRY_HARDER
	if exact {
		hint = gozxing.DecodeHintType_PURE_BARCODE
	}
	bits, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		return "", err
	}
	result, err := zxing.NewQRCodeReader().Decode(bits, map[gozxing.DecodeHintType]any{hint: true})
	if err != nil {
		return "", err
	}
	return result.GetText(), nil
}

// scan reads a picture as a phone in a hand does: frame after frame, each a little
// turned. ZXing's search missed 4 of 1,000 tickets that stood exactly upright and
// none of them in every view; long addresses of other hosts it can miss in all.
// So what is drawn at random is read with exact, or by zbar, which missed none.
func scan(img image.Image) (text string, err error) {
	text, err = decode(img, false)
	for _, degrees := range []float64{3, -2, 5} {
		if err != nil {
			text, err = decode(turned(img, degrees), false)
		}
	}
	return text, err
}

// turned is a picture turned on a white table.
func turned(img image.Image, degrees float64) image.Image {
	size := img.Bounds().Size()
	edge := (size.X + size.Y) / 8
	table := image.NewGray(image.Rect(0, 0, size.X+2*edge, size.Y+2*edge))
	draw.Draw(table, table.Bounds(), image.White, image.Point{}, draw.Src)
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	x, y := float64(size.X)/2, float64(size.Y)/2
	draw.BiLinear.Transform(table, f64.Aff3{
		cos, -sin, float64(edge) + x - cos*x + sin*y,
		sin, cos, float64(edge) + y - sin*x - cos*y,
	}, img, img.Bounds(), draw.Over, nil)
	return table
}

func picture(t interface{ Fatal(...any) }, encoded []byte) image.Image {
	img, err := png.Decode(bytes.NewReader(encoded))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// ids draws ticket ids, all-digit ones included: they tempt the encoder to leave
// alphanumeric mode.
func ids() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.StringOfN(rapid.RuneFrom([]rune(queue.TicketIDAlphabet)), 16, 16, 16),
		rapid.StringOfN(rapid.RuneFrom([]rune("0123456789")), 16, 16, 16),
	)
}

func TestAnAddressOf47CharactersOrLessIsVersion3(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringMatching(`[a-z][a-z0-9]{0,15}\.vn`).Draw(t, "host")
		public := &url.URL{Scheme: rapid.SampledFrom([]string{"http", "https"}).Draw(t, "scheme"), Host: name}
		address := URL(public, queue.TicketID(ids().Draw(t, "id")))
		if len(address) > 47 {
			t.Fatalf("%s has %d characters", address, len(address))
		}
		code, err := QR(address)
		if err != nil {
			t.Fatal(err)
		}
		if code.Size() > 29 || code.Version() > 3 || code.Size() != 17+4*code.Version() {
			t.Fatalf("%s gives version %d with %d modules, want at most 3 and 29", address, code.Version(), code.Size())
		}
		// An encoder of other hands needs as much room for it, at the same level.
		other, err := rsc.Encode(address, rsc.Q)
		if err != nil {
			t.Fatal(err)
		}
		if code.Size() > other.Size {
			t.Fatalf("%s takes %d modules, rsc.io/qr needs %d", address, code.Size(), other.Size)
		}
	})
}

func TestACodeReadsBackAsTheAddress(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		host := rapid.StringMatching(`[a-z0-9]{1,30}(\.[a-z]{2,10}){1,3}(:[1-9][0-9]{3})?`).Draw(t, "host")
		address := URL(&url.URL{Scheme: "https", Host: host, Path: rapid.SampledFrom([]string{"", "/so", "/Moi-So/"}).Draw(t, "path")},
			queue.TicketID(ids().Draw(t, "id")))
		code, err := QR(address)
		if err != nil {
			t.Fatal(err)
		}
		encoded, err := code.PNG(6)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := decode(picture(t, encoded), true); err != nil || got != address {
			t.Fatalf("code of %s reads %q (%v)", address, got, err)
		}
	})
}

func TestACodeStillReadsWithATenthOfItsModulesBlotted(t *testing.T) {
	code, err := QR(sample)
	if err != nil {
		t.Fatal(err)
	}
	// A drop of water off the finder patterns: a square of nine modules in 29.
	for y := 12; y < 21; y++ {
		for x := 12; x < 21; x++ {
			code.modules[y][x] = true
		}
	}
	encoded, err := code.PNG(8)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := scan(picture(t, encoded)); err != nil || got != sample {
		t.Fatalf("blotted code reads %q (%v)", got, err)
	}
}

func TestPNGHasOneBitADotAndAQuietZoneOfFour(t *testing.T) {
	code, err := QR(sample)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := code.PNG(8)
	if err != nil {
		t.Fatal(err)
	}
	if depth := encoded[24]; depth != 1 { // IHDR: 8 signature, 8 head, 4 width, 4 height
		t.Errorf("PNG has %d bits a dot, want 1", depth)
	}
	img := picture(t, encoded)
	if img.Bounds().Dx() != (29+8)*8 {
		t.Errorf("PNG is %d wide, want %d", img.Bounds().Dx(), (29+8)*8)
	}
	for i := range 37 * 8 {
		for border := range 4 * 8 {
			if r, _, _, _ := img.At(border, i).RGBA(); r == 0 {
				t.Fatalf("dot %d,%d of the quiet zone is black", border, i)
			}
		}
	}
	if r, _, _, _ := img.At(4*8, 4*8).RGBA(); r != 0 {
		t.Error("the finder pattern does not begin behind four modules")
	}
}

// svgImage draws the path of our SVG: "Mx yhNv1h-Nz" each.
func svgImage(t *testing.T, svg []byte) image.Image {
	var doc struct {
		ViewBox string `xml:"viewBox,attr"`
		Paths   []struct {
			D string `xml:"d,attr"`
		} `xml:"path"`
	}
	if err := xml.Unmarshal(svg, &doc); err != nil {
		t.Fatal(err)
	}
	var side int
	if _, err := fmt.Sscanf(doc.ViewBox, "0 0 %d", &side); err != nil || len(doc.Paths) != 2 {
		t.Fatalf("viewBox %q, %d paths", doc.ViewBox, len(doc.Paths))
	}
	const scale = 6
	img := image.NewGray(image.Rect(0, 0, side*scale, side*scale))
	for i := range img.Pix {
		img.Pix[i] = 0xff
	}
	for run := range strings.SplitSeq(strings.Trim(doc.Paths[1].D, "Mz"), "zM") {
		var x, y, n, back int
		if _, err := fmt.Sscanf(run, "%d %dh%dv1h-%d", &x, &y, &n, &back); err != nil || n != back {
			t.Fatalf("run %q: %v", run, err)
		}
		for dy := range scale {
			for dx := range n * scale {
				img.Pix[(y*scale+dy)*img.Stride+x*scale+dx] = 0
			}
		}
	}
	return img
}

func TestSVGIsTheSameCodeAndNeedsNoStyle(t *testing.T) {
	code, err := QR(sample)
	if err != nil {
		t.Fatal(err)
	}
	svg := code.SVG()
	if got, err := decode(svgImage(t, svg), true); err != nil || got != sample {
		t.Fatalf("SVG reads %q (%v)", got, err)
	}
	if !bytes.Contains(svg, []byte(`viewBox="0 0 37 37"`)) || bytes.Contains(svg, []byte("style")) {
		t.Errorf("SVG begins %.120s", svg)
	}
	if len(svg) > 6000 {
		t.Errorf("SVG has %d bytes, want at most 6000", len(svg))
	}
}

func TestAnAddressNoCodeCanHoldIsRefused(t *testing.T) {
	if _, err := QR("HTTPS://" + strings.Repeat("A", 5000)); err == nil {
		t.Fatal("5,008 characters were encoded")
	}
}

// zbar reads PNGs with zbarimg, which make test installs; one line each.
func zbar(t *testing.T, encoded ...[]byte) []string {
	t.Helper()
	program, err := exec.LookPath("zbarimg")
	if err != nil {
		t.Fatal("zbarimg is needed to read codes back: install zbar-tools, or run make test-tools")
	}
	folder := t.TempDir()
	args := []string{"--quiet", "--raw", "-Sdisable", "-Sqrcode.enable"}
	for i, picture := range encoded {
		file := filepath.Join(folder, fmt.Sprintf("%03d.png", i))
		if err := os.WriteFile(file, picture, 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, file)
	}
	out, err := exec.Command(program, args...).Output()
	if err != nil {
		t.Fatalf("zbarimg: %v", err)
	}
	return strings.Fields(string(out))
}

func TestZbarReadsEveryCode(t *testing.T) {
	want := []string{
		sample,
		// These two ZXing's search misses, the first upright, the second turned too.
		"HTTPS://L0.HQAVP:1297/T/JR1EM20H04D1F00W",
		"HTTPS://GM300120IEP1A0N0V1.ZAQTRCQ.SNTB/T/ZJ50DA80T1RZ1H9Z",
	}
	random := rand.New(rand.NewPCG(2025, 714))
	for range 60 {
		id := make([]byte, 16)
		for i := range id {
			id[i] = queue.TicketIDAlphabet[random.IntN(len(queue.TicketIDAlphabet))]
		}
		want = append(want, "HTTPS://SO.HUE.GOV.VN/T/"+string(id))
	}
	var pictures [][]byte
	for _, address := range want {
		code, err := QR(address)
		if err != nil {
			t.Fatal(err)
		}
		encoded, err := code.PNG(6)
		if err != nil {
			t.Fatal(err)
		}
		pictures = append(pictures, encoded)
	}
	if got := zbar(t, pictures...); !slices.Equal(got, want) {
		t.Fatalf("zbarimg reads\n%q, want\n%q", got, want)
	}
}
