package escpos_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"image"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"moiso/internal/escpos"
	"moiso/internal/printer/printertest"
	"moiso/internal/queue"
	"moiso/internal/ticket"
)

var update = flag.Bool("update", false, "write the golden bytes anew")

const address = "HTTPS://SO.HUE.GOV.VN/T/7K3M9QX2PDR4WN5A"

// slip is a ticket as a kiosk prints it: with all that may stand on one.
func slip(t testing.TB, width ticket.Width) escpos.Image {
	before := 14
	b, err := ticket.Render(ticket.Paper{
		Center:  queue.Text{VI: "Trung tâm Phục vụ hành chính công phường Thuận Hóa", EN: "Thuận Hóa Ward Public Administrative Service Centre"},
		Service: queue.Text{VI: "Bảo trợ xã hội, người có công", EN: "Social support, people with merit"},
		Number:  "A042", URL: address,
		Where: queue.Text{VI: "Khu ghế xanh, trước các quầy đầu tiên", EN: "Blue seats, in front of the first counters"},
		Ahead: &before, Wait: &ticket.Wait{P50: 22 * time.Minute, P90: 38 * time.Minute},
		At: time.Date(2025, 7, 14, 9, 42, 0, 0, time.FixedZone("", 7*3600)),
		Lines: []queue.Text{
			{VI: "Sáng 7:30–11:30, chiều 13:30–17:30", EN: "7:30–11:30 and 13:30–17:30"},
			{VI: "Điện thoại: 0234 3 123 456", EN: "Telephone: 0234 3 123 456"},
		},
	}, width)
	if err != nil {
		t.Fatal(err)
	}
	return escpos.Image(*b)
}

// same says where a picture of paper differs from the bitmap it was made of, or
// nothing. White below the bitmap is paper that was fed.
func same(img *image.Gray, want escpos.Image) string {
	if img.Bounds().Dy() < want.Height {
		return fmt.Sprintf("%d rows are on paper, want %d", img.Bounds().Dy(), want.Height)
	}
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			black := y < want.Height && x < want.Width && want.Bits[y*want.Width/8+x/8]&(0x80>>(x%8)) != 0
			if (img.GrayAt(x, y).Y == 0) != black {
				return fmt.Sprintf("dot %d,%d differs", x, y)
			}
		}
	}
	return ""
}

func printed(t interface {
	Helper()
	Fatalf(string, ...any)
}, page escpos.Page) printertest.Slip {
	t.Helper()
	slips, rest, err := printertest.Decode(page.Bytes())
	if err != nil {
		t.Fatalf("the printer says: %v", err)
	}
	if len(slips) == 0 {
		return rest
	}
	return slips[0]
}

func TestWhatIsOnPaperIsTheBitmap(t *testing.T) {
	for _, width := range []ticket.Width{ticket.Narrow, ticket.Wide} {
		img := slip(t, width)
		for _, skip := range []bool{false, true} {
			page, err := escpos.Encode(img, escpos.Options{Skip: skip, Feed: escpos.DefaultFeed})
			if err != nil {
				t.Fatal(err)
			}
			got := printed(t, page)
			if diff := same(got.Image(int(width)), img); diff != "" {
				t.Errorf("%d dots, skipping %v: %s", width, skip, diff)
			}
			if want := img.Height + escpos.DefaultFeed; got.Rows() != want || !got.Cut || got.Full {
				t.Errorf("%d dots, skipping %v: %d rows, cut %v, full %v; want %d and a partial cut", width, skip, got.Rows(), got.Cut, got.Full, want)
			}
		}
	}
}

func TestASlipTakesAtMost60KB(t *testing.T) {
	img := slip(t, ticket.Wide)
	page, err := escpos.Encode(img, escpos.Options{Skip: true, Feed: escpos.DefaultFeed})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d rows of %d dots: %d bytes in %d parts, %d bytes unskipped", img.Height, img.Width, page.Len(), len(page), len(img.Bits))
	if page.Len() > 60_000 {
		t.Errorf("a slip takes %d bytes, want at most 60,000", page.Len())
	}
}

func TestTheBytesAreTheGoldenOnes(t *testing.T) {
	for _, width := range []ticket.Width{ticket.Narrow, ticket.Wide} {
		page, err := escpos.Encode(slip(t, width), escpos.Options{Skip: true, Feed: escpos.DefaultFeed})
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join("testdata", fmt.Sprintf("slip-%d.bin", width))
		if *update {
			if err := os.WriteFile(file, page.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(page.Bytes(), want) {
			t.Errorf("%s differs; print it and run go test ./internal/escpos -update", file)
		}
	}
}

// Another encoder, of other hands, makes the same bytes of the same dots. It pads the
// height to eight rows.
func TestTheBytesAreThoseOfAnotherEncoder(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatal("node is needed: run make test-tools")
	}
	if _, err := os.Stat("../../scripts/escpos/node_modules"); err != nil {
		t.Fatal("the other encoder is not installed: run make scripts/escpos/node_modules/.package-lock.json")
	}
	for _, width := range []ticket.Width{ticket.Narrow, ticket.Wide} {
		img := slip(t, width)
		for img.Height%8 != 0 {
			img.Height++
			img.Bits = append(img.Bits, make([]byte, img.Width/8)...)
		}
		in, err := json.Marshal(map[string]any{"width": img.Width, "height": img.Height, "bits": img.Bits})
		if err != nil {
			t.Fatal(err)
		}
		c := exec.Command(node, "encode.mjs")
		c.Dir = "../../scripts/escpos"
		c.Stdin = bytes.NewReader(in)
		var stderr strings.Builder
		c.Stderr = &stderr
		out, err := c.Output()
		if err != nil {
			t.Fatalf("%v: %s", err, stderr.String())
		}
		var theirs struct{ Image, Partial, Full []byte }
		if err := json.Unmarshal(out, &theirs); err != nil {
			t.Fatal(err)
		}
		ours, err := escpos.Raster(img, false)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(ours.Bytes(), theirs.Image) {
			t.Errorf("%d dots: %d bytes differ from the other encoder's %d", width, ours.Len(), len(theirs.Image))
		}
		for cut, want := range map[escpos.Cut][]byte{escpos.Partial: theirs.Partial, escpos.Full: theirs.Full} {
			page, err := escpos.Encode(img, escpos.Options{Cut: cut})
			if err != nil {
				t.Fatal(err)
			}
			// Theirs ends each command with a new line, which ours has no need of.
			if got := page[len(page)-1]; !bytes.Equal(got, bytes.TrimRight(want, "\n\r")) {
				t.Errorf("cut %v is %x, theirs %x", cut, got, want)
			}
		}
	}
}

func TestAnyBitmapComesOutAsItIs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stride := rapid.IntRange(1, 80).Draw(t, "stride")
		// Rows that are blank, sparse or full, in runs, so that gaps of all sizes come.
		var bits []byte
		rows := 0
		for range rapid.IntRange(1, 12).Draw(t, "runs") {
			n := rapid.IntRange(1, 300).Draw(t, "rows")
			row := make([]byte, stride)
			if rapid.Bool().Draw(t, "inked") {
				row[rapid.IntRange(0, stride-1).Draw(t, "at")] = rapid.Byte().Draw(t, "dots")
			}
			bits = append(bits, bytes.Repeat(row, n)...)
			rows += n
		}
		img := escpos.Image{Width: stride * 8, Height: rows, Bits: bits}
		skip := rapid.Bool().Draw(t, "skip")
		cut := rapid.SampledFrom([]escpos.Cut{escpos.Partial, escpos.Full, escpos.None}).Draw(t, "cut")
		page, err := escpos.Encode(img, escpos.Options{Skip: skip, Cut: cut, Feed: rapid.IntRange(0, 600).Draw(t, "feed")})
		if err != nil {
			t.Fatal(err)
		}
		got := printed(t, page)
		if got.Cut != (cut != escpos.None) || got.Full != (cut == escpos.Full) {
			t.Fatalf("cut %v gave cut %v, full %v", cut, got.Cut, got.Full)
		}
		if diff := same(got.Image(img.Width), img); diff != "" {
			t.Fatalf("skipping %v: %s", skip, diff)
		}
	})
}

// A drawer opens at DLE DC4 1 wherever it stands, also among dots (Epson ESC/POS,
// real-time commands).
func TestNoDotsSpellACommandThatIsObeyedAtOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stride := rapid.IntRange(1, 6).Draw(t, "stride")
		rows := rapid.IntRange(1, 600).Draw(t, "rows")
		pick := rapid.SampledFrom([]byte{0x10, 0x10, 0x14, 0x04, 0x05, 1, 2, 0x10, 0x1b, 0x70, 0})
		bits := make([]byte, stride*rows)
		for i := range bits {
			bits[i] = pick.Draw(t, "byte")
		}
		img := escpos.Image{Width: stride * 8, Height: rows, Bits: bits}
		page, err := escpos.Encode(img, escpos.Options{Skip: rapid.Bool().Draw(t, "skip"), Feed: 16})
		if err != nil {
			t.Fatal(err)
		}
		all := page.Bytes()
		for _, bad := range []string{"\x10\x14", "\x10\x05", "\x10\x04"} {
			if i := bytes.Index(all, []byte(bad)); i >= 0 {
				t.Fatalf("byte %d begins %x", i, bad)
			}
		}
		// At most one dot more in a byte of one dot, and never one less.
		paper := printed(t, page).Image(img.Width)
		for y := range img.Height {
			for x := range img.Width {
				black, want := paper.GrayAt(x, y).Y == 0, bits[y*stride+x/8]&(0x80>>(x%8)) != 0
				if want && !black || black && !want && (x%8 != 4 || bits[y*stride+x/8] != 0x10) {
					t.Fatalf("dot %d,%d differs", x, y)
				}
			}
		}
	})
}

func TestTheRestOfATornPageIsClearedAway(t *testing.T) {
	img := slip(t, ticket.Wide)
	page, err := escpos.Encode(img, escpos.Options{Skip: true, Feed: 8})
	if err != nil {
		t.Fatal(err)
	}
	all := page.Bytes()
	whole := escpos.Image{Width: 8, Height: 1, Bits: []byte{0xff}}
	next, err := escpos.Encode(whole, escpos.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for cut := 1; cut < len(all); cut += 97 {
		stream := slices.Concat(all[:cut], escpos.Fill, escpos.AskPrinter.Bytes(), escpos.AskPaper.Bytes(), escpos.Recover(page, escpos.Options{Feed: 8}))
		slips, rest, err := printertest.Decode(append(stream, next.Bytes()...))
		if err != nil {
			t.Fatalf("torn at byte %d: %v", cut, err)
		}
		if last := slips[len(slips)-1]; len(slips) != 2 || rest.Rows() > 0 || same(last.Image(8), whole) != "" {
			t.Fatalf("torn at byte %d: %d slips, the last of %d rows", cut, len(slips), last.Rows())
		}
	}
}

func TestABitmapOfHalfBytesIsRefused(t *testing.T) {
	for _, img := range []escpos.Image{{}, {Width: 12, Height: 1, Bits: []byte{0, 0}}, {Width: 8, Height: 2, Bits: []byte{1}}, {Width: 8 * 300, Height: 1, Bits: make([]byte, 300)}} {
		if _, err := escpos.Encode(img, escpos.Options{}); !errors.Is(err, escpos.ErrImage) {
			t.Errorf("%d x %d: %v", img.Width, img.Height, err)
		}
	}
	if _, err := escpos.ParseCut("half"); err == nil {
		t.Error("a half cut was understood")
	}
}
