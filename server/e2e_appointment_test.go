package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"moiso/internal/engine"
	"moiso/internal/journal/boltlog"
	"moiso/internal/queue"
	"moiso/internal/view"
)

// book keeps an hour without a page.
func (h *lobby) book(service string, at time.Time, reference string) view.Appointment {
	h.t.Helper()
	var a view.Appointment
	body := map[string]string{"service": service, "at": at.Format(time.RFC3339), "reference": reference}
	if status, err := h.api.post("/api/v1/centers/"+h.center+"/appointments", body, "", &a); err != nil || status != http.StatusCreated {
		h.t.Fatalf("booking: %d %v", status, err)
	}
	return a
}

// soon is an hour that can be checked in now and is of today.
func soon(t testing.TB) time.Time {
	t.Helper()
	now := time.Now().In(hueZone(t))
	at := now.Add(20 * time.Minute).Truncate(time.Minute)
	if at.Day() != now.Day() {
		t.Skip("there is no hour left today")
	}
	return at
}

// TestAPersonWithAnAppointmentChecksInAtTheKiosk holds codes before its scanner: of an
// appointment, of the dossier that has one, of one for another day and of one given back.
func TestAPersonWithAnAppointmentChecksInAtTheKiosk(t *testing.T) {
	t.Parallel()
	at := soon(t)
	h := openLobby(t, "phu-bai")
	waits := h.issue("chung-thuc")
	mine := h.book("chung-thuc", at, "")
	theirs := h.book("ho-tich", at, "H57.25-250714-0042")
	later := h.book("chung-thuc", at.AddDate(0, 0, 3), "")
	off := h.book("chung-thuc", at, "")
	if _, err := h.api.post("/api/v1/appointments/"+off.ID+"/cancel", struct{}{}, "", nil); err != nil {
		t.Fatal(err)
	}
	p := openTab(t, "kiosk-appointment", kioskScreen)
	p.open(h.url("/kiosk/phu-bai"))
	p.until("the fields", `document.querySelectorAll('[data-service]').length === 9`)

	p.scan(mine.URL, "\n")
	p.until("the appointment", fmt.Sprintf(`document.querySelector('[data-screen=appointment] .found')?.dataset.state === 'open' && document.querySelector('.done__number').innerText === %q`, at.Format("15:04")))
	barriers(p, ", appointment")
	p.shot("1-appointment")
	p.press("[data-act=arrive]", "")
	p.until("the number and its hour", fmt.Sprintf(`document.querySelector('[data-screen=done] .done__card')?.dataset.number === 'A002' && document.body.innerText.includes(%q)`, at.Format("15:04")))
	p.shot("2-number")
	if k := h.ticket(mine.ID); k.Number != "A002" || k.DueAt == nil || !k.DueAt.Equal(at) || k.Source != "kiosk" {
		t.Errorf("the appointment became %+v", k)
	}
	p.press("[data-act=finish]", "")
	p.until("the fields", `document.querySelector('[data-screen=start]')`)
	p.scan(mine.URL, "\n")
	p.until("the ticket, as that of anybody", `document.querySelector('.found')?.dataset.number === 'A002' && /Lịch hẹn lúc/.test(document.querySelector('.found').innerText)`)

	// The receipt of a dossier finds its appointment; another still leads to the results.
	p.scan("h57.25-250714-0042", "\n")
	p.until("the appointment of the dossier", fmt.Sprintf(`document.querySelector('[data-screen=appointment] .found')?.dataset.appointment === %q`, theirs.ID))
	p.press("[data-act=arrive]", "")
	p.until("its number", `document.querySelector('.done__card')?.dataset.number === 'H001'`)
	p.press("[data-act=finish]", "")
	p.until("the fields", `document.querySelector('[data-screen=start]')`)
	p.scan("H57.25-250714-0043", "\n")
	p.until("the field of results", `/Trả kết quả/.test(document.querySelector('[data-screen=priority] h1')?.innerText)`)

	for _, c := range []struct{ what, code, state string }{{"3-other-day", later.URL, "day"}, {"4-cancelled", off.URL, "cancelled"}} {
		p.scan(c.code, "\n")
		p.until(c.what, fmt.Sprintf(`document.querySelector('[data-screen=appointment] .found')?.dataset.state === %q && !document.querySelector('[data-act=arrive]')`, c.state))
		p.shot(c.what)
	}
	p.press("[data-act=plain]", "")
	p.until("the question before a regular number", `/Chứng thực/.test(document.querySelector('[data-screen=priority] h1')?.innerText)`)
	p.press(".priority__plain", "")
	p.until("a regular number", `document.querySelector('.done__card')?.dataset.number === 'A003'`)
	p.excuse("status of 404") // an appointment is no ticket yet, and a dossier may have none

	// Before its hour an appointment lets the others pass.
	h.counter(1, "open", nil)
	if k := h.counter(1, "call-next", nil); k.ID != waits.ID {
		t.Errorf("%s was called; %s waits and no hour has come", k.Number, waits.Number)
	}
}

// TestWhoComesLateForAnAppointmentWaitsAsAnybody books an hour an hour ago, because nobody
// can book one that is over, and comes half an hour after it.
func TestWhoComesLateForAnAppointmentWaitsAsAnybody(t *testing.T) {
	t.Parallel()
	now := time.Now().In(hueZone(t))
	hour := now.Add(-30 * time.Minute).Truncate(time.Minute)
	if hour.Add(-30*time.Minute).Day() != now.Day() {
		t.Skip("the day has just begun")
	}
	const id = "7K3MQ9ZC2HWB5XNT"
	h := &lobby{t: t, dir: t.TempDir(), listen: "127.0.0.1:0", center: "phu-bai"}
	d, err := openData(h.dir, true, true, boltlog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	e, err := engine.Open(t.Context(), engine.Options{Log: d.log, Epoch: d.info.Epoch, Now: func() time.Time { return hour.Add(-30 * time.Minute) }})
	if err != nil {
		t.Fatal(err)
	}
	if err := seedDemo(t.Context(), e, false); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Do(t.Context(), queue.CenterID(h.center), queue.Appoint{ID: id, Service: "chung-thuc", At: hour}, engine.Call{}); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(e.Close(context.Background()), d.Close()); err != nil {
		t.Fatal(err)
	}
	h.start()
	waits := h.issue("chung-thuc")

	p := openTab(t, "kiosk-late", lyingKiosk)
	p.open(h.url("/kiosk/phu-bai"))
	p.until("the fields", `document.querySelectorAll('[data-service]').length === 9`)
	p.scan(h.url("/t/"+id), "\n")
	p.until("the appointment that is over", fmt.Sprintf(`document.querySelector('[data-screen=appointment] .found')?.dataset.state === 'late' && /Đã quá giờ hẹn/.test(document.body.innerText) && document.body.innerText.includes(%q)`, hour.Add(15*time.Minute).Format("15:04")))
	barriers(p, ", late appointment")
	p.shot("1-appointment")
	p.press("[data-act=arrive]", "")
	p.until("a number in the order of arrival", fmt.Sprintf(`document.querySelector('.done__card')?.dataset.number === 'A002' && document.querySelector('[data-late=true]').innerText.includes(%q)`, hour.Format("15:04")))
	for _, w := range ask[[]string](p, spilled) {
		t.Error(w)
	}
	p.shot("2-number")
	p.excuse("status of 404") // an appointment is no ticket yet
	if k := h.ticket(id); k.DueAt != nil || k.Ahead == nil || *k.Ahead != 1 {
		t.Errorf("the late appointment became %+v", k)
	}
	h.counter(1, "open", nil)
	for _, want := range []string{waits.ID, id} {
		if k := h.counter(1, "call-next", map[string]bool{"finish": true}); k.ID != want {
			t.Errorf("%s was called, want %s", k.Number, want)
		}
	}
}

// TestAnAppointmentIsMadeOnOnePhoneAndFollowedOnAnother: a helper books an hour and
// shows its code, the person's own phone shows it and turns into the ticket.
func TestAnAppointmentIsMadeOnOnePhoneAndFollowedOnAnother(t *testing.T) {
	t.Parallel()
	soon(t)
	h := openLobby(t, "thuan-hoa")
	p := openTab(t, "assist-appointment", phoneScreen)
	h.enter(p, "/assist/thuan-hoa", "demo", "demo")
	p.until("the fields", `document.querySelectorAll('.a-field').length === 9`)
	p.press(".a-tabs button", "Lịch hẹn")
	p.until("that there is none", `/Chưa có lịch hẹn nào/.test(document.body.innerText)`)
	p.press(".a-book", "")
	p.choose("#b-field", "Hộ tịch")
	barriers(p, ", booking") // which takes its time: the hours of the field before stand there for a moment
	p.until("hours", `document.querySelectorAll('.a-hours label').length > 0`)
	p.press(".a-hours label", "")
	p.typeInto("#b-reference", "H57.25-250714-0042")
	p.until("the chosen hour", `document.querySelector('.a-hours label:has(input:checked)')?.innerText.trim()`)
	hour := p.text(".a-hours label:has(input:checked)")
	p.shot("1-book")
	p.press("dialog .a-go", "")
	p.until("the code of the appointment", `document.querySelector('.a-qr')?.naturalWidth && document.querySelector('[data-appointment]')`)
	address := seenCode(p, "2-booked")
	id := address[strings.LastIndex(address, "/")+1:]
	p.press("dialog .btn--primary", "Xong")
	p.until("it is in the list", fmt.Sprintf(`document.querySelectorAll('.a-hour').length === 1 && document.querySelector('.a-hour').innerText.includes(%q)`, hour))

	own := openTab(t, "phone-appointment", phoneScreen)
	own.open(h.url("/t/" + id))
	own.until("the appointment, live", fmt.Sprintf(`document.querySelector('.big')?.innerText === %q && !document.querySelector('[data-on]').hidden`, hour))
	barriers(own, ", appointment")
	own.shot("1-appointment")

	p.press(".a-hour", "")
	p.until("the appointment", `document.querySelector('dialog [data-appointment]')`)
	p.press("dialog .btn--primary", "Người hẹn đã đến")
	p.until("the number", `document.querySelector('.a-number')?.innerText === 'H001'`)
	own.until("the ticket, without a touch", `document.querySelector('[data-f=number]')?.innerText === 'H001' && /Lịch hẹn lúc/.test(document.body.innerText)`)
	own.shot("2-ticket")
	p.press("dialog .btn--primary", "Xong")
	p.until("who has come", `/H001/.test(document.querySelector('.a-hour')?.innerText)`)
	p.shot("3-come")
}
