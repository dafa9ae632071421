package ticket

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"pgregory.net/rapid"

	"moiso/internal/queue"
)

var update = flag.Bool("update", false, "write the golden pictures anew")

func zone(t testing.TB) *time.Location {
	l, err := time.LoadLocation("Asia/Ho_Chi_Minh")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func plainSlip(t testing.TB) Paper {
	before := 14
	return Paper{
		Center: queue.Text{
			VI: "Trung tâm Phục vụ hành chính công phường Thuận Hóa",
			EN: "Thuận Hóa Ward Public Administrative Service Centre",
		},
		Service: queue.Text{VI: "Chứng thực", EN: "Certification"},
		Number:  "A042",
		URL:     sample,
		Where:   queue.Text{VI: "Khu ghế xanh, trước các quầy đầu tiên", EN: "Blue seats, in front of the first counters"},
		Ahead:   &before,
		At:      time.Date(2025, 7, 14, 9, 42, 0, 0, zone(t)),
	}
}

func slips(t testing.TB) map[string]Paper {
	english := plainSlip(t)
	english.Language = "en"
	priority := plainSlip(t)
	priority.Priority, priority.Number = true, "K1005"
	first := 0
	priority.Ahead = &first
	long := plainSlip(t)
	long.Center.VI = "Trung tâm Phục vụ hành chính công xã Chân Mây – Lăng Cô, điểm tiếp nhận số 2 tại thôn Phú Hải"
	long.Service = queue.Text{VI: "Bảo trợ xã hội, người có công và bảo hiểm y tế tự nguyện", EN: "Social support, people with merit and voluntary health insurance"}
	long.Number = "AK012"
	long.URL = "HTTPS://TRUNGTAMHANHCHINHCONG.THUATHIENHUE.GOV.VN:8443/T/7K3M9QX2PDR4WN5A"
	full := plainSlip(t)
	full.Logo = encoded(t, emblem(128))
	full.Wait = &Wait{22 * time.Minute, 38 * time.Minute}
	full.Lines = []queue.Text{
		{VI: "Sáng 7:30–11:30, chiều 13:30–17:30", EN: "Open 7:30–11:30 and 13:30–17:30"},
		{VI: "Điện thoại: 0234 3 123 456", EN: "Telephone: 0234 3 123 456"},
	}
	again := full
	again.Language, again.Priority = "en", true // and printed again, with the mark
	due := plainSlip(t)
	due.Due = time.Date(2025, 7, 14, 10, 0, 0, 0, zone(t))
	bare := Paper{Center: plainSlip(t).Center, Service: plainSlip(t).Service, Number: "H001"}
	return map[string]Paper{"plain": plainSlip(t), "due": due, "english": english, "priority": priority, "long": long, "full": full, "reprint": again, "bare": bare}
}

func TestTheSlipsAreTheGoldenOnes(t *testing.T) {
	for name, slip := range slips(t) {
		for _, width := range []Width{Narrow, Wide} {
			bitmap, err := Render(slip, width)
			if err == nil && name == "reprint" {
				bitmap, err = bitmap.Reprint()
			}
			if err != nil {
				t.Fatal(err)
			}
			got, err := bitmap.PNG()
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join("testdata", fmt.Sprintf("%s-%d.png", name, width))
			if *update {
				if err := os.WriteFile(file, got, 0o644); err != nil {
					t.Fatal(err)
				}
				continue
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			// Dots are compared, not bytes: a newer Go may pack a PNG better.
			if diff := dotsApart(t, picture(t, want), bitmap); diff != "" {
				t.Errorf("%s: %s; look at it and run go test ./internal/ticket -update", file, diff)
			}
		}
	}
}

// dotsApart says where a picture and a bitmap differ, or nothing.
func dotsApart(t testing.TB, img image.Image, b *Bitmap) string {
	t.Helper()
	if img.Bounds().Dx() != b.Width || img.Bounds().Dy() != b.Height {
		return fmt.Sprintf("%v instead of %d x %d dots", img.Bounds().Size(), b.Width, b.Height)
	}
	for y := range b.Height {
		for x := range b.Width {
			if r, _, _, _ := img.At(x, y).RGBA(); (r == 0) != b.Black(x, y) {
				return fmt.Sprintf("dot %d,%d differs", x, y)
			}
		}
	}
	return ""
}

func TestTheSameSlipGivesTheSameDots(t *testing.T) {
	one, err := Render(plainSlip(t), Wide)
	if err != nil {
		t.Fatal(err)
	}
	results := make(chan *Bitmap)
	for range 4 {
		go func() {
			b, _ := Render(plainSlip(t), Wide)
			results <- b
		}()
	}
	for range 4 {
		if b := <-results; b == nil || !bytes.Equal(b.Bits, one.Bits) {
			t.Error("a slip drawn beside others differs")
		}
	}
}

func TestTheCodeOnPaperReads(t *testing.T) {
	for name, slip := range slips(t) {
		if slip.URL == "" {
			continue
		}
		for _, width := range []Width{Narrow, Wide} {
			bitmap, err := Render(slip, width)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := scan(bitmap.Image()); err != nil || got != slip.URL {
				t.Errorf("%s at %d: gozxing reads %q (%v)", name, width, got, err)
			}
			encoded, err := bitmap.PNG()
			if err != nil {
				t.Fatal(err)
			}
			if got := zbar(t, encoded); len(got) != 1 || got[0] != slip.URL {
				t.Errorf("%s at %d: zbarimg reads %q", name, width, got)
			}
		}
	}
}

func TestTheCodeHasEightDotsAModuleAndSixWhereItMust(t *testing.T) {
	for _, c := range []struct {
		address string
		width   Width
		want    int
	}{
		{sample, Narrow, 8},
		{sample, Wide, 8},
		{sample + strings.Repeat("A", 80), Narrow, 6},
		{sample + strings.Repeat("A", 80), Wide, 8},
	} {
		s := &slip{width: int(c.width)}
		s.code(c.address)
		if s.err != nil {
			t.Fatal(s.err)
		}
		b := s.draw()
		_, _, top, _ := whiteEdges(b)
		// The first row with ink begins with the upper edge of a finder pattern.
		x, run := 0, 0
		for x < b.Width && !b.Black(x, top) {
			x++
		}
		for b.Black(x+run, top) {
			run++
		}
		if top != Quiet*c.want {
			t.Errorf("%d characters at %d: the code begins %d dots from the top, want %d", len(c.address), c.width, top, Quiet*c.want)
		}
		if run != 7*c.want {
			t.Errorf("%d characters at %d: the finder is %d dots wide, want %d", len(c.address), c.width, run, 7*c.want)
		}
	}
}

func TestAnAddressTooLongForThePaperIsRefused(t *testing.T) {
	slip := plainSlip(t)
	slip.URL = sample + strings.Repeat("A", 400)
	if _, err := Render(slip, Narrow); !errors.Is(err, ErrTooLong) {
		t.Errorf("error is %v, want ErrTooLong", err)
	}
	if _, err := Render(plainSlip(t), 500); !errors.Is(err, ErrWidth) {
		t.Errorf("error is %v, want ErrWidth", err)
	}
}

// whiteEdges counts the columns or rows of white before the first black from one edge.
func whiteEdges(b *Bitmap) (left, right, top, bottom int) {
	left, right, top, bottom = b.Width, b.Width, b.Height, b.Height
	for y := range b.Height {
		for x := range b.Width {
			if b.Black(x, y) {
				left, right = min(left, x), min(right, b.Width-1-x)
				top, bottom = min(top, y), min(bottom, b.Height-1-y)
			}
		}
	}
	return left, right, top, bottom
}

func TestTextNeverReachesTheEdgeOfThePaper(t *testing.T) {
	words := rapid.OneOf(
		rapid.StringOf(rapid.RuneFrom([]rune("aăâbcdđeêghiklmnoôơpqrstuưvxyẢẪẾỄỘỞỨỲỹjfwÅ0123456789 ,.–-"))),
		rapid.StringOf(rapid.RuneFrom([]rune("nguyễnNGUYỄNẪẾ"))), // one word of any length
		rapid.String(),
		rapid.SampledFrom([]string{"", " ", "\u0301\u0323", "Chứng thực", "W\u0301\u0301\u0301", "日本\n\t", "\x00\ufffe"}),
	)
	rapid.Check(t, func(rt *rapid.T) {
		text := func(label string) queue.Text {
			return queue.Text{VI: words.Draw(rt, label+" vi"), EN: words.Draw(rt, label+" en")}
		}
		slip := Paper{
			Center: text("centre"), Service: text("field"), Where: text("where"),
			Number:   rapid.OneOf(rapid.StringMatching(`[A-Z]{1,2}[0-9]{1,7}`), words).Draw(rt, "number"),
			Priority: rapid.Bool().Draw(rt, "priority"),
			Lines:    []queue.Text{text("line 1"), text("line 2")},
			Language: rapid.SampledFrom([]string{"", "vi", "en"}).Draw(rt, "language"),
		}
		width := rapid.SampledFrom([]Width{Narrow, Wide}).Draw(rt, "width")
		bitmap, err := Render(slip, width)
		if err == nil && rapid.Bool().Draw(rt, "reprint") {
			bitmap, err = bitmap.Reprint()
		}
		if err != nil {
			rt.Fatal(err)
		}
		left, right, top, bottom := whiteEdges(bitmap)
		if left < margin-1 || right < margin-1 || top < margin-1 || bottom < margin-1 {
			rt.Fatalf("white at the edges: left %d, right %d, top %d, bottom %d, want %d", left, right, top, bottom, margin)
		}
	})
}

func TestWrappingLosesNothing(t *testing.T) {
	f, err := faces()
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		p, err := newPen(f.plain, rapid.IntRange(20, 46).Draw(rt, "size"))
		if err != nil {
			rt.Fatal(err)
		}
		text := clean(rapid.StringOf(rapid.RuneFrom([]rune("aăơữệđbmwlj   ,"))).Draw(rt, "text"))
		lines := p.wrap(text, 200)
		for _, line := range lines {
			if p.width(line) > 200 {
				rt.Fatalf("line %q is %d dots wide", line, p.width(line))
			}
		}
		if got := strings.Join(lines, ""); strings.ReplaceAll(got, " ", "") != strings.ReplaceAll(text, " ", "") {
			rt.Fatalf("%q became %q", text, lines)
		}
	})
}

func TestTheNumberIsAsWideAsThePaperAllows(t *testing.T) {
	for _, number := range []string{"A042", "K1005", "AK012", "M111"} {
		for _, width := range []Width{Narrow, Wide} {
			bitmap, err := Render(Paper{Number: number, Priority: true}, width)
			if err != nil {
				t.Fatal(err)
			}
			// The widest thing but the rules, which are two dots high.
			widest := 0
			for y := range bitmap.Height {
				if first, last, gaps := extent(bitmap, y); gaps {
					widest = max(widest, last-first+1)
				}
			}
			if inner := int(width) - 2*margin; widest < inner*94/100 || widest > inner {
				t.Errorf("%s is %d dots wide on paper of %d, want nearly %d", number, widest, width, inner)
			}
		}
	}
}

// extent is the first and last black dot of a row, and whether there is white between.
func extent(b *Bitmap, y int) (first, last int, gaps bool) {
	first, last = -1, -1
	black := 0
	for x := range b.Width {
		if b.Black(x, y) {
			if first < 0 {
				first = x
			}
			last = x
			black++
		}
	}
	return first, last, first >= 0 && black < last-first+1
}

func TestDigitsAreTabularAndEveryLetterOfTheCityIsInTheFaces(t *testing.T) {
	f, err := faces()
	if err != nil {
		t.Fatal(err)
	}
	demo, err := os.ReadFile("../../assets/demo/hue.json")
	if err != nil {
		t.Fatal(err)
	}
	letters := string(demo) + "ĂÂĐÊÔƠƯ ẢẠẰẮẲẴẶẦẤẨẪẬỀẾỂỄỆỒỐỔỖỘỜỚỞỠỢỪỨỬỮỰỲÝỶỸỴ ảạằắẳẵặầấẩẫậềếểễệồốổỗộờớởỡợừứửữựỳýỷỹỵ · – ’ “ ” … →"
	p, err := newPen(f.plain, 40)
	if err != nil {
		t.Fatal(err)
	}
	h, err := newPen(f.heavy, 40)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range clean(letters) {
		for _, pen := range []*pen{p, h} {
			if _, ok := pen.face.GlyphAdvance(r); !ok {
				t.Errorf("a face lacks %q (%U)", r, r)
			}
		}
	}
	for _, pen := range []*pen{p, h} {
		zero, _ := pen.face.GlyphAdvance('0')
		for r := '1'; r <= '9'; r++ {
			if got, _ := pen.face.GlyphAdvance(r); got != zero {
				t.Errorf("digit %c advances %v, 0 advances %v", r, got, zero)
			}
		}
	}
}

func TestDecomposedTextIsSetWithComposedLetters(t *testing.T) {
	composed, apart := plainSlip(t), plainSlip(t)
	composed.Service.VI = "Hộ tịch"
	apart.Service.VI = "Ho\u0323\u0302 ti\u0323ch"
	a, err := Render(composed, Wide)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Render(apart, Wide)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a.Bits, b.Bits) {
		t.Error("the same word in NFC and NFD prints differently")
	}
}

func TestRowsArePackedAsAPrinterTakesThem(t *testing.T) {
	b := newBitmap(16, 2)
	b.set(0, 0)
	b.set(9, 1)
	b.set(16, 0) // off the paper
	b.set(0, -1)
	if !bytes.Equal(b.Bits, []byte{0x80, 0, 0, 0x40}) || !bytes.Equal(b.Row(1), []byte{0, 0x40}) {
		t.Errorf("bits are % x", b.Bits)
	}
	encoded, err := b.PNG()
	if err != nil {
		t.Fatal(err)
	}
	if diff := dotsApart(t, picture(t, encoded), b); diff != "" {
		t.Error(diff)
	}
	if config, err := png.DecodeConfig(bytes.NewReader(encoded)); err != nil || config.Width != 16 || encoded[24] != 1 {
		t.Errorf("PNG is %d wide with %d bits a dot (%v)", config.Width, encoded[24], err)
	}
}

func BenchmarkRender(b *testing.B) {
	slip := plainSlip(b)
	for b.Loop() {
		if _, err := Render(slip, Wide); err != nil {
			b.Fatal(err)
		}
	}
}
