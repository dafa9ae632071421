package main

import (
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"sync"

	"moiso/internal/device"
)

// lastAnnounced is the file that says which call was announced last.
const lastAnnounced = "announced.json"

// announced keeps the newest call that the page has shown. The browser's own memory is
// written late and goes with the power; a screen that is switched on again must not call
// people who have gone.
type announced struct {
	file string
	d    *device.Device

	mu sync.Mutex // one writes at a time
}

// newAnnounced reads what is kept and tells the page. A file that cannot be read is
// passed over: then the page relies on its own memory.
func newAnnounced(d *device.Device, dir string) *announced {
	a := &announced{file: filepath.Join(dir, lastAnnounced), d: d}
	b, err := os.ReadFile(a.file)
	var v device.Announced
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil || json.Unmarshal(b, &v) != nil || !v.Valid():
		d.Logger().Warn("which call was announced last cannot be read; recent calls may be shown again", "file", a.file, "error", err)
	default:
		d.Change(func(l *device.Local) { l.Announced = &v })
	}
	return a
}

func (a *announced) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var v device.Announced
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1024)).Decode(&v); err != nil || !v.Valid() {
		device.Problem(w, http.StatusBadRequest, "malformed", "the body is not a call with its epoch, number and hour")
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	b, err := json.Marshal(v)
	if err == nil {
		err = replace(a.file, b)
	}
	if err != nil {
		a.d.Logger().Error("which call was announced last cannot be kept", "error", err)
		device.Problem(w, http.StatusServiceUnavailable, "storage_unavailable", "the disk of this machine takes nothing")
		return
	}
	a.d.Change(func(l *device.Local) { l.Announced = &v })
	w.WriteHeader(http.StatusNoContent)
}
