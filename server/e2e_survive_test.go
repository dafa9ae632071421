package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"moiso/internal/testbed"
	"moiso/internal/view"
)

// TestDevicesSurviveWhatHappensInAHall is the journey of a ticket through the real
// programs, each a process with a browser of its own and a printer on a terminal, and
// then what happens in a hall: the server dies, the network is dead for a while, the
// paper is out, the screen is switched off and on. `make e2e-devices` runs it alone and
// prints what was survived; MOISO_CUT says for how long the network is dead.
func TestDevicesSurviveWhatHappensInAHall(t *testing.T) {
	h := openFleet(t)
	var table []string
	step := func(name string, f func() string) {
		begun := time.Now()
		found := f()
		table = append(table, fmt.Sprintf("%-34s %-62s %6.1f s", name, found, time.Since(begun).Seconds()))
	}
	step("a number taken, printed and called", h.journey)
	step("the server killed", h.serverKilled)
	step("the network dead for "+h.cutFor.String(), h.linkCut)
	step("out of paper", h.paperOut)
	step("the screen off and on", h.screenRestarted)
	step("the kiosk's power cut", h.kioskRestarted)
	h.noCallTwice()
	if !t.Failed() {
		fmt.Printf("\nwhat was survived\n%s\n", strings.Join(table, "\n"))
	}
}

// fleet is a centre with its devices, each a process with a browser of its own.
type fleet struct {
	*lobby
	link    *link
	printer *roll
	cutFor  time.Duration

	kioskDir, displayDir string // what the devices keep
	kiosk, display       *machineOf
	slips                int   // printed so far
	shown                []int // calls that the screen announced before it was switched off
	old                  []int // calls that are shown and may be too old to be announced
}

// machineOf is a device: its program, where its page is, and the browser on it.
type machineOf struct {
	role string
	cmd  *exec.Cmd
	logs *testbed.Text
	at   string
	tab  *tab
	args []string

	screen  screen
	profile string // what the browser keeps
}

func openFleet(t *testing.T) *fleet {
	t.Helper()
	h := &fleet{lobby: openLobby(t, "phu-bai"), printer: newRoll(t), cutFor: 6 * time.Second, kioskDir: t.TempDir(), displayDir: t.TempDir()}
	if s := os.Getenv("MOISO_CUT"); s != "" {
		d, err := time.ParseDuration(s)
		if err != nil {
			t.Fatalf("MOISO_CUT: %v", err)
		}
		h.cutFor = d
	}
	h.link = newLink(t, h.listen)
	h.kiosk = h.device("kiosk", kioskScreen, "-server", h.link.url(), "-data", h.kioskDir, "-printer", "serial://"+h.printer.path, "-listen", "127.0.0.1:0")
	h.display = h.device("display", displayScreen, "-server", h.link.url(), "-data", h.displayDir, "-listen", "127.0.0.1:0")
	for _, m := range []*machineOf{h.kiosk, h.display} {
		h.pair(m)
	}
	h.counter(1, "open", nil)
	return h
}

// device starts a program and a browser that shows its page.
func (h *fleet) device(role string, s screen, args ...string) *machineOf {
	h.t.Helper()
	m := &machineOf{role: role, args: args, screen: s, profile: h.t.TempDir()}
	h.on(m)
	return m
}

// boot starts the program of a device, at its old address when it had one.
func (h *fleet) boot(m *machineOf) {
	h.t.Helper()
	program, err := programs.Build(m.role)
	if err != nil {
		h.t.Fatal(err)
	}
	args := slices.Clone(m.args)
	if m.at != "" {
		args[len(args)-1] = strings.TrimPrefix(m.at, "http://")
	}
	m.cmd, m.logs = exec.Command(program, args...), &testbed.Text{}
	m.at = startProgram(h.t, m.cmd, m.logs)
	cmd := m.cmd
	h.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if h.t.Failed() {
			h.t.Logf("%s says:\n%s", m.role, m.logs)
		}
	})
}

// local is what a device says of itself to its page.
type local struct {
	Device  string `json:"device"`
	Pairing *struct {
		State, Code string
	} `json:"pairing"`
	Offline *time.Time `json:"offline_since"`
	Spool   int        `json:"spool"`
	Printer struct {
		State string
	} `json:"printer"`
}

func (m *machineOf) local() (v local, err error) {
	res, err := http.Get(m.at + "/local/state")
	if err != nil {
		return v, err
	}
	defer res.Body.Close()
	return v, json.NewDecoder(res.Body).Decode(&v)
}

// says waits until a device says something of itself.
func (h *fleet) says(m *machineOf, what string, holds func(local) bool) {
	h.t.Helper()
	var last local
	if !poll(patience, func() bool {
		v, err := m.local()
		last = v
		return err == nil && holds(v)
	}) {
		h.t.Fatalf("the %s: %s did not come about; it says %+v", m.role, what, last)
	}
}

// pair lets a manager enter the code that stands on a device's screen.
func (h *fleet) pair(m *machineOf) {
	h.t.Helper()
	var code string
	h.says(m, "a code to pair it", func(v local) bool {
		if v.Pairing != nil {
			code = v.Pairing.Code
		}
		return code != ""
	})
	m.tab.until("the code on the screen", fmt.Sprintf("document.body.innerText.replace(/\\s/g, '').includes(%q)", code))
	m.tab.shot("0-code")
	body := map[string]string{"code": code, "center": h.center, "role": m.role, "place": "sảnh chính"}
	if _, err := h.api.post("/api/v1/devices/approve", body, "", nil); err != nil {
		h.t.Fatalf("the code of the %s: %v", m.role, err)
	}
	h.says(m, "its own credential", func(v local) bool { return v.Pairing == nil && v.Device != "" })
}

// issue takes a number at the kiosk as a person does, and reads the slip.
func (h *fleet) take(name string) (number, id string) {
	h.t.Helper()
	number, id = takeNumber(h.kiosk.tab, "chung-thuc")
	h.kiosk.tab.shot(name)
	return number, id
}

// slip waits for the next slip and compares its code with the ticket.
func (h *fleet) slip(name, number, id string) {
	h.t.Helper()
	if !poll(patience, func() bool { return h.printer.printed() > h.slips }) {
		h.t.Fatalf("%s: nothing was printed", name)
	}
	path := h.printer.keep(h.slips, "survive-slip-"+name)
	h.slips = h.printer.printed()
	// A slip of the lane names its number too, for the counter that does not know it yet.
	if got := readCode(h.t, path); !strings.HasSuffix(got+"/", "/T/"+id+"/") && !strings.HasSuffix(got, "/T/"+id+"/"+number) {
		h.t.Errorf("%s: the code on paper says %s, the ticket is %s", name, got, id)
	}
}

// call calls the next number and waits until the screen shows it.
func (h *fleet) call(name, want string) view.Ticket {
	h.t.Helper()
	k := h.counter(1, "call-next", map[string]bool{"finish": true})
	if k.Number != want {
		h.t.Errorf("%s: %s was called, not %s", name, k.Number, want)
	}
	h.display.tab.until("the call of "+k.Number, fmt.Sprintf("document.querySelector('section.call[data-number=%s]')", k.Number))
	h.display.tab.shot(name)
	return k
}

// next leaves the number on the kiosk's screen behind.
func (h *fleet) next() { h.kiosk.tab.press("[data-act=finish]", "") }

func (h *fleet) journey() string {
	number, id := h.take("1-number")
	h.slip("1", number, id)
	h.next()
	h.hush()
	h.call("1-call", number)
	return fmt.Sprintf("%s printed, called, shown; %s", number, h.heard())
}

// serverKilled takes the server away in the middle: the kiosk gives out numbers of its
// lane, and the server takes them in when it is back.
func (h *fleet) serverKilled() string {
	h.p.kill()
	h.display.tab.until("the stale sign", `document.querySelector('[data-stale]')`)
	begun := time.Now()
	number, id := h.take("2-lane-number")
	took := time.Since(begun)
	h.laneNumber(number)
	h.slip("2", number, id)
	h.next()
	h.start()
	h.says(h.kiosk, "an empty spool", func(v local) bool { return v.Spool == 0 && v.Offline == nil })
	h.display.tab.until("a fresh board", `!document.querySelector('[data-stale]')`)
	h.call("2-call", number)
	return fmt.Sprintf("%s from the lane after %.1f s, printed, merged, called", number, took.Seconds())
}

// laneNumber checks the form of a number that a kiosk gave out alone.
func (h *fleet) laneNumber(number string) {
	h.t.Helper()
	if len(number) != 5 || number[0] != 'A' || number[1] < 'A' || number[1] > 'Z' {
		h.t.Errorf("%s is not a number of a lane", number)
	}
}

// linkCut makes the network dead while the server goes on calling.
func (h *fleet) linkCut() string {
	waiting := h.issue("chung-thuc")
	h.link.set(true)
	over := time.After(h.cutFor)
	begun := time.Now()
	first, id := h.take("3-lane-number")
	took := time.Since(begun)
	h.laneNumber(first)
	h.slip("3", first, id)
	h.next()
	meanwhile := h.counter(1, "call-next", map[string]bool{"finish": true})
	if h.cutFor > 45*time.Second {
		h.old = append(h.old, int(meanwhile.Call)) // over a minute old when the screen hears of it
	}
	h.display.tab.until("the stale sign", `document.querySelector('[data-stale]')`)
	h.display.tab.shot("3-link-cut")
	<-over
	second, id := h.take("3-lane-number-2")
	h.slip("3b", second, id)
	h.next()
	h.link.set(false)
	h.says(h.kiosk, "an empty spool", func(v local) bool { return v.Spool == 0 && v.Offline == nil })
	h.display.tab.until("a fresh board", `!document.querySelector('[data-stale]')`)
	h.display.tab.until("the call made meanwhile", fmt.Sprintf("document.querySelector('section.call[data-number=%s]')", waiting.Number))
	h.call("3-call", first)
	h.call("3-call-2", second)
	return fmt.Sprintf("%s, %s printed (%.1f s) and merged in order; %s caught up", first, second, took.Seconds(), waiting.Number)
}

// paperOut: numbers are shown instead of printed, and nothing comes out later.
func (h *fleet) paperOut() string {
	h.printer.load(false)
	h.says(h.kiosk, "no paper", func(v local) bool { return v.Printer.State == "paper_out" })
	number, id := h.take("4-no-paper")
	h.kiosk.tab.until("the plea to take a picture", `document.body.innerText.includes('Xin chụp ảnh')`)
	if got := seenCode(h.kiosk.tab, "4-no-paper"); !strings.HasSuffix(got, "/T/"+id) {
		h.t.Errorf("the code on the screen says %s, the ticket is %s", got, id)
	}
	h.alert("paper_out", true)
	h.next()
	h.printer.load(true)
	h.says(h.kiosk, "paper again", func(v local) bool { return v.Printer.State == "ready" })
	h.alert("paper_out", false)
	if n := h.printer.printed(); n != h.slips {
		h.t.Errorf("%d slips came out by themselves when there was paper again", n-h.slips)
	}
	h.call("4-call", number)
	return number + " shown large, staff alerted, nothing printed later"
}

// alert waits until the staff see, or see no more, what ails a device.
func (h *fleet) alert(kind string, there bool) {
	h.t.Helper()
	var last string
	if !poll(patience, func() bool {
		b, err := h.metrics()
		last = b
		return err == nil && strings.Contains(b, kind) == there
	}) {
		h.t.Errorf("alert %q: want %v; the metrics say:\n%s", kind, there, grep(last, "device"))
	}
}

func (h *fleet) metrics() (string, error) {
	res, err := http.Get(h.url("/metrics"))
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return string(b), err
}

func grep(text, word string) string {
	var out []string
	for line := range strings.Lines(text) {
		if strings.Contains(line, word) {
			out = append(out, line)
		}
	}
	return strings.Join(out, "")
}

// screenRestarted takes the screen's power while one call is made.
func (h *fleet) screenRestarted() string {
	before := announced(h.display.tab)
	h.display.off()
	missed := h.issue("chung-thuc")
	h.counter(1, "call-next", map[string]bool{"finish": true})
	h.on(h.display)
	h.display.tab.until("the call made meanwhile", fmt.Sprintf("document.querySelector('section.call[data-number=%s]')", missed.Number))
	h.display.tab.shot("5-screen-back")
	for _, n := range announced(h.display.tab) {
		if slices.Contains(before, n) {
			h.t.Errorf("call %d was announced again", n)
		}
	}
	h.shown = append(h.shown, before...)
	return missed.Number + ", called meanwhile, announced once; nothing else again"
}

// kioskRestarted takes the kiosk's power while numbers stand in its spool.
func (h *fleet) kioskRestarted() string {
	h.link.set(true)
	number, id := h.take("6-lane-number")
	h.slip("6", number, id)
	h.kiosk.off()
	h.on(h.kiosk)
	h.kiosk.tab.until("the fields, without the server", `document.querySelector('[data-screen=start] [data-service]')`)
	second, id := h.take("6-after-start")
	h.slip("6b", second, id)
	h.next()
	h.link.set(false)
	h.says(h.kiosk, "an empty spool", func(v local) bool { return v.Spool == 0 && v.Offline == nil })
	h.call("6-call", number)
	h.call("6-call-2", second)
	return fmt.Sprintf("%s kept, %s issued before the server was back; both called", number, second)
}

// off is the power cut of a device: its program and its browser are gone.
func (m *machineOf) off() {
	_ = m.cmd.Process.Kill()
	_ = m.cmd.Wait()
	m.tab.close()
}

// on gives a device its power back.
func (h *fleet) on(m *machineOf) {
	h.t.Helper()
	h.boot(m)
	m.tab = openBrowser(h.t, "survive-"+m.role, m.screen, m.profile)
	m.tab.serverGoes()
	m.tab.open(m.at)
}

// noCallTwice compares what the screen announced with what was called.
func (h *fleet) noCallTwice() {
	h.t.Helper()
	h.shown = append(h.shown, announced(h.display.tab)...)
	want := h.called()
	tooOld := func(n int) bool { return slices.Contains(h.old, n) }
	h.shown, want = slices.DeleteFunc(h.shown, tooOld), slices.DeleteFunc(want, tooOld)
	if !slices.Equal(h.shown, want) {
		h.t.Errorf("the screen announced the calls %v; called were %v", h.shown, want)
	}
}
