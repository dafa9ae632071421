package main

import (
	"strings"
	"testing"
)

// The lobby's screen changes nothing and needs no token.
func TestTheDisplayOnlyReads(t *testing.T) {
	p := program()
	if p.Role != "display" || p.View != "board" || p.Token || !strings.HasPrefix(p.Listen, "127.0.0.1:") || len(p.Forward) == 0 {
		t.Errorf("%+v", p)
	}
	for _, f := range p.Forward {
		if !strings.HasPrefix(f, "GET ") {
			t.Errorf("it forwards %s", f)
		}
	}
}
