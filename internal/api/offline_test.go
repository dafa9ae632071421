package api

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// The clerk typed what is on paper; the phone that scanned the slip finds its ticket
// once the kiosk has brought it in.
func TestASlipThatWasCalledByItsNumberIsFoundByTheIDOnPaper(t *testing.T) {
	w := newWorld(t)
	w.want(http.StatusOK, "manager", "POST", here+"/lanes/give", `{"device":"d_sanh"}`)
	w.want(http.StatusOK, "clerk", "POST", here+"/counters/1/open", `{}`)
	w.want(http.StatusOK, "clerk", "POST", here+"/counters/1/call", `{"ticket":" ak008 "}`)
	w.refused("unknown_ticket", "", "GET", "/api/v1/tickets/"+idA, "")
	merge := `{"device":"d_sanh","tickets":[{"id":"` + idA + `","number":"AK008","service":"chung-thuc"}]}`
	for range 2 {
		w.want(http.StatusOK, "kiosk", "POST", here+"/merge", merge)
		if k := w.want(http.StatusOK, "", "GET", "/api/v1/tickets/"+idA, ""); k["number"] != "AK008" || k["state"] != "called" {
			t.Errorf("the id on paper finds %v", k)
		}
	}
}

// A kiosk has its lane as soon as it has come for its page.
func TestAKioskIsGivenItsLaneWhenItFirstWatches(t *testing.T) {
	w := newWorld(t)
	w.token("kiosk")
	list := w.auth.Devices("thuan-hoa")
	if len(list) != 1 {
		t.Fatalf("%d devices", len(list))
	}
	server := httptest.NewServer(w.api)
	t.Cleanup(server.Close)
	socket, _, refusal := dial(t, server, "view=kiosk&center=thuan-hoa", w.token("kiosk"))
	if socket == nil {
		t.Fatal(refusal)
	}
	doc := socket.next()
	lanes, _ := doc["lanes"].(map[string]any)
	if lanes[string(list[0].ID)] != "K" {
		t.Errorf("the lanes are %v", doc["lanes"])
	}
}
