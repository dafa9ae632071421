package main

import (
	"slices"
	"strings"
	"testing"
)

// The kiosk's page may take, show and give back a number, and nothing else.
func TestTheKioskForwardsWhatItsPageNeeds(t *testing.T) {
	p := (&setup{}).program()
	if p.Role != "kiosk" || p.View != "kiosk" || !p.Token || !strings.HasPrefix(p.Listen, "127.0.0.1:") {
		t.Errorf("%+v", p)
	}
	if !slices.Contains(p.Forward, "POST /api/v1/centers/{c}/tickets") || !slices.Contains(p.Forward, "GET /api/v1/tickets/{id}/qr.svg") {
		t.Errorf("it forwards %q", p.Forward)
	}
	for _, f := range p.Forward {
		if strings.Contains(f, "counters") || strings.Contains(f, "login") || strings.Contains(f, "...") {
			t.Errorf("it forwards %s", f)
		}
	}
}
