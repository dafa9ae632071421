package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"moiso/internal/queue"
	"moiso/internal/view"
)

func night(off ...queue.Span) view.Board {
	b := view.Board{TimeZone: "Asia/Ho_Chi_Minh", Counters: []view.BoardCounter{{Number: 1, State: "closed"}}}
	b.Settings.Care.Off = off
	return b
}

func hue(t *testing.T, hour string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, "2025-07-14T"+hour+":00+07:00")
	if err != nil {
		t.Fatal(err)
	}
	return at.UTC()
}

func TestThePanelRestsInItsHoursAndOnlyWhenNobodyIsThere(t *testing.T) {
	evening := queue.Span{From: "18:00", To: "06:30"}
	for _, c := range []struct {
		hour string
		off  []queue.Span
		want bool
	}{
		{"12:00", []queue.Span{evening}, false},
		{"18:00", []queue.Span{evening}, true},
		{"23:59", []queue.Span{evening}, true},
		{"00:00", []queue.Span{evening}, true},
		{"06:29", []queue.Span{evening}, true},
		{"06:30", []queue.Span{evening}, false},
		{"12:00", []queue.Span{{From: "11:45", To: "12:45"}}, true},
		{"20:00", nil, false},
	} {
		if got := rests(night(c.off...), "", hue(t, c.hour)); got != c.want {
			t.Errorf("at %s with %v it rests: %v", c.hour, c.off, got)
		}
	}
	b := night(evening)
	b.Counters = append(b.Counters, view.BoardCounter{Number: 2, State: "open"})
	if rests(b, "", hue(t, "19:00")) {
		t.Error("a counter is open late, and the panel is dark")
	}
	number := "A042"
	b.Counters[1] = view.BoardCounter{Number: 2, State: "closed", TicketNumber: &number}
	if rests(b, "", hue(t, "19:00")) {
		t.Error("somebody is at a counter, and the panel is dark")
	}
	b = night()
	own := b.Settings
	own.Care.Off = []queue.Span{evening}
	b.Devices = map[string]queue.DisplaySettings{"d_1": own}
	if !rests(b, "d_1", hue(t, "19:00")) || rests(b, "d_2", hue(t, "19:00")) {
		t.Error("one screen has hours of its own, and another follows them")
	}
	if b := night(evening); rests(view.Board{TimeZone: "Nowhere/None", Settings: b.Settings}, "", hue(t, "19:00")) {
		t.Error("without a zone nobody knows the hour")
	}
}

func TestAPanelIsSwitchedOnceAChangeAndAFailureIsSaidOnce(t *testing.T) {
	var ran []string
	var said []string
	fail := false
	r := rester{words: &power{off: "OFF", on: "ON"}, said: func(err error) { said = append(said, err.Error()) },
		run: func(_ context.Context, c string) error {
			ran = append(ran, c)
			if fail {
				return errors.New("no answer")
			}
			return nil
		}}
	at := hue(t, "18:00")
	for n, dark := range []bool{false, true, true, true, false, false} {
		r.step(t.Context(), dark, at.Add(time.Duration(n)*5*time.Second))
	}
	if got := strings.Join(ran, " "); got != "OFF ON" {
		t.Errorf("it ran %s", got)
	}
	ran, fail = nil, true
	for n := range 36 { // three minutes
		r.step(t.Context(), true, at.Add(time.Duration(n)*5*time.Second))
	}
	if len(ran) != 3 || len(said) != 1 {
		t.Errorf("in three minutes it tried %d times and said %v", len(ran), said)
	}
}

func TestTheInstallersCommandIsRunBoundedAndItsWordsKept(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Log("the commands below are of a Unix shell")
		return
	}
	file := filepath.Join(t.TempDir(), "panel")
	p := &power{timeout: 300 * time.Millisecond}
	if err := p.run(t.Context(), "echo standby >> "+file); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(file); err != nil || string(b) != "standby\n" {
		t.Errorf("%q %v", b, err)
	}
	for command, words := range map[string]string{
		"echo no CEC adapter >&2; exit 3": "no CEC adapter",
		"/nowhere/cec-ctl --standby":      "/nowhere/cec-ctl",
		"sleep 30":                        "did not end within 300ms",
	} {
		begun := time.Now()
		err := p.run(t.Context(), command)
		if err == nil || !strings.Contains(err.Error(), words) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", command, err)
		}
		if time.Since(begun) > 10*time.Second {
			t.Errorf("%s held the program for %v", command, time.Since(begun))
		}
	}
}

func TestTheTwoCommandsGoTogether(t *testing.T) {
	if p, err := newPower("", ""); p != nil || err != nil {
		t.Error(p, err)
	}
	if _, err := newPower("off", ""); err == nil || !strings.Contains(err.Error(), "-screen-on") {
		t.Error(err)
	}
	if p, err := newPower("off", "on"); p == nil || err != nil {
		t.Error(p, err)
	}
}
