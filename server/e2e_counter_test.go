package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"moiso/assets"
)

// wordsOf are the Vietnamese texts of an area, as people read them.
func wordsOf(t testing.TB, area string) map[string]string {
	t.Helper()
	b, err := assets.FS.ReadFile("locales/vi/" + area + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var words map[string]string
	if err := json.Unmarshal(b, &words); err != nil {
		t.Fatal(err)
	}
	return words
}

// clerk works at a counter, with the keys or with the mouse.
type clerk struct {
	*tab
	words map[string]string
	mouse bool
}

// does does a verb: by its key, or by pressing its button.
func (c *clerk) does(verb, key string) {
	c.t.Helper()
	rested(c.tab)
	if !c.mouse && key != "" {
		c.key(key)
		return
	}
	words := c.words["counter.do."+verb]
	if words == "" {
		c.t.Fatalf("there are no words for %s", verb)
	}
	c.press("button", words)
	c.mouseAway()
}

// holds waits until the counter holds a number in a state.
func (c *clerk) holds(number, state string) {
	c.t.Helper()
	class := map[string]string{"called": ".c-visit--called", "serving": ".c-visit:not(.c-visit--called)"}[state]
	c.until(number+" is "+state, fmt.Sprintf("document.querySelector('%s .c-number:not(.c-number--next)')?.innerText === %q", class, number))
}

// free waits until the counter holds nobody.
func (c *clerk) free() {
	c.t.Helper()
	c.until("the counter is free", `document.querySelector('.c-visit--none, .c-visit--next')`)
}

// waits until these numbers are the line, in this order.
func (c *clerk) waits(want ...string) {
	c.t.Helper()
	c.until("the line is "+strings.Join(want, " "), fmt.Sprintf("[...document.querySelectorAll('.c-line .c-row-n')].map((e) => e.innerText).join(' ') === %q", strings.Join(want, " ")))
}

// TestAClerkDoesEverythingByKeysAlone and its twin below walk through every verb.
func TestAClerkDoesEverythingByKeysAlone(t *testing.T) {
	t.Parallel()
	everyVerb(t, "counter-keys", "phu-xuan", false)
}

func TestAClerkDoesEverythingByMouseAlone(t *testing.T) {
	t.Parallel()
	everyVerb(t, "counter-mouse", "vy-da", true)
}

func everyVerb(t *testing.T, name, center string, mouse bool) {
	h := openLobby(t, center)
	var ids []string
	for range 6 {
		ids = append(ids, h.issue("chung-thuc").ID)
	}
	display := openTab(t, name+"-display", displayScreen)
	display.open(h.url("/display/" + center))
	display.until("the board", `document.querySelectorAll('[data-counter]').length`)
	c := &clerk{tab: openTab(t, name, deskScreen), words: wordsOf(t, "counter"), mouse: mouse}
	h.enter(c.tab, "/counter/"+center+"/2", "demo", "demo")

	c.until("the line", `document.querySelectorAll('.c-row').length === 6`)
	c.does("open", " ")
	c.until("the counter is open", `document.querySelector('.c-state--open')`)
	c.does("next", " ")
	c.holds("A001", "called")
	if !mouse {
		c.key("  ") // a nervous thumb neither starts the visit nor calls another
	}
	c.does("recall", "r")
	c.until("called twice", `/Đã gọi 2 lần/.test(document.querySelector('.c-visit').innerText)`)
	c.shot("1-called-again")
	c.does("start", "s")
	c.holds("A001", "serving")

	// The dossier code is scanned, or typed and left for the next button; a note stays with the visit.
	if mouse {
		c.typeInto("#note", "hẹn trả chiều")
		c.typeInto("#dossier", "H57.12-0042")
	} else {
		c.strike("d")
		c.until("the dossier code has the focus", `document.activeElement?.id === 'dossier'`)
		c.key("H57.12-0042\r")
		c.until("the keyboard is the counter's again, and the code on the card", `document.activeElement?.id !== 'dossier' && document.querySelector('.c-about').innerText.includes('H57.12-0042')`)
	}
	c.does("finishNext", " ")
	c.holds("A002", "called")
	if k := h.ticket(ids[0]); k.Reference != "H57.12-0042" || k.State != "done" {
		t.Errorf("with its dossier code the ticket is %+v", k)
	}
	if mouse {
		var kept struct{ Note string }
		if _, err := h.api.get("/api/v1/tickets/"+ids[0]+"/note", &kept); err != nil || kept.Note != "hẹn trả chiều" {
			t.Errorf("the note is %q, %v", kept.Note, err)
		}
	}

	c.does("noShow", "n")
	c.free()
	c.does("next", " ")
	c.holds("A003", "called")
	c.does("park", "h")
	c.until("why it is parked is asked", `document.querySelector('dialog[open] #why')`)
	c.shot("2-park")
	if mouse {
		c.press("dialog .c-quick button", c.words["counter.park.copy"])
	} else {
		c.key("đi photocopy\r")
	}
	c.free()
	c.until("it is to be called back, with the reason", `/A003.*đi photocopy/s.test(document.querySelector('[aria-labelledby=back-h]').innerText)`)

	// A parked ticket is called back from its row, a missing person returns from theirs.
	c.press("[aria-labelledby=back-h] button", "Gọi")
	c.holds("A003", "called")
	c.does("start", "s")
	c.holds("A003", "serving")
	c.does("transfer", "c")
	c.until("where to is asked", `document.querySelector('dialog[open] .c-place')`)
	c.shot("3-transfer")
	if mouse {
		c.press("dialog .c-place", "Hộ tịch")
	} else {
		c.until("the first field has the focus", `document.activeElement.matches('dialog .c-place')`)
		c.key("\r")
	}
	c.free()
	if k := h.ticket(ids[2]); k.Number != "A003" || k.Service != "ho-tich" || k.State != "waiting" {
		t.Errorf("the transferred ticket is %+v", k)
	}
	c.press("[aria-labelledby=back-h] button", "Đã quay lại")
	c.waits("A004", "A005", "A002", "A006")

	c.does("next", " ")
	c.holds("A004", "called")
	c.does("putBack", "b")
	c.free()
	c.until("A004 is first again", `document.querySelector('.c-number--next')?.innerText === 'A004' && document.querySelector('.c-line .c-row-n').innerText === 'A004'`)
	c.does("next", " ")
	c.holds("A004", "called")
	c.does("start", "s")
	c.holds("A004", "serving")
	c.does("finish", "f")
	c.free()
	if mouse {
		c.press("[aria-labelledby=back-h] button", "Mở lại")
	} else {
		c.key("z")
	}
	c.holds("A004", "serving")
	c.shot("4-reopened")

	// Several are to be seen in one go, and the board has shown each call once.
	first := ask[string](c.tab, `document.querySelector('.c-line .c-row-n').innerText`)
	c.does("finishNext", " ")
	c.holds(first, "called")
	want := h.called()
	display.until("the board has shown everything", fmt.Sprintf("window.moiso.seen.at(-1) === %d", want[len(want)-1]))
	got := seen(display)
	if !slices.IsSorted(got) || len(slices.Compact(slices.Clone(got))) != len(got) {
		t.Errorf("the board showed %v, out of order or twice", got)
	}
	for _, n := range want {
		if !slices.Contains(got, n) {
			t.Errorf("the board did not show call %d; it showed %v", n, got)
		}
	}
	display.shot("last")
	if !mouse {
		c.press("body", "") // no key is lost to what has the focus
		c.key("?")
		c.until("the keys are shown", `document.querySelector('dialog[open] .c-keys')`)
		c.shot("5-keys")
		c.key("\x1b")
		c.until("they are gone", `!document.querySelector('dialog[open]')`)
	}
	c.as(narrowDesk)
	c.until("a narrow page", `innerWidth === 420`)
	flaws(c.tab)
	c.shot("6-narrow")
}

// strike presses a letter as a keyboard does. The key method sends the character by
// itself, so that it arrives even where the page has taken the key for a command.
func (c *clerk) strike(letter string) {
	c.t.Helper()
	for _, e := range []input.DispatchKeyEventParams{
		{Type: input.DispatchKeyEventTypeKeyDown, Key: letter, Code: "Key" + strings.ToUpper(letter), Text: letter},
		{Type: input.DispatchKeyEventTypeKeyUp, Key: letter, Code: "Key" + strings.ToUpper(letter)},
	} {
		if _, err := chromedp.Call(c.ctx, input.DispatchKeyEvent, e); err != nil {
			c.t.Fatal(err)
		}
	}
}
