package main

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"moiso/internal/view"
)

// TestNewDevicesAreLetInOnThePageAreSetLiveAndEndAtOnce starts a kiosk and a screen with
// nothing but the server's address, and lets them in as a manager does.
func TestNewDevicesAreLetInOnThePageAreSetLiveAndEndAtOnce(t *testing.T) {
	t.Parallel()
	h := openLobby(t, "thuan-hoa")
	dir := t.TempDir()
	kioskAt := startDevice(t, "kiosk", "", "-server", h.p.url, "-data", filepath.Join(dir, "kiosk"), "-listen", "127.0.0.1:0")
	displayAt := startDevice(t, "display", "", "-server", h.p.url, "-data", filepath.Join(dir, "display"), "-listen", "127.0.0.1:0")

	// Both show a code; the QR code beside it leads a manager to the page.
	kiosk, display := openTab(t, "pairing-kiosk", kioskScreen), openTab(t, "pairing-display", displayScreen)
	for _, p := range []*tab{kiosk, display} {
		p.serverGoes() // a page is of one centre: its sockets end when the device gets another
	}
	kiosk.open(kioskAt)
	display.open(displayAt)
	code, second := shownCode(kiosk), shownCode(display)
	address := seenCode(kiosk, "1-code")
	if want := h.url("/admin/devices?code=" + code); address != want {
		t.Errorf("the code on the kiosk leads to %s, want %s", address, want)
	}
	if address := seenCode(display, "1-code"); !strings.HasSuffix(address, "code="+second) {
		t.Errorf("the code on the screen leads to %s", address)
	}
	barriers(kiosk, " with a code")
	barriers(display, " with a code")

	// The manager enters it.
	desk := openTab(t, "pairing-desk", deskScreen)
	h.enter(desk, "/admin/devices", "demo", "demo")
	desk.open(h.url("/admin/devices?center=thuan-hoa&code=" + code))
	desk.until("the scanned code", fmt.Sprintf("document.querySelector('#pair-code')?.value === %q", code))
	desk.typeInto("#pair-place", "Sảnh chính, cửa trái")
	desk.press(".desk-pairing button", "")
	desk.until("the kiosk in the list", "document.querySelector('.desk-table [data-standing=online]')")
	kiosk.until("its fields", "document.querySelectorAll('[data-service]').length > 4")
	desk.shot("2-let-in")
	if info, err := os.Stat(filepath.Join(dir, "kiosk", "credential.json")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the credential: %v %v", info, err)
	}
	if number, id := takeNumber(kiosk, "chung-thuc"); h.ticket(id).Number != number {
		t.Errorf("the number %s is not the ticket's", number)
	}
	kiosk.press("[data-act=finish]", "")

	// The screen is let in from the command line.
	said := must(t, "demo\n", "device", "approve", strings.ToLower(second), "-center", "thuan-hoa", "-role", "display", "-place", "Trên quầy 1", "-server", h.p.url, "-username", "demo")
	if !strings.Contains(said, "let in: display at thuan-hoa, Trên quầy 1") {
		t.Errorf("the command says %q", said)
	}
	display.until("the board", "document.querySelector('.board')")

	// A setting is live on the kiosk within a second.
	begun := time.Now()
	if _, err := h.api.post("/api/v1/centers/thuan-hoa/kiosk-settings", map[string]any{"services": []string{"ho-tich", "chung-thuc"}}, "", nil); err != nil {
		t.Fatal(err)
	}
	kiosk.until("two fields", "document.querySelectorAll('[data-service]').length === 2")
	live := time.Since(begun)

	// Ended on the page, with time to think again; ended by the API, at once.
	desk.until("both devices", "document.querySelectorAll('.desk-table [data-standing=online]').length === 2")
	desk.until("its panel", "document.querySelector('.desk-panel .btn--danger')")
	barriers(desk, " with a panel")
	desk.shot("3-panel")
	desk.press(".desk-panel .btn--danger", "")
	desk.press(".desk-panel [role=group] .btn", "")
	desk.until("taken back", "document.querySelector('.desk-panel .btn--danger')")
	desk.press(".desk-panel .btn--danger", "")
	kiosk.until("the code of a revoked kiosk", "document.body.dataset.center === '' && document.querySelector('[data-code=pairing-revoked] .pairing__code')?.innerText.length === 6")
	settled(kiosk)
	kiosk.shot("4-revoked")
	desk.until("one device", "document.querySelectorAll('tr[data-device]').length === 1")

	// Its letter stays reserved until the manager, asked twice, waits no more for its slips.
	desk.until("its letter", "document.querySelector('.desk-lanes li .btn')")
	desk.press(".desk-lanes li .btn", "")
	desk.until("the warning", "document.querySelector('.desk-lanes [role=alert]')")
	barriers(desk, " before a letter is free")
	if letters(t, h) != 1 {
		t.Error("the letter is free before the second press")
	}
	desk.press(".desk-lanes .btn--danger", "")
	desk.until("no letter", "!document.querySelector('.desk-lanes')")
	if n := letters(t, h); n != 0 {
		t.Errorf("%d letters are reserved after the manager gave up their slips", n)
	}

	var devices struct{ Devices []view.Device }
	if _, err := h.api.get("/api/v1/devices?"+url.Values{"center": {"thuan-hoa"}}.Encode(), &devices); err != nil {
		t.Fatal(err)
	}
	begun = time.Now()
	for _, d := range devices.Devices {
		if d.Role == "display" && !d.Revoked {
			if _, err := h.api.post("/api/v1/devices/"+d.ID+"/revoke", struct{}{}, "", nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	display.until("the end of its credential", "document.querySelector('[data-code=pairing-revoked]')")
	ended := time.Since(begun)
	display.until("a new code", "document.querySelector('[data-code=pairing-revoked] .pairing__code')")
	t.Logf("a setting is on the kiosk's screen after %v, a revocation on the display's after %v", live.Round(time.Millisecond), ended.Round(time.Millisecond))

	for _, p := range []*tab{kiosk, display} {
		p.excuse("status of 404")
	}

	// The monitor shows the hall.
	desk.open(h.url("/monitor/thuan-hoa"))
	desk.until("the hall", "document.querySelectorAll('.desk-figure').length === 6")
	barriers(desk, " at the monitor")
	desk.shot("5-monitor")
}

// letters is how many letters are reserved for kiosks that are gone.
func letters(t *testing.T, h *lobby) (n int) {
	t.Helper()
	var lanes []view.Lane
	if _, err := h.api.get("/api/v1/centers/thuan-hoa/lanes", &lanes); err != nil {
		t.Fatal(err)
	}
	for _, l := range lanes {
		if l.Withdrawn {
			n++
		}
	}
	return n
}

// shownCode is the pairing code on a device's screen.
func shownCode(p *tab) string {
	p.t.Helper()
	p.until("a pairing code", "document.querySelector('[data-code=pairing-waiting] .pairing__code')?.innerText.trim().length === 6")
	p.until("its QR code", "(() => { const i = document.querySelector('img[src*=\"pairing.svg\"]'); return i?.complete && i.naturalWidth; })()")
	settled(p)
	return p.text(".pairing__code")
}
