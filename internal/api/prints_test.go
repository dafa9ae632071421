package api

import (
	"net/http"
	"strings"
	"testing"

	"moiso/internal/testbed"
)

const orderA = "1111111111111111"

// joined connects a device and has it say how its printer is.
func (w *world) joined(dialled *watcher, printer string) {
	w.t.Helper()
	dialled.say(`{"health":{"version":"1","printer":"` + printer + `","screen":"unknown","sound":"unknown"}}`)
}

// printer gives what staff see of a device as a printer.
func (w *world) printer(id string) map[string]any {
	w.t.Helper()
	for _, p := range w.want(http.StatusOK, "volunteer", "GET", here+"/prints", "")["printers"].([]any) {
		if p := p.(map[string]any); p["device"] == id {
			return p
		}
	}
	return nil
}

// prints reads documents until the orders in one are as wished.
func (w *watcher) prints(is func([]any) bool) {
	w.t.Helper()
	for range 20 {
		list, _ := w.document()["prints"].([]any)
		if is(list) {
			return
		}
	}
	w.t.Error("no document has the orders as they should be")
}

func TestASlipIsOrderedFetchedByItsDeviceAloneAndEnded(t *testing.T) {
	w := newWorld(t)
	server := w.watched()
	id := w.want(http.StatusCreated, "volunteer", "POST", here+"/tickets", `{"service":"chung-thuc"}`)["id"].(string)
	print := "/api/v1/tickets/" + id + "/print"
	if doc := w.refused(codeNoPrinter, "volunteer", "POST", print, `{}`); !strings.Contains(doc["detail"].(string), "it has none") {
		t.Errorf("without a printer: %v", doc)
	}
	station := w.device("printer")
	if doc := w.refused(codeNoPrinter, "volunteer", "POST", print, `{}`); !strings.Contains(doc["detail"].(string), "sảnh chính is not connected") {
		t.Errorf("a station that is away: %v", doc)
	}
	feed, status, body := dial(t, server, "view=kiosk&center=thuan-hoa", w.token("printer"))
	if feed == nil {
		t.Fatalf("the socket: %d %s", status, body)
	}
	feed.document()
	staff, _, _ := dial(t, server, "view=assist&center=thuan-hoa", w.token("volunteer"))
	staff.document()
	w.joined(feed, "paper_out")
	testbed.Eventually(t, "the report", func() bool { p := w.printer(station); return p["state"] == "paper_out" && p["prints"] == false })
	if doc := w.refused(codeNoPrinter, "volunteer", "POST", print, `{"device":"`+station+`"}`); !strings.Contains(doc["detail"].(string), "is out of paper") || doc["printers"] == nil {
		t.Errorf("without paper: %v", doc)
	}
	w.joined(feed, "ready")
	testbed.Eventually(t, "the paper", func() bool { return w.printer(station)["prints"] == true })

	made := w.want(http.StatusCreated, "volunteer", "POST", print, `{"id":"`+orderA+`"}`)
	if made["id"] != orderA || made["device"] != station || made["state"] != "ordered" || made["place"] != "sảnh chính" || made["number"] != "A001" {
		t.Fatalf("ordered is %v", made)
	}
	w.want(http.StatusOK, "volunteer", "POST", print, `{"id":"`+orderA+`"}`)
	if again := w.want(http.StatusOK, "volunteer", "POST", print, `{}`); again["id"] != orderA {
		t.Errorf("a second touch made %v", again)
	}
	w.refused("unknown_device", "volunteer", "POST", print, `{"device":"d_nobody","id":"2222222222222222"}`)
	w.refused(codeForbidden, "volunteer@phu-xuan", "POST", print, `{}`)
	w.refused(codeInvalid, "volunteer", "POST", print, `{"id":"x"}`)

	// The device is told by a document that is for everybody and names no ticket.
	feed.prints(func(calls []any) bool {
		return len(calls) == 1 && len(calls[0].(map[string]any)) == 2 && calls[0].(map[string]any)["id"] == orderA && calls[0].(map[string]any)["device"] == station
	})
	staff.prints(func(p []any) bool { return len(p) == 1 && p[0].(map[string]any)["state"] == "ordered" })
	order := here + "/prints/" + orderA
	got := w.want(http.StatusOK, "printer", "GET", order, "")
	ticket := got["ticket"].(map[string]any)
	if ticket["id"] != id || ticket["number"] != "A001" || !strings.HasSuffix(ticket["url"].(string), id) || got["print"].(map[string]any)["again"] != nil {
		t.Errorf("it prints %v", got)
	}
	w.refused("unknown_print", "kiosk", "GET", order, "")
	w.refused("unknown_print", "kiosk", "POST", order+"/end", `{"state":"printed"}`)
	w.refused("unknown_print", "printer", "GET", here+"/prints/2222222222222222", "")
	w.refused(codeInvalid, "printer", "POST", order+"/end", `{"state":"late"}`)
	for range 2 {
		if end := w.want(http.StatusOK, "printer", "POST", order+"/end", `{"state":"printed"}`); end["state"] != "printed" || end["ended_at"] == nil {
			t.Errorf("it ended as %v", end)
		}
	}
	feed.prints(func(calls []any) bool { return len(calls) == 0 })
	staff.prints(func(p []any) bool { return len(p) == 1 && p[0].(map[string]any)["state"] == "printed" })
	if again := w.want(http.StatusCreated, "volunteer", "POST", print, `{"device":"`+station+`"}`); again["again"] != true {
		t.Errorf("a second slip is %v", again)
	}
	if log := w.centerLog("thuan-hoa"); strings.Count(log, `"k":"print-ordered"`) != 2 || strings.Count(log, `"k":"print-ended"`) != 1 || !strings.Contains(log, `"dev":"`+station+`"`) {
		t.Errorf("the log has\n%s", log)
	}
}

func TestAStationIsTakenBeforeAKioskAndAKioskWhereThereIsNoStation(t *testing.T) {
	w := newWorld(t)
	server := w.watched()
	id := w.issue("chung-thuc")
	kiosk, bare := w.device("kiosk"), ""
	feed, _, _ := dial(t, server, "view=kiosk&center=thuan-hoa", w.token("kiosk"))
	feed.document()
	if w.printer(kiosk) != nil {
		t.Error("a kiosk that has not said that it has a printer is offered")
	}
	w.joined(feed, "near_end")
	testbed.Eventually(t, "the kiosk's printer", func() bool { return w.printer(kiosk)["prints"] == true })
	bare = w.device("kiosk")
	other, _, _ := dial(t, server, "view=kiosk&center=thuan-hoa", w.token("kiosk"))
	other.document()
	w.joined(other, "none")
	made := w.want(http.StatusCreated, "clerk", "POST", "/api/v1/tickets/"+id+"/print", "")
	if made["device"] != kiosk {
		t.Errorf("it is printed by %v", made)
	}
	if w.printer(bare) != nil {
		t.Error("a kiosk without a printer is offered")
	}

	station := w.device("printer")
	third, _, _ := dial(t, server, "view=kiosk&center=thuan-hoa", w.token("printer"))
	third.document()
	w.joined(third, "unknown")
	testbed.Eventually(t, "the station's printer", func() bool { return w.printer(station)["prints"] == true })
	next := w.issue("ho-tich")
	if made := w.want(http.StatusCreated, "clerk", "POST", "/api/v1/tickets/"+next+"/print", ""); made["device"] != station || made["again"] != nil && made["again"] != true {
		t.Errorf("it is printed by %v", made)
	}
	must(t, third.conn.Close())
	testbed.Eventually(t, "the station goes", func() bool { return w.printer(station)["online"] == false })
	if made := w.want(http.StatusCreated, "clerk", "POST", "/api/v1/tickets/"+w.issue("ho-tich")+"/print", ""); made["device"] != kiosk {
		t.Errorf("it is printed by %v", made)
	}
}

func TestAStationHasTheSettingsOfAKioskAndRaisesNoAlertForItsPage(t *testing.T) {
	w := newWorld(t)
	station := w.device("printer")
	w.want(http.StatusOK, "manager", "POST", here+"/kiosk-settings?device="+station, `{"paper_dots":384}`)
	if doc := w.want(http.StatusOK, "manager", "GET", here+"/kiosk-settings?device="+station, ""); doc["settings"].(map[string]any)["paper_dots"] != 384.0 {
		t.Errorf("it is set to %v", doc)
	}
	w.refused(codeInvalid, "manager", "POST", here+"/display-settings?device="+station, `{}`)
	w.refused(codeInvalid, "manager", "POST", here+"/kiosk-settings?device="+w.device("display"), `{}`)
}
