package main

import (
	"fmt"
	"slices"
	"sync"
	"testing"
)

// TestTwoClerksWorkSideBySide is a morning of two counters of one field: they press
// at once, send each other visits, are refused, take a counter over, pause and close,
// and lose the server for a while.
func TestTwoClerksWorkSideBySide(t *testing.T) {
	t.Parallel()
	h := openLobby(t, "thuan-hoa")
	h.p.kill()
	console(t, "một mật khẩu dài\n", "user", "add", "-data", h.dir, "-role", "clerk", "-center", "thuan-hoa", "-name", "Nguyễn Văn An", "-password-stdin", "an")
	h.start()
	var ids []string
	for range 5 {
		ids = append(ids, h.issue("chung-thuc").ID)
	}
	words := wordsOf(t, "counter")
	a := &clerk{tab: openTab(t, "clerk-a", deskScreen), words: words}
	b := &clerk{tab: openTab(t, "clerk-b", deskScreen), words: words, mouse: true}
	h.enter(a.tab, "/counter/thuan-hoa/1", "demo", "demo")
	h.enter(b.tab, "/counter/thuan-hoa/2", "an", "một mật khẩu dài")
	a.does("open", " ")
	b.does("open", "")
	rested(a.tab)
	rested(b.tab)

	// Both call at the same moment: two people, one each.
	var both sync.WaitGroup
	both.Go(func() { a.key(" ") })
	both.Go(func() { b.press(".c-primary", "") })
	both.Wait()
	held := func(c *clerk) string {
		c.until("somebody is called", `document.querySelector('.c-visit--called')`)
		return c.text(".c-visit--called .c-number")
	}
	got := []string{held(a), held(b)}
	if sorted := slices.Sorted(slices.Values(got)); !slices.Equal(sorted, []string{"A001", "A002"}) {
		t.Fatalf("the two clerks called %v", got)
	}

	// A visit is sent to the other counter, which has it first, marked as its own.
	b.mouseAway()
	a.does("transfer", "c")
	a.press("dialog .c-quick--desks .c-place", "2")
	a.free()
	b.until("the visit is kept for counter 2", fmt.Sprintf(`/%s.*%s/s.test(document.querySelector('.c-row')?.innerText)`, got[0], wordsOf(t, "desk")["desk.kept"]))
	b.shot("1-kept")

	// A number that nobody has, and one out of turn: refused in words, and the words go with the dialog.
	a.does("number", "g")
	a.until("the number is asked", `document.activeElement?.id === 'number'`)
	a.key("Z999\r")
	a.until("it is not found", `document.querySelector('dialog [role=alert]')?.innerText.includes('Không tìm thấy phiếu')`)
	a.excuse("404")
	a.shot("2-unknown")
	a.key("\x1b")
	a.until("the dialog is gone", `!document.querySelector('dialog[open]')`)
	a.press(".c-row", "A004")
	a.until("the ticket's panel", `document.querySelector('dialog[open] .c-facts')`)
	if ask[bool](a.tab, `!!document.querySelector('dialog [role=alert]')`) {
		t.Error("the panel of another ticket shows an old refusal")
	}
	a.typeInto("dialog #because", "người già mệt")
	a.shot("3-out-of-turn")
	a.key("\r")
	a.holds("A004", "called")

	b.does("finish", "")
	b.free()
	b.press(".c-row", "A005")
	b.typeInto("dialog #because", "quen biết")
	b.press("dialog .btn--primary", words["counter.do.number.this"])
	b.until("a clerk may not", `document.querySelector('dialog [role=alert]')?.innerText.includes('ngoài lượt')`)
	b.excuse("403")
	b.shot("4-refused")
	b.press("dialog button", "Đóng")

	// The other account looks at counter 1, sees whose it is, and takes it over.
	b.open(h.url("/counter/thuan-hoa/1"))
	b.holds("A004", "called")
	b.until("whose counter it is", `/Demo.*đang giữ quầy này/s.test(document.querySelector('.c-band')?.innerText)`)
	top := `document.querySelector('.c-primary').getBoundingClientRect().top`
	with := ask[float64](b.tab, top)
	b.shot("5-whose")
	b.press(".c-band button", words["counter.takeover"])
	b.until("it is taken over", `!document.querySelector('.c-band')`)
	if without := ask[float64](b.tab, top); with != without {
		t.Errorf("the band moved the buttons from %v to %v", without, with)
	}
	a.until("the first clerk reads who has it now", `/Nguyễn Văn An đang giữ quầy này/.test(document.querySelector('.c-band')?.innerText)`)
	a.press(".c-band button", words["counter.takeover"])
	a.until("and takes it back", `!document.querySelector('.c-band')`)

	// The server is away: nothing is sent, nothing moves, nothing is called when it is back.
	calls := h.called()
	for _, c := range []*clerk{a, b} {
		c.serverGoes()
	}
	h.p.kill()
	a.until("the page says that it is old", `document.querySelector('.band--stale') && document.querySelector('.c-primary').disabled`)
	a.key(" ")
	a.key("n")
	a.shot("6-away")
	h.start()
	a.until("the page is back", `!document.querySelector('.band--stale') && !document.querySelector('.c-primary').disabled`)
	a.holds("A004", "called")
	if now := h.called(); !slices.Equal(now, calls) {
		t.Errorf("the calls were %v and are %v after the server was away", calls, now)
	}

	// Pausing waits for the visit in hand; a free counter closes.
	a.does("pause", "p")
	a.until("it pauses after this visit", `document.querySelector('.c-state--pausing')`)
	a.does("start", "s")
	a.holds("A004", "serving")
	a.does("finishOnly", " ")
	a.until("it is paused", `document.querySelector('.c-state--paused')`)
	a.does("resume", "p")
	a.until("it is open", `document.querySelector('.c-state--open')`)
	a.press(".c-head button", words["counter.do.close"])
	a.until("it is closed", `document.querySelector('.c-state--closed')`)
	if k := h.ticket(ids[3]); k.State != "done" {
		t.Errorf("the last visit is %+v", k)
	}
	flaws(a.tab)
}
