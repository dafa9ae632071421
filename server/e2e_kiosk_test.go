package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// scanJS types as a scanner does: by the keys of a plain keyboard, faster than any
// hand, with Enter at the end. A letter that no key bears comes as a letter alone. Its pace
// is its own, two milliseconds a key, however busy the machine that shows the page is.
const scanJS = `((text, end) => {
  const shifted = { '|': 'Backslash', ':': 'Semicolon', '?': 'Slash', '_': 'Minus', '&': 'Digit7', '#': 'Digit3' };
  const plain = { '-': 'Minus', '/': 'Slash', '.': 'Period', ',': 'Comma', ' ': 'Space', '=': 'Equal', '\n': 'Enter', '\t': 'Tab' };
  let at = performance.now();
  for (const c of text + end) {
    at += 2;
    let code = '', shiftKey = false, key = c;
    if (/[a-z]/i.test(c)) { code = 'Key' + c.toUpperCase(); shiftKey = c !== c.toLowerCase(); }
    else if (/\d/.test(c)) code = 'Digit' + c;
    else if (c in shifted) { code = shifted[c]; shiftKey = true; }
    else if (c in plain) { code = plain[c]; key = { '\n': 'Enter', '\t': 'Tab' }[c] ?? c; }
    // What an input method makes of the letter is not what the key is.
    const garbled = /^Key/.test(code) ? 'Process' : key;
    for (const kind of ['keydown', 'keyup']) {
      const ev = new KeyboardEvent(kind, { code, key: garbled, shiftKey, bubbles: true, cancelable: true });
      Object.defineProperty(ev, 'timeStamp', { value: at });
      (document.activeElement ?? document.body).dispatchEvent(ev);
    }
  }
  return true;
})(%s, %s)`

// scan holds a code before the kiosk's scanner.
func (p *tab) scan(code, end string) {
	p.t.Helper()
	c, _ := json.Marshal(code)
	e, _ := json.Marshal(end)
	ask[bool](p, fmt.Sprintf(scanJS, c, e))
}

// TestTypingFindsAFieldWithoutItsMarks uses the keyboard on the screen.
func TestTypingFindsAFieldWithoutItsMarks(t *testing.T) {
	t.Parallel()
	h := openLobby(t, "vy-da")
	p := openTab(t, "kiosk-search", kioskScreen)
	p.open(h.url("/kiosk/vy-da"))
	p.press("[data-act=search]", "")
	for _, k := range "ho tich" {
		p.press(fmt.Sprintf("[data-key=%q]", string(k)), "")
	}
	p.until("one field", `[...document.querySelectorAll('[data-service]')].map((e) => e.dataset.service).join() === 'ho-tich'`)
	p.shot("found")
	p.press("[data-service=ho-tich]", "")
	p.until("the question", `document.querySelector('[data-screen=priority]') && /Hộ tịch/.test(document.querySelector('h1').innerText)`)
	if got := p.text(".priority__where"); !strings.Contains(got, "Khu ghế") {
		t.Errorf("the confirmation does not say where to wait: %q", got)
	}
	p.press("[data-act=back]", "")
	p.until("the fields again", `document.querySelectorAll('[data-service]').length === 9`)
	if n := len(h.tickets()); n != 0 {
		t.Errorf("going back gave out %d numbers", n)
	}
}

// TestAWordIsFoundByWhatFingersType asks the search itself.
func TestAWordIsFoundByWhatFingersType(t *testing.T) {
	t.Parallel()
	h := openLobby(t, "kim-tra")
	p := openTab(t, "kiosk-words", kioskScreen)
	p.open(h.url("/kiosk/kim-tra"))
	p.until("the fields", `document.querySelectorAll('[data-service]').length === 9`)
	services := ask[string](p, `fetch('/api/v1/centers/kim-tra').then((r) => r.json()).then((c) => JSON.stringify(c.services.map((s) => ({ ...s, name: { vi: s.name, en: s.name_en } }))))`)
	for query, want := range map[string]string{
		"ho tich": "ho-tich", "HỘ TỊCH": "ho-tich", "khai sinh": "ho-tich", "dang ky": "kinh-doanh", "đăng ký": "kinh-doanh",
		"so do": "dat-dai", "H": "ho-tich", "land": "dat-dai", "nha o": "xay-dung", "birth": "ho-tich", "tho van": "", "zzz": "",
	} {
		got := ask[[]string](p, fmt.Sprintf(`import(new URL('kiosk/plain.js', document.querySelector('script[type=module]').src)).then((m) => m.find(%s, %q).map((s) => s.id))`, services, query))
		if first := append(got, "")[0]; first != want {
			t.Errorf("%q finds %v; %q should come first", query, got, want)
		}
	}
}

// TestAReceiptLeadsToWhereResultsAreHandedOut scans a dossier's code.
func TestAReceiptLeadsToWhereResultsAreHandedOut(t *testing.T) {
	t.Parallel()
	h := openLobby(t, "hoa-chau")
	p := openTab(t, "kiosk-receipt", kioskScreen)
	p.open(h.url("/kiosk/hoa-chau"))
	p.until("the fields", `document.querySelectorAll('[data-service]').length === 9`)
	p.scan("H57.25-250714-0042", "\n")
	p.until("the field of results", `/Trả kết quả/.test(document.querySelector('[data-screen=priority] h1')?.innerText) && /H57.25-250714-0042/.test(document.body.innerText)`)
	p.excuse("status of 404") // the dossier has no appointment today
	p.shot("reference")
	p.press(".priority__plain", "")
	p.until("the number", `document.querySelector('[data-screen=done]')`)
	got := h.tickets()
	if len(got) != 1 || got[0].Service != "tra-ket-qua" || got[0].Reference != "H57.25-250714-0042" {
		t.Errorf("the receipt gave %+v", got)
	}
	p.press("[data-act=finish]", "")
	p.until("the fields", `document.querySelector('[data-screen=start]')`)
	p.scan("https://example.com/somewhere/else", "\n")
	p.until("a word about the code", `document.querySelector('[data-code=missing-code]')`)
}

// TestAScannedTicketSaysWhereItStands and brings a missed person back.
func TestAScannedTicketSaysWhereItStands(t *testing.T) {
	t.Parallel()
	h := openLobby(t, "an-cuu")
	k := h.issue("chung-thuc")
	h.issue("chung-thuc")
	p := openTab(t, "kiosk-scan", kioskScreen)
	p.open(h.url("/kiosk/an-cuu"))
	p.until("the fields", `document.querySelectorAll('[data-service]').length === 9`)
	code := "HTTPS://SO.EXAMPLE.VN/T/" + k.ID
	p.scan(code, "\n")
	p.until("the ticket", fmt.Sprintf(`document.querySelector('.found')?.dataset.number === %q`, k.Number))
	p.shot("waiting")
	p.press("[data-act=finish]", "")
	h.counter(1, "open", nil)
	h.counter(1, "call-next", nil)
	h.counter(1, "no-show", map[string]string{"ticket": k.ID})
	p.until("the fields", `document.querySelector('[data-screen=start]')`)
	p.scan(code, "\n")
	p.until("that it was missed", `document.querySelector('.found')?.dataset.state === 'missed'`)
	p.press("[data-act=return]", "")
	p.until("that it waits again", `document.querySelector('.found')?.dataset.state === 'waiting'`)
	p.shot("back")
	if got := h.ticket(k.ID); got.State != "waiting" {
		t.Errorf("the ticket is %s", got.State)
	}
	p.press("[data-act=finish]", "")
	p.until("the fields", `document.querySelector('[data-screen=start]')`)
	p.scan("https://so.example.vn/t/0000000000000000", "\n")
	p.until("that there is none", `document.querySelector('[data-code=missing-ticket]')`)
	p.excuse("status of 404")
}

// TestOneSittingHasALimit takes numbers without letting anyone else step up.
func TestOneSittingHasALimit(t *testing.T) {
	t.Parallel()
	h := openLobby(t, "thuy-xuan")
	p := openTab(t, "kiosk-limit", kioskScreen)
	p.open(h.url("/kiosk/thuy-xuan"))
	p.until("the fields", `document.querySelectorAll('[data-service]').length === 9`)
	// By script, because a slow machine would give a next person time to step up.
	got := ask[string](p, `(async () => {
  const seen = (sel) => new Promise((done) => { const t = setInterval(() => { const e = document.querySelector(sel); if (e) { clearInterval(t); done(e); } }, 5); });
  for (let n = 0; n < 4; n++) {
    (await seen('[data-screen=start] [data-service=ho-tich]')).click();
    const e = await seen('.priority__plain, [data-code=limit]');
    if (e.matches('[data-code=limit]')) return n + ' ' + e.innerText;
    e.click();
    (await seen('[data-act=finish]')).click();
  }
  return 'no limit';
})()`)
	if !strings.HasPrefix(got, "3 ") || !strings.Contains(got, "3 số") || !strings.Contains(got, "bàn hướng dẫn") {
		t.Errorf("after three numbers the kiosk says %q", got)
	}
	p.shot("limit")
	if n := len(h.tickets()); n != 3 {
		t.Errorf("%d numbers were given out", n)
	}
}
