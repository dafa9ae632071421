package device

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"moiso/internal/hub"
	"moiso/internal/ticket"
	"moiso/internal/version"
)

// Local is the document of view=local, which only pages of this machine see: the device
// itself, not the centre.
type Local struct {
	Version int64     `json:"version"`
	Center  string    `json:"center"`
	At      time.Time `json:"at"`
	Epoch   string    `json:"epoch"`

	Device  string   `json:"device"` // id; "" while it is not known
	Role    string   `json:"role"`
	Place   string   `json:"place"`
	Pairing *Pairing `json:"pairing"` // null while the device may do its work

	OfflineSince *time.Time `json:"offline_since"`
	Lane         string     `json:"lane"`
	Spool        int        `json:"spool"`
	Printer      Printer    `json:"printer"`
	Job          *Job       `json:"job"`
	// Announced is the newest call that a display's page has shown, null before the first.
	Announced *Announced `json:"announced,omitempty"`
}

// Announced names a call across restarts: numbers may repeat in another epoch.
type Announced struct {
	Epoch string    `json:"epoch"`
	Call  uint64    `json:"call"`
	At    time.Time `json:"at"`
}

// Valid reports whether a call is named at all.
func (a Announced) Valid() bool {
	return a.Epoch != "" && len(a.Epoch) <= 100 && a.Call > 0 && !a.At.IsZero()
}

// Pairing is what the page shows of a device that may not do its work.
type Pairing struct {
	State   string    `json:"state"` // waiting, revoked, refused, unreachable
	Code    string    `json:"code"`
	URL     string    `json:"url"`
	QR      string    `json:"qr"` // address of its picture, "" for none
	Expires time.Time `json:"expires_at,omitzero"`
}

// Printer is the state of the printer that is attached.
type Printer struct {
	State string    `json:"state"`
	Since time.Time `json:"since,omitzero"`
	Name  string    `json:"name"`
}

// Job is the newest job of the printer.
type Job struct {
	Ticket string `json:"ticket"`
	Number string `json:"number"`
	State  string `json:"state"` // queued, printing, printed, failed, ask
}

const localTopic = hub.Topic("local/device")

// Change changes what the page and the server know of the device, and tells them when
// it is something new. f must be quick; it is called with the document as it stands.
func (d *Device) Change(f func(*Local)) {
	d.mu.Lock()
	before := d.local
	f(&d.local)
	d.local.Version, d.local.At = before.Version, before.At
	if same(before, d.local) {
		d.mu.Unlock()
		return
	}
	d.local.At = time.Now()
	d.local.Version = max(before.Version+1, d.local.At.UnixMilli())
	doc := localDoc(d.local)
	d.mu.Unlock()
	d.hub.Publish(localTopic, doc)
	d.tell()
}

// localDoc is the document as it travels.
func localDoc(l Local) hub.Doc {
	text, err := json.Marshal(l)
	if err != nil {
		panic(err) // strings, numbers and times
	}
	return hub.Doc{Epoch: l.Epoch, Version: l.Version, Bytes: text}
}

// same compares what can be seen of two documents.
func same(a, b Local) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && string(x) == string(y)
}

// Local is what is known of the device now.
func (d *Device) Local() Local {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.local
}

// locals adds what pages of this machine may ask of the program itself.
func (d *Device) locals(mux *http.ServeMux) {
	mux.HandleFunc("GET /local/state", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		_ = json.NewEncoder(w).Encode(d.Local())
	})
	mux.HandleFunc("POST /local/touch", func(w http.ResponseWriter, _ *http.Request) {
		now := time.Now()
		d.report(func(s *said) { s.touch = &now })
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("POST /local/health", d.pageHealth)
	mux.HandleFunc("GET /local/pairing.svg", d.pairingCode)
}

// pageHealth takes what only the page knows.
func (d *Device) pageHealth(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Sound   *string `json:"sound"`
		Screen  *string `json:"screen"`
		Speaker *bool   `json:"speaker"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1024)).Decode(&in); err != nil {
		problem(w, http.StatusBadRequest, "malformed", "the body is not one JSON object")
		return
	}
	d.report(func(s *said) {
		if in.Sound != nil {
			s.sound = *in.Sound
		}
		if in.Screen != nil {
			s.screen = *in.Screen
		}
		if in.Speaker != nil {
			s.speaker = *in.Speaker
		}
	})
	d.tell()
	w.WriteHeader(http.StatusNoContent)
}

// pairingCode draws the address under which a manager approves the device.
func (d *Device) pairingCode(w http.ResponseWriter, _ *http.Request) {
	p := d.Local().Pairing
	if p == nil || p.URL == "" {
		problem(w, http.StatusNotFound, "not_found", "the device shows no code")
		return
	}
	code, err := ticket.QR(p.URL)
	if err != nil {
		problem(w, http.StatusNotFound, "not_found", "no code holds the server's address")
		return
	}
	w.Header().Set("Content-Type", "image/svg+xml")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(code.SVG())
}

// localSocket gives the page the local document.
func (d *Device) localSocket(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	v, _ := strconv.ParseInt(q.Get("version"), 10, 64) // nothing is 0: everything is news
	// A refusal has been answered by the hub, and Latest makes no errors.
	_ = d.hub.Serve(w, r, hub.Subscription{Topic: localTopic, Epoch: q.Get("epoch"), Version: v, Heartbeat: heartbeat, Owner: d.o.Role, Closed: d.tell,
		Latest: func() (hub.Doc, error) { return localDoc(d.Local()), nil }})
	d.tell()
}

func newLocal(o Options) Local {
	now := time.Now()
	return Local{Version: now.UnixMilli(), At: now, Epoch: fmt.Sprintf("%s-%d", version.String(), now.UnixNano()), Center: o.Center, Device: o.Device, Role: o.Role, Place: o.Place,
		Printer: Printer{State: "none"}}
}
