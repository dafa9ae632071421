package main

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"moiso/internal/queue"
)

// picture is a file of one colour, told apart from others by it.
func picture(t testing.TB, c color.Color) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, 320, 180))
	for y := range 180 {
		for x := range 320 {
			m.Set(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// film is made by ffmpeg: two seconds of a moving picture with a tone.
func film(t testing.TB) []byte {
	t.Helper()
	out := filepath.Join(t.TempDir(), "film.webm")
	cmd := exec.Command("ffmpeg", "-loglevel", "error", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=15:duration=2", "-f", "lavfi", "-i", "sine=440:duration=2",
		"-c:v", "libvpx", "-deadline", "realtime", "-b:v", "200k", "-c:a", "libopus", out)
	if b, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("ffmpeg: %v\n%s", err, b)
	}
	b, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// bring uploads a file and gives its hash.
func (h *lobby) bring(name string, body []byte) string {
	h.t.Helper()
	var m queue.Medium
	if _, err := h.api.send("POST", "/api/v1/centers/"+h.center+"/media?name="+name, bytes.NewReader(body), "", &m); err != nil {
		h.t.Fatal(err)
	}
	return m.Hash
}

// screens sets how the screens of the centre are.
func (h *lobby) screens(s queue.DisplaySettings) {
	h.t.Helper()
	if _, err := h.api.post("/api/v1/centers/"+h.center+"/display-settings", s, "", nil); err != nil {
		h.t.Fatal(err)
	}
}

// TestSignageGoesOnWithoutTheServerAndHoldsBackDuringACall shows a picture and a film
// through the real display program, calls somebody, takes the server away, and starts
// the screen anew without it.
func TestSignageGoesOnWithoutTheServerAndHoldsBackDuringACall(t *testing.T) {
	t.Parallel()
	h := openLobby(t, "kim-tra")
	movie := h.bring("phim.webm", film(t))
	still := h.bring("anh.png", picture(t, color.RGBA{14, 133, 102, 255}))
	h.screens(queue.DisplaySettings{Layout: "signage", Playlist: []queue.PlayItem{{Media: movie}, {Media: still, Seconds: 2}},
		Ticker: []queue.Message{{Text: queue.Text{VI: "Nghỉ trưa từ 11:30", EN: "Lunch from 11:30"}}}})
	h.counter(1, "open", nil)
	first := h.issue("chung-thuc")
	h.counter(1, "call-next", nil)
	dir := t.TempDir()
	args := []string{"-server", h.p.url, "-center", h.center, "-listen", "127.0.0.1:0", "-data", dir}
	at, stop := startStoppable(t, "display", "", args...)
	p := openTab(t, "signage", displayScreen)
	p.serverGoes()
	p.open(at)
	playing := `(() => { const v = document.querySelector('video'); return v && v.readyState >= 2 && v.currentTime > 0.1; })()`
	p.until("the film plays", playing)
	p.until("the picture", fmt.Sprintf(`document.querySelector('.media')?.dataset.media === %q && document.querySelector('.media img')?.naturalWidth === 320`, still))
	p.until("the film again", playing)
	p.until("the message has its turn", `/Nghỉ trưa/.test(document.querySelector('.board__foot')?.innerText)`)
	p.until("quiet before the call", `document.querySelector('.media')?.dataset.hush === 'false'`)

	second := h.issue("chung-thuc")
	h.counter(1, "call-next", map[string]bool{"finish": true})
	p.until("the call, and the picture behind it", fmt.Sprintf(`document.querySelector('section.call')?.dataset.number === %q && document.querySelector('.media')?.dataset.hush === 'true'`, second.Number))
	p.until("a quiet film", `!document.querySelector('video') || document.querySelector('video').volume < 0.2`)
	p.shot("1-call")
	p.until("the picture comes back", `document.querySelector('.media')?.dataset.hush === 'false'`)
	p.shot("2-after")

	h.p.kill()
	p.until("the board says that it is old", `document.querySelector('[data-stale]') && document.querySelector('.call--stale')`)
	p.until("the film goes on", playing)
	p.until("and the picture", `document.querySelector('.media img')?.naturalWidth === 320`)
	p.shot("3-server-away")

	// The power went; the screen starts before the network does.
	stop()
	at, _ = startStoppable(t, "display", "", args...)
	late := openTab(t, "signage-late", displayScreen)
	late.serverGoes()
	late.open(at)
	late.until("what was last known, stale", fmt.Sprintf(`/Mất kết nối từ \d\d:\d\d/.test(document.querySelector('[data-stale]')?.innerText) && document.querySelector('section.call--stale')?.dataset.number === %q`, second.Number))
	late.until("the film goes on", playing)
	late.shot("4-started-without-the-server")
	if got := announced(late); len(got) != 0 {
		t.Errorf("it announced %v from yesterday's board", got)
	}

	h.start()
	late.until("the truth again", `!document.querySelector('[data-stale]')`)
	if got := announced(late); len(got) > 1 {
		t.Errorf("it announced %v; %s was called long ago", got, first.Number)
	}
}

// TestEachFaceShowsACall opens every layout on the screen it is made for.
func TestEachFaceShowsACall(t *testing.T) {
	t.Parallel()
	h := openLobby(t, "thuan-an")
	h.counter(2, "open", nil)
	h.screens(queue.DisplaySettings{Playlist: []queue.PlayItem{{Media: h.bring("phim.webm", film(t))}}})
	k := h.issue("chung-thuc")
	calls := fmt.Sprintf(`document.querySelector('section.call')?.dataset.number === %q`, k.Number)
	tabs := map[string]*tab{}
	for name, c := range map[string]struct {
		s     screen
		query string
	}{
		"calls": {displayScreen, "?layout=calls"}, "counters": {displayScreen, ""}, "portrait": {uprightScreen, ""}, "portrait-signage": {uprightScreen, "?layout=signage"},
		"counter": {ownScreen, "?counter=2"}, "summary": {displayScreen, "?layout=summary"},
	} {
		p := openTab(t, "face-"+name, c.s)
		p.open(h.url("/display/" + h.center + c.query))
		p.until("the board", `document.querySelector('.board')`)
		if got := ask[string](p, "document.documentElement.dataset.layout"); got != name {
			t.Errorf("%s shows the layout %s", name, got)
		}
		tabs[name] = p
	}
	tabs["summary"].until("one waits", `document.querySelector('[data-waiting]')?.dataset.waiting === '1'`)
	upright := tabs["portrait-signage"]
	upright.until("the film plays", `(() => { const v = document.querySelector('video'); return v && v.readyState >= 2 && v.currentTime > 0.1; })()`)
	upright.shot("film")
	h.counter(2, "call-next", nil)
	for _, name := range []string{"calls", "counters", "portrait", "portrait-signage"} {
		tabs[name].until("the call", calls)
	}
	tabs["counter"].until("its own call", fmt.Sprintf(`document.querySelector('.own[data-state=called] [data-own]')?.dataset.own === %q && document.querySelector('[data-fresh]')`, k.Number))
	tabs["summary"].until("nobody waits", `document.querySelector('[data-waiting]')?.dataset.waiting === '0'`)
	// The centre's manager changes the layout: the screens follow within a moment.
	h.screens(queue.DisplaySettings{Layout: "calls"})
	tabs["counters"].until("the new layout", `document.querySelector('.board')?.dataset.face === 'calls'`)
	h.counter(2, "put-back", nil)
	tabs["counter"].until("the call is taken back", `document.querySelector('.own[data-state=open]')`)
	for _, p := range tabs {
		flaws(p)
		p.shot("face")
	}
}

// A person without the right sees neither the files nor the way to bring them.
func TestAFileOfAScreenIsServedToAnyoneAndBroughtByFew(t *testing.T) {
	t.Parallel()
	h := openLobby(t, "huong-an")
	hash := h.bring("anh.png", picture(t, color.White))
	res, err := http.Get(h.url("/media/" + h.center + "/" + hash))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "image/png" || !strings.Contains(res.Header.Get("Cache-Control"), "immutable") {
		t.Errorf("%d %v", res.StatusCode, res.Header)
	}
	res, err = http.Post(h.url("/api/v1/centers/"+h.center+"/media?name=x"), "image/png", bytes.NewReader(picture(t, color.Black)))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusUnauthorized {
		t.Errorf("a stranger brings a file: %d", res.StatusCode)
	}
}
