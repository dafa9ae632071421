package printer

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"moiso/internal/ticket"
)

func write(t testing.TB, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// program puts a shell script before all others of its name.
func program(t *testing.T, name, script string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
}

func TestAFolderGetsAPictureOfEachSlip(t *testing.T) {
	dir := t.TempDir()
	p := started(t, "file://"+dir, hurried())
	untilState(t, p, Ready)
	j := print(t, p, "a042")
	untilJob(t, p, "a042", JobPrinted)
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) != 1 || !strings.HasSuffix(files[0], "-A042.png") {
		t.Fatalf("files %q (%v)", files, err)
	}
	f, err := os.Open(files[0])
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	if img.Bounds().Dx() != j.Bitmap.Width || img.Bounds().Dy() != j.Bitmap.Height {
		t.Errorf("the picture is %v", img.Bounds())
	}
}

func TestAFolderThatCannotBeWrittenFailsTheSlip(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "slips")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	how, err := folder{dir: filepath.Join(dir, "gone"), format: "png"}.print(t.Context(), Job{Number: "A001", Bitmap: slip(t, "A001")})
	if how != untouched || err == nil {
		t.Errorf("outcome %v, error %v", how, err)
	}
}

// A PDF is read back with nothing of ours: where its table points, what its picture
// holds, and how large its page is.
func TestAPDFIsTheSlipInItsOwnSize(t *testing.T) {
	b := slip(t, "A042")
	doc, err := PDF(b)
	if err != nil {
		t.Fatal(err)
	}
	start := regexp.MustCompile(`startxref\n(\d+)\n%%EOF\n$`).FindSubmatch(doc)
	if start == nil {
		t.Fatal("no startxref at the end")
	}
	var table int
	fmt.Sscan(string(start[1]), &table)
	entries := regexp.MustCompile(`(\d{10}) 00000 n \n`).FindAllSubmatch(doc[table:], -1)
	if len(entries) != 5 {
		t.Fatalf("%d objects", len(entries))
	}
	for i, e := range entries {
		var at int
		fmt.Sscan(strings.TrimLeft(string(e[1]), "0"), &at)
		if !bytes.HasPrefix(doc[at:], fmt.Appendf(nil, "%d 0 obj\n", i+1)) {
			t.Errorf("object %d is not at byte %d", i+1, at)
		}
	}
	_, rest, _ := bytes.Cut(doc, []byte("/FlateDecode"))
	_, rest, _ = bytes.Cut(rest, []byte("stream\n"))
	z, err := zlib.NewReader(bytes.NewReader(rest))
	if err != nil {
		t.Fatal(err)
	}
	dots, err := io.ReadAll(z)
	if err != nil || !bytes.Equal(dots, b.Bits) {
		t.Errorf("the picture is not the slip (%v)", err)
	}
	// 576 dots are 72 mm.
	if !bytes.Contains(doc, []byte("/MediaBox [0 0 204.296 ")) {
		t.Errorf("the page is not 72 mm wide: %.300s", doc)
	}
}

func TestCUPSGetsAPDFOfTheSlipsOwnSize(t *testing.T) {
	dir := t.TempDir()
	program(t, "lpstat", `echo "printer Office is idle.  enabled since Mon 14 Jul 2025"; echo "	Alerts: none"`)
	program(t, "lp", `echo "$*" >'`+dir+`/args'; cat >'`+dir+`/slip.pdf'`)
	p := started(t, "cups://Office", hurried())
	untilState(t, p, Ready)
	j := print(t, p, "a042")
	untilJob(t, p, "a042", JobPrinted)
	args, err := os.ReadFile(dir + "/args")
	if err != nil || strings.TrimSpace(string(args)) != "-s -d Office -t moiso A042 -o print-scaling=none -- -" {
		t.Errorf("lp was called with %q (%v)", args, err)
	}
	got, err := os.ReadFile(dir + "/slip.pdf")
	if err != nil {
		t.Fatal(err)
	}
	if want, err := PDF(j.Bitmap); err != nil || !bytes.Equal(got, want) {
		t.Errorf("lp got %d bytes, not the PDF (%v)", len(got), err)
	}
}

func TestWhatCUPSRefusesIsSaid(t *testing.T) {
	program(t, "lpstat", `echo "printer Office is idle.  enabled since Mon 14 Jul 2025"`)
	program(t, "lp", `echo "lp: Error - The printer or class does not exist." >&2; exit 1`)
	p := started(t, "cups://Office", hurried())
	print(t, p, "a042")
	untilJob(t, p, "a042", JobFailed)
	if why := p.Status().Job.Why; !contains(why, "does not exist") {
		t.Errorf("why: %q", why)
	}
}

func TestTheStateOfAQueueOfCUPS(t *testing.T) {
	const idle = "printer Office is idle.  enabled since Mon 14 Jul 2025 09:42:00\n\tForm mounted:\n\tAlerts: "
	for out, want := range map[string]State{
		idle + "none\n": Ready,
		"printer Office now printing Office-12.  enabled since Mon\n\tAlerts: none\n":            Ready,
		"printer Office disabled since Mon 14 Jul 2025 09:42:00 -\n\treason unknown\n":           Offline,
		"printer Office disabled since Mon 14 Jul 2025 09:42:00 -\n\tPaused\n\tAlerts: paused\n": Offline,
		idle + "media-empty-error,media-needed-error\n":                                          PaperOut,
		idle + "media-low-warning\n": NearEnd,
		idle + "cover-open-error\n":  CoverOpen,
		idle + "media-jam-error\n":   Error,
		idle + "offline-report\n":    Offline,
	} {
		if got, _ := cupsState(out); got != want {
			t.Errorf("%q is %s, want %s", out, got, want)
		}
	}
}

func TestTheNumberCannotLeaveItsFolder(t *testing.T) {
	dir := t.TempDir()
	how, err := folder{dir: dir, format: "pdf"}.print(t.Context(), Job{Number: "../../x/Đ1", Bitmap: &ticket.Bitmap{Width: 8, Height: 1, Bits: []byte{1}}})
	if how != whole || err != nil {
		t.Fatal(how, err)
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*.pdf"))
	if len(files) != 1 {
		t.Errorf("files %q", files)
	}
}
