package main

import (
	"fmt"
	"image/color"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"moiso/internal/voice"
)

// TestAScreenGoesOnWithWhatWorks gives a display program a film that is none and a
// folder of recordings of which one is torn, one too loud and most are missing. Each is
// said once in the log, and the hall sees and hears its calls as its centre wishes.
func TestAScreenGoesOnWithWhatWorks(t *testing.T) {
	t.Parallel()
	h := &fleet{lobby: openLobby(t, "phong-dien")}
	rest := film(t)
	clear(rest[200:]) // its head is right, and nothing else
	torn := h.bring("hong.webm", rest)
	good := h.bring("anh.png", picture(t, color.RGBA{14, 133, 102, 255}))
	settings := fmt.Sprintf(`"layout":"signage","playlist":[{"media":%q,"seconds":1},{"media":%q,"seconds":1}]`, torn, good)
	h.api.setVoice(t, h.center, `{`+settings+`,"voice":{"languages":["en","vi"],"repeats":1}}`)

	loud := voice.Sound{Rate: 48000, Samples: make([]float64, 24000)}
	for i := range loud.Samples {
		loud.Samples[i] = float64(1 - 2*(i/40%2)) // clipped all the way
	}
	dir := t.TempDir()
	for name, b := range map[string][]byte{"vi-0.wav": []byte("torn"), "vi-1.wav": loud.WAV()} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	m := h.device("display", displayScreen, "-server", h.p.url, "-data", t.TempDir(), "-voice", dir, "-listen", "127.0.0.1:0")
	h.display = m
	h.pair(m)
	m.tab.until("the picture that is one", fmt.Sprintf(`document.querySelector('.media')?.dataset.media === %q && document.querySelector('.media img')?.naturalWidth === 320`, good))
	says := func(words ...string) {
		t.Helper()
		for _, w := range words {
			if !poll(patience, func() bool { return strings.Contains(m.logs.String(), w) }) {
				t.Errorf("the program does not say %q; it says:\n%s", w, m.logs)
			}
		}
	}
	says("a file for the screen cannot be shown", torn, "some recordings are not as they should be", "vi-0.wav: it cannot be played", "vi-2 (hai)", "vi-1.wav", "clipped")
	if n := strings.Count(m.logs.String(), "cannot be shown"); n != 1 {
		t.Errorf("it says %d times that the file cannot be shown", n)
	}

	h.counter(1, "open", nil)
	m.tab.until("it speaks", speaks)
	h.hush()
	h.issue("chung-thuc")
	h.counter(1, "call-next", nil)
	t.Log(h.heard())
	asked := `performance.getEntriesByType('resource').map((e) => new URL(e.name)).filter((u) => u.pathname.endsWith('/voice/announcement')).map((u) => u.searchParams)`
	if got := ask[string](m.tab, `((q) => [q.get('languages'), q.get('repeats'), q.get('waiting')].join(' '))(`+asked+`.at(-1))`); got != "en,vi 1 0" {
		t.Errorf("it asked for languages, repeats and those that wait: %s", got)
	}
	for range 3 {
		h.issue("chung-thuc")
	}
	for range 3 {
		h.counter(1, "call-next", map[string]bool{"finish": true})
	}
	m.tab.until("all are said", fmt.Sprintf(`window.moiso.sound.talk.said.length === %d`, len(h.called())))
	m.tab.until("the good picture still", fmt.Sprintf(`document.querySelector('.media')?.dataset.media === %q`, good))
	m.tab.shot("goes-on")
	m.tab.excuse("cannot be shown")
}
