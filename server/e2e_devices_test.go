package main

import (
	"bufio"
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"moiso/internal/testbed"
)

// admit adds a device at the console, which wants the folder for itself, and gives its
// token. The server is away afterwards.
func (h *lobby) admit(role, place string) string {
	h.t.Helper()
	h.p.kill()
	said := console(h.t, "", "device", "add", "-data", h.dir, "-role", role, "-center", h.center, place)
	token := regexp.MustCompile(`token \(shown this once\): (\S+)`).FindStringSubmatch(said)
	if token == nil {
		h.t.Fatalf("there is no token in: %s", said)
	}
	return token[1]
}

// startDevice starts one of them and says where its page is.
func startDevice(t testing.TB, role string, env string, args ...string) string {
	t.Helper()
	at, _ := startStoppable(t, role, env, args...)
	return at
}

// startStoppable starts one, and gives the way to end it at once as a power cut does.
func startStoppable(t testing.TB, role string, env string, args ...string) (at string, stop func()) {
	t.Helper()
	program, err := programs.Build(role)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, args...)
	if env != "" {
		cmd.Env = append(cmd.Environ(), env)
	}
	errs := &testbed.Text{}
	at = startProgram(t, cmd, errs)
	stop = sync.OnceFunc(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	t.Cleanup(func() {
		stop()
		if t.Failed() {
			t.Logf("%s says:\n%s", role, errs)
		}
	})
	return at, stop
}

// startProgram starts a device program and gives the address of its page. Whoever
// starts it must end it.
func startProgram(t testing.TB, cmd *exec.Cmd, errs *testbed.Text) string {
	t.Helper()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	found := make(chan string, 1)
	go func() {
		sc := bufio.NewScanner(out)
		for sc.Scan() {
			if _, at, ok := strings.Cut(sc.Text(), " shows its page on "); ok {
				found <- at
			}
		}
	}()
	select {
	case at := <-found:
		return at
	case <-time.After(patience):
		_ = cmd.Process.Kill()
		t.Fatalf("%s does not say where its page is:\n%s", cmd.Path, errs)
		return ""
	}
}

// TestTheKioskAndTheScreenAreProgramsOfTheirOwn runs the journey through the real
// kiosk and display programs, and takes the server away from them.
func TestTheKioskAndTheScreenAreProgramsOfTheirOwn(t *testing.T) {
	t.Parallel()
	h := openLobby(t, "phu-bai")
	token := h.admit("kiosk", "cửa chính")
	h.start()
	kioskAt := startDevice(t, "kiosk", "MOISO_TOKEN="+token, "-server", h.p.url, "-center", "phu-bai", "-listen", "127.0.0.1:0")
	displayAt := startDevice(t, "display", "", "-server", h.p.url, "-center", "phu-bai", "-listen", "127.0.0.1:0")
	h.counter(1, "open", nil)

	kiosk, display := openTab(t, "device-kiosk", kioskScreen), openTab(t, "device-display", displayScreen)
	kiosk.open(kioskAt)
	display.open(displayAt)
	display.until("an empty board", `document.querySelector('.board[data-state=empty]')`)
	number, id := takeNumber(kiosk, "chung-thuc")
	address := seenCode(kiosk, "1-number")
	if want := strings.ToUpper(h.url("/t/" + id)); address != want {
		t.Errorf("the code says %s; the phone must reach the server itself at %s", address, want)
	}
	if k := h.ticket(id); k.Number != number || k.Source != "kiosk" {
		t.Errorf("the ticket is %+v", k)
	}
	if leak := ask[bool](kiosk, fmt.Sprintf("(document.cookie + document.documentElement.outerHTML + JSON.stringify(localStorage)).includes(%q)", token)); leak {
		t.Error("the device's token is in the browser")
	}
	kiosk.press("[data-act=finish]", "")
	h.counter(1, "call-next", nil)
	display.until("the call", fmt.Sprintf("document.querySelector('section.call[data-number=%s]')", number))
	display.shot("1-call")
	shown := seen(display)

	for _, p := range []*tab{kiosk, display} {
		p.serverGoes()
		ask[bool](p, "window.stillHere = true")
	}
	h.p.kill()
	display.until("the stale sign over what was last known", fmt.Sprintf("document.querySelector('[data-stale]') && document.querySelector('section.call--stale[data-number=%s]')", number))
	kiosk.until("the kiosk says that it is cut off and goes on", `/Mất kết nối từ/.test(document.querySelector('[data-screen=start] .ask')?.innerText)`)
	display.shot("2-server-away")
	kiosk.shot("2-server-away")
	// A screen that is switched on now shows what its program last knew.
	late := openTab(t, "device-display-late", displayScreen)
	late.serverGoes()
	late.open(displayAt)
	late.until("the stale board", fmt.Sprintf("document.querySelector('[data-stale]') && document.querySelector('section.call--stale[data-number=%s]')", number))
	late.shot("2-server-away")

	h.start()
	display.until("a fresh board", `!document.querySelector('[data-stale]') && document.querySelector('section.call:not(.call--stale)')`)
	kiosk.until("the kiosk is back", `!/Mất kết nối từ/.test(document.querySelector('[data-screen=start] .ask')?.innerText ?? 'Mất kết nối từ')`)
	second, _ := takeNumber(kiosk, "chung-thuc")
	h.counter(1, "call-next", map[string]bool{"finish": true})
	display.until("the next call", fmt.Sprintf("document.querySelector('section.call[data-number=%s]')", second))
	if got, want := seen(display), append(shown, h.called()[len(shown):]...); !slices.Equal(got, want) {
		t.Errorf("the screen showed the calls %v, want %v", got, want)
	}
	for _, p := range []*tab{kiosk, display} {
		if !ask[bool](p, "!!window.stillHere") {
			t.Errorf("%s was loaded anew instead of reconnecting", p.name)
		}
		p.shot("3-back")
	}
}
