package api

import (
	"fmt"
	"slices"

	"moiso/internal/directory"
	"moiso/internal/queue"
	"moiso/internal/ticket"
	"moiso/internal/view"
)

// OfDevice names a device of the centre; none is the centre itself.
type OfDevice struct {
	InCenter
	Device string `query:"device" doc:"Id of a device of the centre; left out it is for all that have no settings of their own"`
}

// Settings are what was set, and what follows from it.
type Settings[T any] struct {
	Device   string `json:"device,omitempty"`
	Own      T      `json:"own" doc:"What was set for it and nothing else"`
	Settings T      `json:"settings" doc:"What is in force: the device's, over the centre's, over the defaults"`
}

type settingsOut[T any] struct {
	Body Settings[T]
}

type setKioskIn struct {
	OfDevice
	Keyed
	Body queue.KioskSettings
}

type setDisplayIn struct {
	OfDevice
	Keyed
	Body queue.DisplaySettings
}

func (a *API) kioskSettings(rq *request, in *OfDevice) (*settingsOut[queue.KioskSettings], error) {
	return settingsOf(a, rq, in.Device, prints, func(s *queue.State) (own, all queue.KioskSettings) {
		return s.Kiosks[in.Device], s.KioskFor(in.Device)
	})
}

func (a *API) displaySettings(rq *request, in *OfDevice) (*settingsOut[queue.DisplaySettings], error) {
	return settingsOf(a, rq, in.Device, shows, func(s *queue.State) (own, all queue.DisplaySettings) {
		return s.Displays[in.Device], s.DisplayFor(in.Device)
	})
}

func (a *API) setKiosk(rq *request, in *setKioskIn) (*settingsOut[queue.KioskSettings], error) {
	if len(in.Body.Logo) > 0 {
		if err := ticket.CheckLogo(in.Body.Logo); err != nil {
			return nil, refusal(codeInvalid, "%v", err).with("field", "logo")
		}
	}
	if err := a.set(rq, in.OfDevice, in.Keyed, prints, in.Body, queue.SetKiosk{Device: in.Device, Settings: in.Body}); err != nil {
		return nil, err
	}
	return a.kioskSettings(rq, &in.OfDevice)
}

func (a *API) setDisplay(rq *request, in *setDisplayIn) (*settingsOut[queue.DisplaySettings], error) {
	if err := a.set(rq, in.OfDevice, in.Keyed, shows, in.Body, queue.SetDisplay{Device: in.Device, Settings: in.Body}); err != nil {
		return nil, err
	}
	return a.displaySettings(rq, &in.OfDevice)
}

// The settings of kiosks are also those of print stations, as far as these go.
var (
	prints = []directory.Role{directory.Kiosk, directory.Printer}
	shows  = []directory.Role{directory.Display}
)

func settingsOf[T any](a *API, rq *request, device string, roles []directory.Role, read func(*queue.State) (own, all T)) (*settingsOut[T], error) {
	if err := a.deviceHere(rq, device, roles); err != nil {
		return nil, err
	}
	out := &settingsOut[T]{Body: Settings[T]{Device: device}}
	return out, a.engine.View(rq.ctx, rq.center, func(s *queue.State, _ view.Stamp) error {
		out.Body.Own, out.Body.Settings = read(s)
		return nil
	})
}

func (a *API) set(rq *request, of OfDevice, key Keyed, roles []directory.Role, body any, c queue.Command) error {
	if err := a.deviceHere(rq, of.Device, roles); err != nil {
		return err
	}
	call, err := rq.call(key.Key, "", []any{of.Device, body})
	if err != nil {
		return err
	}
	if _, err = a.do(rq, "set-"+string(roles[0]), c, call); err == nil {
		a.devicesChanged(rq.center) // one of them may have settings of its own now
	}
	return err
}

// deviceHere refuses a device that is not one of the centre, or is no longer.
func (a *API) deviceHere(rq *request, id string, roles []directory.Role) error {
	if id == "" {
		return nil
	}
	d, ok := a.engine.Register().Device(directory.DeviceID(id))
	if !ok || d.Center != rq.center || d.Revoked {
		return (&queue.Error{Code: directory.ErrUnknownDevice.Code, Message: fmt.Sprintf("the centre %s has no device %.60q", rq.center, id)}).With("field", "device")
	}
	if !slices.Contains(roles, d.Role) {
		return refusal(codeInvalid, "the device %s is a %s, not a %s", id, d.Role, roles[0]).with("field", "device")
	}
	return nil
}
