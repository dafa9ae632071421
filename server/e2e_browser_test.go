package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"moiso/internal/testbed"
)

// The browser tests drive the built programs through Chromium as people do: with
// real touches, clicks and keys, at the places where things stand on the screen.
// Each leaves its pictures in .screens at the root of the repository.

// patience is how long a person would wait before calling a thing broken. The tests
// share their machine with others, so it is long.
const patience = 40 * time.Second

// browserPath finds the browser.
func browserPath() (string, error) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			return p, nil
		}
	}
	return "", errors.New("there is no Chromium: make test-tools installs it")
}

// browserFlags are those of every browser of the tests.
func browserFlags(path string) []chromedp.ExecAllocatorOption {
	return []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(path), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.Flag("disable-background-timer-throttling", true), chromedp.Flag("disable-backgrounding-occluded-windows", true),
		chromedp.Flag("disable-renderer-backgrounding", true), chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("force-color-profile", "srgb"), chromedp.Flag("lang", "vi"), chromedp.Flag("accept-lang", "vi-VN,vi")}
}

// chromium is the one browser of most tests.
var chromium = sync.OnceValues(func() (context.Context, error) {
	path, err := browserPath()
	if err != nil {
		return nil, err
	}
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), browserFlags(path)...)
	ctx, stop := chromedp.NewContext(ctx)
	closeBrowser = func() { stop(); cancel() }
	return ctx, chromedp.Do(ctx)
})

// closeBrowser ends it; TestMain calls it.
var closeBrowser = func() {}

// screen is what a page is shown on.
type screen struct {
	width, height int64
	scale         float64
	touch         bool
}

var (
	kioskScreen   = screen{1080, 1920, 1, true}
	wideKiosk     = screen{1920, 1080, 1, true}
	lyingKiosk    = screen{1280, 800, 1, true}
	displayScreen = screen{1920, 1080, 1, false}
	uprightScreen = screen{1080, 1920, 1, false}
	ownScreen     = screen{800, 480, 1, false}
	deskScreen    = screen{1366, 768, 1, false}
	narrowDesk    = screen{420, 768, 1, false}
	phoneScreen   = screen{360, 740, 2, true}
)

// tab is a page before a person. It belongs to its test.
type tab struct {
	t    testing.TB
	name string
	s    screen
	ctx  context.Context
	shut func() // of a browser of its own; else nil

	mu     sync.Mutex
	away   bool     // the server is meant to go away: failed requests are no fault
	faults []string // what the browser complained of
}

// openTab opens a page with cookies and storage of its own. At the end of the test
// nothing may stand in its console.
func openTab(t testing.TB, name string, s screen) *tab {
	t.Helper()
	root, err := chromium()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := chromedp.NewContext(root, chromedp.WithNewBrowserContext())
	p := &tab{t: t, name: name, s: s, ctx: ctx}
	if err := chromedp.Listen(ctx, p.hear); err != nil {
		cancel()
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			p.shot("failed")
		}
		cancel()
		p.complain()
	})
	p.as(s)
	return p
}

// complain fails the test for what the browser complained of.
func (p *tab) complain() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, f := range p.faults {
		p.t.Errorf("the console of %s says: %s", p.name, f)
	}
}

// as puts the page on another screen.
func (p *tab) as(s screen) {
	p.t.Helper()
	p.s = s
	opts := []chromedp.EmulateViewportOption{chromedp.EmulateScale(s.scale)}
	if s.touch {
		opts = append(opts, chromedp.EmulateTouch)
	}
	p.do(chromedp.EmulateViewport(s.width, s.height, opts...))
}

// hear collects complaints. It runs on the browser's reading goroutine.
func (p *tab) hear(ev any) {
	var say string
	switch ev := ev.(type) {
	case *runtime.EventExceptionThrown:
		say = "exception: " + ev.ExceptionDetails.Text
		if x := ev.ExceptionDetails.Exception; x != nil {
			say += " " + x.Description
		}
	case *runtime.EventConsoleAPICalled:
		if ev.Type != runtime.ConsoleAPICalledTypeError && ev.Type != runtime.ConsoleAPICalledTypeWarning {
			return
		}
		say = string(ev.Type)
		for _, a := range ev.Args {
			say += " " + string(a.Value) + a.Description
		}
	case *log.EventEntryAdded:
		if ev.Entry.Level != log.EntryLevelError {
			return
		}
		say = fmt.Sprintf("%s: %s %s", ev.Entry.Source, ev.Entry.Text, ev.Entry.URL)
	default:
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.away && (strings.Contains(say, "WebSocket connection to") || strings.Contains(say, "net::ERR_") || strings.Contains(say, "status of 50")) {
		return
	}
	p.faults = append(p.faults, say)
}

// serverGoes says that failed requests are to be expected. The browser may tell of
// them long after the server is back.
func (p *tab) serverGoes() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.away = true
}

// excuse drops complaints that contain words: an error that the test provoked.
func (p *tab) excuse(words string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	kept := p.faults[:0]
	for _, f := range p.faults {
		if !strings.Contains(f, words) {
			kept = append(kept, f)
		}
	}
	p.faults = kept
}

func (p *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.t.Fatalf("%s: %v", p.name, err)
	}
}

func (p *tab) open(url string) {
	p.t.Helper()
	p.do(chromedp.Navigate(url))
}

// ask evaluates an expression in the page.
func ask[T any](p *tab, js string) T {
	p.t.Helper()
	v, err := tryAsk[T](p, js)
	if err != nil {
		p.t.Fatalf("%s: %v\nin: %s", p.name, err, js)
	}
	return v
}

func tryAsk[T any](p *tab, js string) (T, error) {
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](js, chromedp.EvalAwaitPromise))
}

// until waits for an expression to hold. The page may be navigating meanwhile.
func (p *tab) until(what, js string) {
	p.t.Helper()
	var last error
	if !poll(patience, func() bool {
		ok, err := tryAsk[bool](p, "!!("+js+")")
		last = err
		return err == nil && ok
	}) {
		body, _ := tryAsk[string](p, "document.body.innerText.slice(0, 1500)")
		p.t.Fatalf("%s: %s did not come about (%v); the page says:\n%s", p.name, what, last, body)
	}
}

// poll asks again and again, until it holds or time is up.
var poll = testbed.Holds

// spot finds the element that a person would press: one that matches, is enabled, is
// seen, and lies uncovered at its middle. words "" matches all; of several, the one
// with the fewest words is meant.
const spot = `((sel, words) => {
  const plain = (s) => (s ?? '').replace(/\s+/g, ' ').trim();
  const all = [...document.querySelectorAll(sel)]
    .filter((e) => (!words || plain(e.innerText).includes(words)) && e.getClientRects().length && !e.disabled)
    .sort((a, b) => words ? plain(a.innerText).length - plain(b.innerText).length : 0);
  const e = all[0];
  if (!e) return null;
  e.scrollIntoView({ block: 'nearest', inline: 'nearest', behavior: 'instant' });
  const r = e.getBoundingClientRect(), x = r.x + r.width / 2, y = r.y + r.height / 2;
  const top = document.elementFromPoint(x, y);
  return top && (e.contains(top) || top.contains(e)) ? [x, y] : null;
})`

// press touches or clicks what matches a selector and holds some words.
func (p *tab) press(sel, words string) {
	p.t.Helper()
	at := p.find(sel, words)
	if p.s.touch {
		p.do(chromedp.TapXY(at[0], at[1]))
		return
	}
	p.do(chromedp.MouseClickXY(at[0], at[1]))
}

// find waits until a thing can be pressed and stands still, and says where.
func (p *tab) find(sel, words string) [2]float64 {
	p.t.Helper()
	at, was := []float64(nil), []float64(nil)
	js := fmt.Sprintf("%s(%q, %q)", spot, sel, words)
	if !poll(patience, func() bool {
		was = at
		at, _ = tryAsk[[]float64](p, js)
		return at != nil && was != nil && math.Hypot(at[0]-was[0], at[1]-was[1]) < 1
	}) {
		body, _ := tryAsk[string](p, "document.body.innerText.slice(0, 1500)")
		p.t.Fatalf("%s: %s %q cannot be pressed; the page says:\n%s", p.name, sel, words, body)
	}
	return [2]float64{at[0], at[1]}
}

// doublePress presses twice within a few milliseconds, as an unsteady finger does.
func (p *tab) doublePress(sel, words string) {
	p.t.Helper()
	at := p.find(sel, words)
	for range 2 {
		p.do(chromedp.TapXY(at[0], at[1]))
	}
}

// key presses a key, or types a text.
func (p *tab) key(keys string) {
	p.t.Helper()
	p.do(chromedp.KeyEvent(keys))
}

// typeInto focuses a field as a person does and types.
func (p *tab) typeInto(sel, text string) {
	p.t.Helper()
	p.press(sel, "")
	p.until(sel+" has the focus", fmt.Sprintf("document.activeElement?.matches(%q)", sel))
	p.key(text)
}

// choose picks an option of a select by its words. Chromium draws the list outside
// the page, where tests cannot press, so this is the one thing done by script.
func (p *tab) choose(sel, words string) {
	p.t.Helper()
	p.find(sel, "")
	ok := ask[bool](p, fmt.Sprintf(`((sel, words) => {
  const s = document.querySelector(sel), o = [...s.options].find((o) => o.text.trim() === words);
  if (!o) return false;
  s.value = o.value;
  s.dispatchEvent(new Event('input', { bubbles: true }));
  s.dispatchEvent(new Event('change', { bubbles: true }));
  return true;
})(%q, %q)`, sel, words))
	if !ok {
		p.t.Fatalf("%s: %s has no %q", p.name, sel, words)
	}
}

func (p *tab) text(sel string) string {
	p.t.Helper()
	return ask[string](p, fmt.Sprintf("(document.querySelector(%q)?.innerText ?? '').replace(/\\s+/g, ' ').trim()", sel))
}

// media pretends that the person wishes for something, like "prefers-contrast", "more".
func (p *tab) media(pairs ...string) {
	p.t.Helper()
	var fs []*emulation.MediaFeature
	for i := 0; i+1 < len(pairs); i += 2 {
		fs = append(fs, &emulation.MediaFeature{Name: pairs[i], Value: pairs[i+1]})
	}
	if _, err := chromedp.Call(p.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: fs}); err != nil {
		p.t.Fatal(err)
	}
}

// mouseAway takes the pointer off whatever it stands on.
func (p *tab) mouseAway() {
	p.t.Helper()
	p.do(chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, 1, 1))
}

// picture is what the screen shows.
func (p *tab) picture() []byte {
	p.t.Helper()
	fast := true
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	r, err := chromedp.Call(ctx, cdppage.CaptureScreenshot, cdppage.CaptureScreenshotParams{OptimizeForSpeed: &fast})
	if err != nil {
		p.t.Errorf("%s: no picture: %v", p.name, err)
		return nil
	}
	return r.Data
}

// shot keeps a picture under .screens/NAME-WHAT.png.
func (p *tab) shot(what string) string {
	p.t.Helper()
	return keepPicture(p.t, p.name+"-"+what, p.picture())
}

func keepPicture(t testing.TB, name string, png []byte) string {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(root, ".screens", strings.ReplaceAll(name, " ", "-")+".png")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, png, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}
