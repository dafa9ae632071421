package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"moiso/internal/testbed"
	"moiso/internal/view"
)

// TestAHelperHasSlipsPrintedAtAPrintStation lets a station in by the code on its own
// paper, and has slips printed from the helper's phone and from a counter: one that comes
// out, one without paper, one after the station lost its power.
func TestAHelperHasSlipsPrintedAtAPrintStation(t *testing.T) {
	t.Parallel()
	h := openLobby(t, "thuan-hoa")
	r := newRoll(t)
	dir := filepath.Join(t.TempDir(), "station")
	args := []string{"print-station", "-server", h.p.url, "-data", dir, "-listen", "127.0.0.1:0", "-printer", "serial://" + r.path}
	at, stop := startStoppable(t, "kiosk", "", args...)
	page := openTab(t, "station", deskScreen)
	page.serverGoes() // it is of no centre first, and its program is killed
	page.open(at)
	page.until("the code", "document.querySelector('.station__code')")
	code := page.text(".station__code")
	page.shot("1-code")
	barriers(page, " with a code")
	testbed.Eventually(t, "the code on paper", func() bool { return r.printed() == 1 })
	if address := readCode(t, r.keep(0, "station-code")); address != h.url("/admin/devices?code="+code) {
		t.Errorf("the code on paper leads to %s", address)
	}

	// Before it is let in nobody is offered a printer.
	p := openTab(t, "station-assist", phoneScreen)
	h.enter(p, "/assist/thuan-hoa", "demo", "demo")
	p.until("the fields", `document.querySelectorAll('.a-field').length === 9`)
	p.press(".a-field", "Chứng thực")
	p.press("dialog .a-go", "")
	p.until("the number and its code", `document.querySelector('.a-qr')?.naturalWidth`)
	id := seenCode(p, "1-issued")
	id = id[strings.LastIndex(id, "/")+1:]
	if ask[bool](p, `!!document.querySelector('.print')`) {
		t.Error("a printer is offered where there is none")
	}
	p.press("dialog .btn--primary", "Xong")
	d := h.admitCode(code, "Bàn hướng dẫn")
	page.until("the printer", "document.querySelector('[data-printer=ready]')")

	// It comes out.
	open := func(number string) {
		t.Helper()
		p.press(".a-tabs button", "Tìm phiếu")
		p.press(".a-row", number)
		p.until("the slip", fmt.Sprintf("document.querySelector('dialog .a-number')?.innerText === %q", number))
		p.until("the printer", "document.querySelector('.print button:not([disabled])')")
	}
	open("A001")
	p.press(".print button", "In phiếu")
	p.until("that it is printed", `/Đã in tại Bàn hướng dẫn lúc/.test(document.querySelector('.print__said').innerText)`)
	p.shot("2-printed")
	barriers(p, " with a slip that was printed")
	page.until("the slip on the station's page", `/A001\s*đã in/.test(document.querySelector('.station__job').innerText)`)
	page.shot("2-printed")
	testbed.Eventually(t, "the slip", func() bool { return r.printed() == 2 })
	if address := readCode(t, r.keep(1, "station-slip")); !strings.HasSuffix(strings.ToUpper(address), id) {
		t.Errorf("the slip leads to %s, the ticket is %s", address, id)
	}

	// The paper ends: the button says so, and comes back with the paper.
	r.load(false)
	p.until("that there is no paper", `document.querySelector('.print button').disabled && /Hết giấy/.test(document.querySelector('.print').innerText)`)
	page.until("that there is no paper", "document.querySelector('[data-printer=paper_out]')")
	p.shot("3-no-paper")
	r.load(true)
	p.until("the paper", `!document.querySelector('.print button').disabled`)

	// The station loses its power, and is the same one when it is back.
	stop()
	_, _ = startStoppable(t, "kiosk", "", args...)
	testbed.Eventually(t, "the station is back", func() bool {
		var out struct{ Printers []view.PrinterOf }
		_, err := h.api.get("/api/v1/centers/thuan-hoa/prints", &out)
		return err == nil && len(out.Printers) == 1 && out.Printers[0].Device == d && out.Printers[0].Prints
	})

	// A clerk has the slip of the visit in hand printed once more.
	h.counter(1, "open", nil)
	h.counter(1, "call-next", nil)
	c := openTab(t, "station-counter", deskScreen)
	h.enter(c, "/counter/thuan-hoa/1", "demo", "demo")
	c.until("the printer", "document.querySelector('.print button:not([disabled])')")
	c.press(".print button", "In lại phiếu")
	c.until("that it is printed", `/Đã in tại Bàn hướng dẫn/.test(document.querySelector('.print__said').innerText)`)
	c.shot("4-printed")
	testbed.Eventually(t, "the second slip", func() bool { return r.printed() == 3 })
	r.keep(2, "station-reprint")
}

// admitCode lets in the device of a code, and gives its id.
func (h *lobby) admitCode(code, place string) string {
	h.t.Helper()
	var d view.Device
	if _, err := h.api.post("/api/v1/devices/approve", map[string]string{"code": code, "center": h.center, "place": place}, "", &d); err != nil {
		h.t.Fatal(err)
	}
	return d.ID
}
