package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"moiso/internal/queue"
)

// TestThePicturesOfTheBooks takes the pictures of the README and the manuals anew, for
// "make pictures", which names the folder. They are states of the gallery, whose hour
// stands still, so that they change only with the pages; but for the page of the
// screens, which frames a real one.
func TestThePicturesOfTheBooks(t *testing.T) {
	dir := os.Getenv("MOISO_PICTURES")
	if dir == "" {
		t.Skip("make pictures names the folder")
	}
	h := openLobby(t, "thuan-hoa")
	p := openTab(t, "pictures", deskScreen)
	p.media("prefers-reduced-motion", "reduce")
	keep := func(name string) {
		t.Helper()
		ctx, cancel := context.WithTimeout(p.ctx, patience)
		defer cancel()
		r, err := chromedp.Call(ctx, cdppage.CaptureScreenshot, cdppage.CaptureScreenshotParams{})
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name+".png"), r.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	upright, wide, phone := screen{1080, 1920, 0.5, true}, screen{1920, 1080, 2. / 3, false}, screen{360, 740, 1.5, true}
	for _, c := range []struct {
		name, state string
		on          screen
	}{
		{"kiosk", "kiosk/start", upright},
		{"kiosk-done", "kiosk/done-printed", upright},
		{"kiosk-no-paper", "kiosk/done-no-paper", upright},
		{"kiosk-code", "kiosk/pairing", upright},
		{"kiosk-appointment", "kiosk/appointment", upright},
		{"display", "display/call", wide},
		{"display-code", "display/pairing", wide},
		{"counter", "counter/01-serving", deskScreen},
		{"devices", "devices/01-devices", deskScreen},
		{"monitor", "monitor/01-monitor", deskScreen},
		{"assist", "assist/01-issue", phone},
		{"assist-book", "assist/22-book", phone},
		{"phone", "ticket/01-waiting", phone},
		{"phone-called", "ticket/10-called", phone},
	} {
		p.as(c.on)
		p.open(h.url("/gallery/" + c.state + "?lang=vi"))
		settled(p)
		keep(c.name)
	}

	p.as(screen{1600, 900, 1, false})
	p.open(h.url("/assets/fixtures/display/picture.svg"))
	hash := h.bring(url.QueryEscape("Nộp hồ sơ trực tuyến.png"), p.picture())
	h.screens(queue.DisplaySettings{Layout: "signage", Playlist: []queue.PlayItem{{Media: hash}}})
	for n := 1; n <= 6; n++ {
		h.counter(n, "open", nil)
	}
	for n, service := range []string{"chung-thuc", "chung-thuc", "chung-thuc", "ho-tich", "ho-tich", "dat-dai"} {
		h.issue(service)
		h.counter(n+1, "call-next", nil)
	}
	p.as(deskScreen)
	h.enter(p, "/admin/displays", "demo", "demo")
	p.open(h.url("/admin/displays?center=thuan-hoa"))
	p.until("the real screen in the frame, after the moment of its call", framed(fmt.Sprintf(`d.querySelector('.media[data-hush=false] img')?.naturalWidth === 1600 && d.querySelector('section.call')?.dataset.number === %q`, "M001")))
	keep("displays")
}
