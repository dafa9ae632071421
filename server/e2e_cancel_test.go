package main

import (
	"fmt"
	"testing"
)

// later is a page whose clock the test moves on: window.later(seconds).
const later = `(() => {
  const real = performance.now.bind(performance);
  let ahead = 0;
  performance.now = () => real() + ahead;
  window.later = (s) => { ahead += s * 1000; return true; };
  return true;
})()`

// TestANumberCanBeGivenBackForHalfAMinute cancels just in time, too late, and with the
// question asked in time and answered too late; whatever becomes of a number, nobody
// else gets it.
func TestANumberCanBeGivenBackForHalfAMinute(t *testing.T) {
	t.Parallel()
	h := openLobby(t, "phu-bai")
	p := openTab(t, "cancel", kioskScreen)
	p.open(h.url("/kiosk/phu-bai"))
	p.until("the fields", `document.querySelectorAll('[data-service]').length === 9`)
	ask[bool](p, later)
	const offered, asked = `document.querySelector('[data-act=cancel]')`, `document.querySelector('[data-act=cancel-yes]')`
	state := func(id string) string {
		t.Helper()
		return h.ticket(id).State
	}

	// After 28 seconds.
	first, id := takeNumber(p, "chung-thuc")
	ask[bool](p, `window.later(28)`)
	p.press("[data-act=cancel]", "")
	p.press("[data-act=cancel-yes]", "")
	p.until("that it is cancelled", `document.querySelector('[data-screen=cancelled]')`)
	if got := state(id); got != "cancelled" {
		t.Errorf("%s is %s", first, got)
	}
	p.shot("1-cancelled")
	p.press(".full .btn--primary", "")
	p.until("the fields", `document.querySelector('[data-screen=start]')`)

	// After 31.
	second, id := takeNumber(p, "chung-thuc")
	if second == first {
		t.Errorf("the cancelled number %s was given out again", first)
	}
	p.until("the button", offered)
	ask[bool](p, `window.later(31)`)
	p.until("no button any more", "!"+offered+` && document.querySelector('[data-act=finish]')`)
	p.shot("2-too-late")

	// The holder's phone is not the kiosk's screen: it may give the number up until it is called.
	if _, err := h.api.post("/api/v1/tickets/"+id+"/cancel", struct{}{}, "", nil); err != nil {
		t.Errorf("by its code a waiting ticket is not cancelled: %v", err)
	}
	p.press("[data-act=finish]", "")
	p.until("the fields", `document.querySelector('[data-screen=start]')`)

	// Asked in time. The answer that comes with the thirty-first second is too late, even
	// when the question still stands there.
	third, id := takeNumber(p, "chung-thuc")
	p.press("[data-act=cancel]", "")
	p.until("the question", asked)
	p.until("the question is gone", `(() => { if (document.querySelector('[data-act=cancel-yes]')) { window.later(31); document.querySelector('[data-act=cancel-yes]').click(); } return !`+asked+` && !`+offered+`; })()`)
	p.until("the number stands there", fmt.Sprintf(`document.querySelector('[data-screen=done] .done__number')?.innerText === %q`, third))
	if got := state(id); got != "waiting" {
		t.Errorf("%s is %s", third, got)
	}
	p.press("[data-act=finish]", "")
	p.until("the fields", `document.querySelector('[data-screen=start]')`)

	// Called, it is not given up any more by anyone's touch.
	h.counter(1, "open", nil)
	if called := h.counter(1, "call-next", nil); called.Number != third {
		t.Errorf("%s is called, want %s: the others are cancelled", called.Number, third)
	}
	if _, err := h.api.post("/api/v1/tickets/"+id+"/cancel", struct{}{}, "", nil); refusedAs(err) != "wrong_state" {
		t.Errorf("cancelling a called ticket: %v", err)
	}
	numbers := map[string]bool{}
	h.issue("chung-thuc")
	for _, row := range h.tickets() {
		if numbers[row.Number] {
			t.Errorf("%s was given out twice", row.Number)
		}
		numbers[row.Number] = true
	}
	if len(numbers) != 4 || !numbers["A004"] {
		t.Errorf("the day's numbers are %v, want four without a hole", numbers)
	}
}
