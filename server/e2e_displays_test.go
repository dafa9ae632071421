package main

import (
	"fmt"
	"image/color"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// framed asks in the frame of the preview, which is of the same origin.
func framed(js string) string {
	return fmt.Sprintf(`(() => { const d = document.querySelector('.sc-stage iframe')?.contentDocument; return d && (%s); })()`, js)
}

// give puts a file into the page's file input, which only a person or the browser can.
func (p *tab) give(sel, path string) {
	p.t.Helper()
	obj, err := chromedp.Call(p.ctx, runtime.Evaluate, runtime.EvaluateParams{Expression: fmt.Sprintf("document.querySelector(%q)", sel)})
	if err != nil || obj.Result == nil {
		p.t.Fatalf("%s: no %s: %v", p.name, sel, err)
	}
	if _, err := chromedp.Call(p.ctx, dom.SetFileInputFiles, dom.SetFileInputFilesParams{Files: []string{path}, ObjectID: obj.Result.ObjectID}); err != nil {
		p.t.Fatalf("%s: %v", p.name, err)
	}
}

// TestAManagerSetsTheScreensAndTakesItBack changes the face, sees it in the frame before
// it is saved, saves, sees the hall's screen follow, and takes it back; then brings a
// picture, shows it, and deletes it.
func TestAManagerSetsTheScreensAndTakesItBack(t *testing.T) {
	t.Parallel()
	h := openLobby(t, "phu-xuan")
	h.counter(1, "open", nil)
	k := h.issue("chung-thuc")
	h.counter(1, "call-next", nil)
	hall := openTab(t, "displays-hall", displayScreen)
	hall.open(h.url("/display/phu-xuan"))
	hall.until("the board", `document.querySelector('.board')?.dataset.face === 'counters'`)

	p := openTab(t, "displays", deskScreen)
	p.open(h.url("/admin/displays?center=phu-xuan"))
	p.until("the sign-in page", `location.pathname === '/sign-in' && document.querySelector('#sign-in')`)
	p.typeInto("#username", "demo")
	p.typeInto("#password", "demo")
	p.press("#sign-in button", "")
	p.until("the real screen in the frame", framed(fmt.Sprintf(`d.querySelector('section.call')?.dataset.number === %q && d.documentElement.dataset.layout === 'counters'`, k.Number)))
	p.shot("1-face")

	p.press(".sc-face", "Chỉ số gọi")
	p.until("the frame follows before anything is saved", framed(`d.documentElement.dataset.layout === 'calls'`))
	if face := ask[string](hall, `document.querySelector('.board').dataset.face`); face != "counters" {
		t.Errorf("the hall shows %s already", face)
	}
	p.shot("2-changed")
	p.press(".sc-save button", "Lưu")
	hall.until("the hall follows", `document.querySelector('.board')?.dataset.face === 'calls'`)
	p.shot("3-saved")
	p.press(".sc-toast button", "Hoàn tác")
	hall.until("the hall is as it was", `document.querySelector('.board')?.dataset.face === 'counters'`)

	p.press(".sc-tabs button", "Trình chiếu")
	file := filepath.Join(t.TempDir(), "chào mừng.png")
	if err := os.WriteFile(file, picture(t, color.RGBA{14, 133, 102, 255}), 0o600); err != nil {
		t.Fatal(err)
	}
	p.give(".sc-bring input", file)
	p.press(".sc-item button", "Chiếu")
	p.until("it is in the order", `document.querySelector('ol.sc-list .sc-name')?.innerText === 'chào mừng.png'`)
	p.press(".sc-tabs button", "Bố cục")
	p.press(".sc-face", "Số gọi và trình chiếu")
	p.until("the picture in the frame", framed(`d.querySelector('.media img')?.naturalWidth === 320`))
	p.shot("4-signage")
	p.press(".sc-save button", "Lưu")
	p.until("it is saved", `document.querySelector('.sc-save')?.dataset.changed === 'false'`)
	hall.until("the picture in the hall", `document.querySelector('.media img')?.naturalWidth === 320`)

	// A file that is shown is kept, and the page says why it did not go.
	p.press(".sc-tabs button", "Trình chiếu")
	p.press("ul.sc-list button", "Xóa")
	p.until("it is out of sight", `!document.querySelector('ul.sc-list .sc-item')`)
	p.press(".sc-toast button", "Hoàn tác")
	p.until("it is back at once", `document.querySelector('ul.sc-list .sc-item')`)

	p.press(".sc-tabs button", "Dòng tin")
	p.press(".sc-edit button", "Thêm tin")
	p.typeInto(`.sc-texts [lang=vi]`, "Nghỉ trưa từ 11:30")
	p.press(".sc-save button", "Lưu")
	hall.until("the message in the hall", `/Nghỉ trưa từ 11:30/.test(document.querySelector('.board__foot')?.innerText)`)
	p.shot("5-message")
	flaws(p)
	barriers(p, "")
}
