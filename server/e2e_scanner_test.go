package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"moiso/internal/testbed"
)

// TestNothingOfACitizenCardIsKept scans a card at a real kiosk and looks for it
// everywhere: in the page, in what was sent, in both programs' logs and folders, and in
// the folder of the browser.
func TestNothingOfACitizenCardIsKept(t *testing.T) {
	t.Parallel()
	h := openLobby(t, "thuan-hoa")
	token := h.admit("kiosk", "cửa chính")
	h.p = startProcess(t, nil, "-listen", h.listen, "-data", h.dir, "-demo", "-log-level", "debug")
	kiosk := cardKiosk(t, h, token)
	profile := t.TempDir()
	p := openBrowser(t, "kiosk-card", kioskScreen, profile)
	sent := everythingSent(t, p)
	p.open(kiosk.url)
	p.until("the fields", `document.querySelectorAll('[data-service]').length === 9`)

	const id, old, name, born, home = "046099736251", "191736254", "Nguyễn Thị Bí Ẩn", "17031949", "Kiệt 736 Đường Không Tên, Huế"
	card := strings.Join([]string{id, old, name, born, "Nữ", home, "01012022"}, "|")
	p.scan(card, "\n")
	p.until("what the card suggests", `/Người cao tuổi/.test(document.querySelector('.strip--card')?.innerText)`)
	p.shot("suggested")
	// Once more where its keys could be taken for typing, once cut off in the middle, and once of a child.
	p.press("[data-act=search]", "")
	p.scan(card[:40], "")
	ask[bool](p, "new Promise((done) => setTimeout(done, 500, true))") // the scanner is held again
	p.scan(card, "\n")
	p.until("the fields", `document.querySelector('[data-screen=start] .strip--card')`)
	p.press("[data-service=chung-thuc]", "")
	p.until("the group", `document.querySelector('[data-priority=cao-tuoi][data-suggested]')`)
	p.scan(strings.Replace(card, born, "17032019", 1), "\n")
	p.until("no group", `!document.querySelector('[data-suggested]')`)
	p.scan(card, "\n")
	p.until("the group again", `document.querySelector('[data-priority=cao-tuoi][data-suggested]')`)
	p.press("[data-priority=cao-tuoi]", "")
	p.until("the number", `document.querySelector('[data-screen=done]')`)
	if got := h.tickets(); len(got) != 1 || got[0].Priority != "cao-tuoi" || got[0].Reference != "" {
		t.Errorf("the card gave %+v", got)
	}

	secrets := []string{id, old, name, born, home, "Bí Ẩn", url.QueryEscape(name), strings.ToUpper(name), id[6:]}
	held := ask[string](p, `JSON.stringify([document.documentElement.outerHTML, { ...localStorage }, { ...sessionStorage }, document.cookie, location.href, history.state])`)
	p.close()
	kiosk.stop()
	h.p.kill()
	places := map[string]string{"the page": held, "what was sent": sent(), "the server's log": h.p.logs.String(), "the kiosk's log": kiosk.logs.String()}
	for _, dir := range []string{h.dir, kiosk.dir, profile} {
		files := readAll(t, dir)
		if len(files) == 0 {
			t.Fatalf("there is nothing in %s", dir)
		}
		for path, text := range files {
			places[path] = text
		}
	}
	if !strings.Contains(places["what was sent"], "cao-tuoi") || places["the server's log"] == "" || places["the kiosk's log"] == "" ||
		!strings.Contains(places[filepath.Join(kiosk.dir, "spool.db")], "thuan-hoa") {
		t.Fatalf("the test looks in the wrong places: %d of them", len(places))
	}
	for where, what := range places {
		for _, s := range secrets {
			if strings.Contains(what, s) {
				t.Errorf("%s holds %q of the card", where, s)
			}
		}
	}
}

// cardReader is a kiosk program whose log and folder are looked at.
type cardReader struct {
	url, dir string
	logs     *testbed.Text
	stop     func()
}

func cardKiosk(t *testing.T, h *lobby, token string) cardReader {
	t.Helper()
	program, err := programs.Build("kiosk")
	if err != nil {
		t.Fatal(err)
	}
	k := cardReader{dir: t.TempDir(), logs: &testbed.Text{}}
	cmd := exec.Command(program, "-server", h.p.url, "-center", h.center, "-listen", "127.0.0.1:0", "-data", k.dir)
	cmd.Env = append(cmd.Environ(), "MOISO_TOKEN="+token)
	k.url = startProgram(t, cmd, k.logs)
	k.stop = sync.OnceFunc(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	t.Cleanup(k.stop)
	return k
}

// readAll gives every file under a folder.
func readAll(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		out[path] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestScannersAreReadAsTheirCentreSetThem changes what stands before and after a code
// while the kiosk runs: a scan without it is not taken for one.
func TestScannersAreReadAsTheirCentreSetThem(t *testing.T) {
	t.Parallel()
	h := openLobby(t, "phong-dien")
	p := openTab(t, "kiosk-frames", kioskScreen)
	p.open(h.url("/kiosk/phong-dien"))
	p.until("the fields", `document.querySelectorAll('[data-service]').length > 3`)
	fields := []string{"tra-ket-qua", "chung-thuc", "ho-tich", "dat-dai"}
	set := func(n int, settings map[string]any) { // the number of fields says that it has come
		t.Helper()
		settings["services"] = fields[:n]
		if _, err := h.api.post("/api/v1/centers/"+h.center+"/kiosk-settings", settings, "", nil); err != nil {
			t.Fatal(err)
		}
		p.until("the settings", fmt.Sprintf(`document.querySelectorAll('[data-service]').length === %d`, n))
	}
	const code = "H57.25-250714-0042"
	taken := func(what, keys, end string) {
		t.Helper()
		p.scan(keys, end)
		p.until(what, fmt.Sprintf(`[...document.querySelectorAll('[data-screen=priority] .priority__where b')].some((e) => e.innerText === %q)`, code))
		// By script: touches at one place within half a second are one touch that bounced.
		ask[bool](p, `(document.querySelector('[data-act=back]').click(), true)`)
		p.until("the fields", `document.querySelector('[data-screen=start]')`)
	}
	left := func(what, keys, end string) {
		t.Helper()
		p.scan(keys, end)
		if at := ask[string](p, `new Promise((done) => setTimeout(() => done(document.querySelector('.kiosk').dataset.screen), 400))`); at != "start" {
			t.Errorf("%s: the kiosk shows %s", what, at)
		}
	}
	defer p.excuse("status of 404") // no appointment is of this dossier
	set(2, map[string]any{})
	taken("a code that ends with Enter", code, "\n")
	taken("a code that ends with Tab", code, "\t")

	set(3, map[string]any{"scan_prefix": "QR:"})
	left("without its prefix", code, "\n")
	left("with another prefix", "QX:"+code, "\n")
	taken("a code with its prefix", "QR:"+code, "\n")

	set(4, map[string]any{"scan_prefix": "QR:", "scan_suffix": "#"})
	left("without its suffix", "QR:"+code, "\n")
	left("with the suffix alone", code+"#", "")
	taken("a code between both", "QR:"+code+"#", "")

	set(2, map[string]any{"scan_suffix": "#"})
	left("the prefix is no part of it any more", "x|"+code, "\n")
	taken("a code with a suffix", code+"#", "")

	set(3, map[string]any{})
	taken("a plain code again", code, "\n")
	// A hand is slower than any scanner, whatever it types.
	ask[bool](p, `(async () => {
  for (const code of ['KeyH', 'Digit5', 'Digit7', 'Digit2', 'Digit5', 'Enter']) {
    document.body.dispatchEvent(new KeyboardEvent('keydown', { code, key: code.at(-1), bubbles: true, cancelable: true }));
    await new Promise((next) => setTimeout(next, 180));
  }
  return true;
})()`)
	if at := ask[string](p, `document.querySelector('.kiosk').dataset.screen`); at != "start" {
		t.Errorf("typed by hand: the kiosk shows %s", at)
	}
}

// everythingSent collects the requests of a page, their bodies and what goes up its
// sockets.
func everythingSent(t testing.TB, p *tab) func() string {
	t.Helper()
	var mu sync.Mutex
	var b bytes.Buffer
	if err := chromedp.Listen(p.ctx, func(ev any) {
		mu.Lock()
		defer mu.Unlock()
		switch ev := ev.(type) {
		case *network.EventRequestWillBeSent:
			r, _ := json.Marshal(ev.Request)
			fmt.Fprintf(&b, "%s\n", r)
			for _, e := range ev.Request.PostDataEntries {
				fmt.Fprintf(&b, "%s\n", e.Bytes)
			}
		case *network.EventWebSocketCreated:
			fmt.Fprintln(&b, ev.URL)
		case *network.EventWebSocketFrameSent:
			fmt.Fprintln(&b, ev.Response.PayloadData)
		}
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(p.ctx, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	return func() string {
		mu.Lock()
		defer mu.Unlock()
		return b.String()
	}
}
