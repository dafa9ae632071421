package api

import (
	"net/http"

	"moiso/internal/auth"
	"moiso/internal/view"
)

// routes is the manual: what the API can do, who may, and which function does it.
// "holder" is whoever has the ticket's id.
func routes() []route {
	issue, assist, serve := may(auth.Issue), may(auth.Assist), may(auth.Serve)
	merge, devices := may(auth.MergeSlips), may(auth.ManageDevices)
	pause, staff := may(auth.PauseIssuing), may(auth.WatchStaff)
	const centers, tickets, device = "/api/v1/centers", "/api/v1/tickets", "/api/v1/devices"
	const center, ticket, counter = centers + "/{c}", tickets + "/{id}", centers + "/{c}/counters/{n}"
	const appointment = "/api/v1/appointments/{id}"
	return []route{
		post("/api/v1/login", anyone, (*API).login, "Get a bearer token for a program"),
		post("/api/v1/session", anyone, (*API).signIn, "Sign this browser in"),
		get("/api/v1/device", anyone, (*API).self, "Which device asks: one that was given its token by hand does not know"),
		get("/api/v1/session", anyone, (*API).session, "Who is signed in in this browser"),
		handle(http.MethodDelete, "/api/v1/session", anyone, (*API).signOut, "Sign this browser out"),
		post("/api/v1/setup", anyone, (*API).setup, "Make the first administrator, with the token of the set-up link"),
		post("/api/v1/clock/confirm", may(auth.ConfirmClock), (*API).confirmClock, "Take the server's clock as right after a jump"),

		get(centers, anyone, (*API).centers, "The centres of the city"),
		get(center, anyone, (*API).center, "What a centre offers and when"),
		get(center+"/board", anyone, (*API).board, "The board of the lobby, as the socket sends it", documented[view.Board]),
		get(center+"/calls", anyone, (*API).calls, "The calls after a number, oldest first"),
		get(center+"/tickets", staff, (*API).search, "Find tickets of the day, newest first"),
		post(center+"/tickets", issue, (*API).issue, "Issue a ticket", orRepeated),
		post(center+"/merge", merge, (*API).merge, "Take in the slips that a kiosk gave out while it was cut off; safe to repeat"),
		get(center+"/lanes", devices, (*API).lanes, "The lanes in which kiosks number while they are cut off"),
		post(center+"/lanes/give", devices, (*API).giveLane, "Give a kiosk a lane"),
		post(center+"/lanes/withdraw", devices, (*API).withdrawLane, "End a kiosk's use of its lane; the letter stays reserved for slips that are about"),
		post(center+"/lanes/write-off", devices, (*API).writeOffLane, "Free a lane whose slips will never come"),
		post(center+"/issuing/pause", pause, (*API).pauseIssuing, "Stop giving out numbers of a service or of the centre"),
		post(center+"/issuing/resume", pause, (*API).resumeIssuing, "Give out numbers again"),
		post(center+"/speaker", may(auth.Speak), (*API).speaker, "Become or stay the one screen of a hall that speaks"),
		get(center+"/kiosk-settings", may(auth.ManageDevices), (*API).kioskSettings, "How the kiosks of a centre are set, or one of them"),
		post(center+"/kiosk-settings", may(auth.ManageDevices), (*API).setKiosk, "Set how the kiosks of a centre are, or one of them"),
		get(center+"/display-settings", may(auth.ManageDevices), (*API).displaySettings, "How the screens of a centre are set, or one of them"),
		post(center+"/display-settings", may(auth.ManageDevices), (*API).setDisplay, "Set how the screens of a centre are, or one of them"),
		get(center+"/media", may(auth.ManageDevices), (*API).media, "The pictures and films of a centre's screens"),
		stream(http.MethodPost, center+"/media", may(auth.ManageDevices), (*API).upload, "Bring a picture or a film: the body is the file", describeUpload),
		handle(http.MethodDelete, center+"/media/{hash}", may(auth.ManageDevices), (*API).removeMedia, "Delete a file that no playlist shows"),
		get("/api/v1/city/messages", may(auth.ManageCity), (*API).cityMessages, "The messages of the city on all screens"),
		post("/api/v1/city/messages", may(auth.ManageCity), (*API).setCityMessages, "Put messages of the city on all screens"),
		get(center+"/prints", assist, (*API).prints, "The printers of a centre, and the slips that were ordered today"),
		get(center+"/prints/{p}", may(auth.Print), (*API).printOrder, "A slip that the device is to print"),
		post(center+"/prints/{p}/end", may(auth.Print), (*API).endPrint, "What became of a slip that the device was to print; safe to repeat"),
		post(center+"/end-day", may(auth.EndDay), (*API).endDay, "End the business day: whoever still waits comes again"),

		post(counter+"/open", serve, (*API).openCounter, "Open a counter, or take it over"),
		post(counter+"/pause", serve, (*API).pauseCounter, "Stop calling, after the visit in hand"),
		post(counter+"/close", serve, (*API).closeCounter, "Close a counter that holds no ticket"),
		post(counter+"/call-next", serve, (*API).callNext, "Call whoever is next for this counter; 204 when nobody waits", orNobody),
		post(counter+"/call", serve, (*API).callTicket, "Call a named ticket"),
		post(counter+"/recall", serve, (*API).recall, "Announce the called ticket again"),
		post(counter+"/start", serve, (*API).start, "The called person has come"),
		post(counter+"/finish", serve, (*API).finish, "The visit is over"),
		post(counter+"/no-show", serve, (*API).noShow, "The called person has not come"),
		post(counter+"/park", serve, (*API).park, "Set the visit aside"),
		post(counter+"/reference", serve, (*API).refer, "Write the dossier code of the visit beside its ticket"),
		post(counter+"/transfer", serve, (*API).transfer, "Send the person on to another service or counter"),
		post(counter+"/put-back", serve, (*API).putBack, "Take the call back: the ticket waits at its old place"),
		post(counter+"/reopen", serve, (*API).reopen, "Take a finish back"),

		get("/api/v1/voice/announcement", anyone, (*API).announcement, "The clips that announce a call, in order"),

		post("/api/v1/pairing", anyone, (*API).pair, "A new device asks for a code to show", made),
		post("/api/v1/pairing/poll", anyone, (*API).poll, "How a pairing stands: 202 while it waits, then the credential", orWaiting),
		get(device, anywhere(auth.ManageDevices), (*API).devices, "The kiosks, screens and printers, with their health"),
		post(device+"/approve", anywhere(auth.ManageDevices), (*API).approve, "Let in the device that shows a code"),
		post(device+"/{d}/rename", may(auth.ManageDevices), (*API).renameDevice, "Say where a device stands now"),
		post(device+"/{d}/revoke", may(auth.ManageDevices), (*API).revokeDevice, "End a device's credential at once and for good"),

		get(center+"/appointments", assist, (*API).appointments, "The appointments of a day, by their hours"),
		get(center+"/appointments/hours", assist, (*API).bookable, "The hours of a service that can be booked on a day"),
		get(center+"/appointments/today", issue, (*API).appointmentOf, "The appointment of today that a dossier code stands for"),
		post(center+"/appointments", assist, (*API).appoint, "Book an hour", orRepeated),
		get(appointment, holder, (*API).appointment, "What an appointment is, and what became of it"),
		post(appointment+"/cancel", holder, (*API).cancelAppointment, "Give the hour back"),
		post(appointment+"/check-in", holder, (*API).checkIn, "The person has come: the appointment becomes a ticket of the same id", orRepeated),

		get(ticket, holder, (*API).ticket, "Where a ticket stands"),
		get(ticket+"/qr.png", holder, (*API).qrPNG, "Its QR code as a picture", picture("image/png")),
		get(ticket+"/qr.svg", holder, (*API).qrSVG, "Its QR code as a drawing", picture("image/svg+xml")),
		get(ticket+"/ticket.png", holder, (*API).slip, "What the printer prints", picture("image/png")),
		post(ticket+"/cancel", holder, (*API).cancel, "Give up the place"),
		post(ticket+"/restore", holder, (*API).restore, "Take a cancellation back, within five minutes"),
		post(ticket+"/return", holder, (*API).comeBack, "A missed person is back"),
		get(ticket+"/note", serve, (*API).note, "What a clerk wrote on the visit; erased after two days"),
		post(ticket+"/note", serve, (*API).setNote, "Write a note on the visit, or erase it"),
		post(ticket+"/print", assist, (*API).print, "Have a device print the slip", orRepeated),
		post(ticket+"/change-service", assist, (*API).changeService, "Move a ticket to the service it should have had"),
		post(ticket+"/set-priority", assist, (*API).setPriority, "Give a ticket a priority group, or take it away"),
	}
}
