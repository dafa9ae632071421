package api

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"moiso/internal/auth"
	"moiso/internal/directory"
	"moiso/internal/engine"
	"moiso/internal/fleet"
	"moiso/internal/hub"
	"moiso/internal/queue"
	"moiso/internal/view"
)

// Run looks after the fleet until ctx ends: which devices are there, and what is wrong
// with them. The API answers without it, but raises no alerts then.
func (a *API) Run(ctx context.Context) error {
	if err := a.muster(ctx); err != nil && ctx.Err() == nil {
		return err
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		every := time.NewTicker(time.Minute)
		defer every.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-every.C:
				a.lapse(ctx, time.Now())
			}
		}
	}()
	err := a.roster.Run(ctx)
	<-ended
	return err
}

// lapse ends the devices that were let in and never came for their credential.
func (a *API) lapse(ctx context.Context, now time.Time) {
	gone, err := a.auth.LapseDevices(ctx, now)
	for _, d := range gone {
		a.roster.Gone(string(d.ID))
		a.log.Warn("a device that was let in never came for its credential; it is revoked, and shows a new code when it comes", "device", d.ID, "center", d.Center, "place", d.Place, "role", d.Role)
	}
	if err != nil && ctx.Err() == nil {
		a.log.Warn("a device that never came for its credential cannot be revoked now; it is tried again in a minute", "error", err)
	}
}

// muster enters the devices that have ever been there and the alerts that are open, so
// that one that died while the server was away is missed, and ends the lanes of those
// that were revoked meanwhile.
func (a *API) muster(ctx context.Context) error {
	for _, d := range a.auth.Devices("") {
		if !d.Revoked && d.Used != "" {
			a.roster.Expect(member(d.Device))
		}
	}
	centers, err := a.engine.Centers(ctx)
	if err != nil {
		return fmt.Errorf("api: the centres: %w", err)
	}
	for _, c := range centers {
		var open []queue.Alert
		var lanes []queue.Lane
		err := a.engine.View(ctx, queue.CenterID(c.ID), func(s *queue.State, _ view.Stamp) error {
			open, lanes = slices.Clone(s.Alerts), slices.Clone(s.Lanes)
			return nil
		})
		if err != nil && ctx.Err() == nil {
			a.log.Warn("the alerts of a centre cannot be read", "center", c.ID, "error", err)
		}
		for _, al := range open {
			a.roster.Adopt(queue.CenterID(c.ID), al)
			if d, ok := a.engine.Register().Device(directory.DeviceID(al.Device)); !ok || d.Revoked {
				a.roster.Gone(al.Device)
			}
		}
		a.withdrawRevoked(ctx, queue.CenterID(c.ID), lanes)
	}
	return nil
}

// withdrawRevoked ends the lanes of kiosks that were revoked at the console, which
// knows of no lanes, or while no command could be recorded.
func (a *API) withdrawRevoked(ctx context.Context, center queue.CenterID, lanes []queue.Lane) {
	for _, l := range lanes {
		d, ok := a.engine.Register().Device(directory.DeviceID(l.Device))
		if !ok || !d.Revoked || l.Withdrawn {
			continue
		}
		if _, err := a.engine.Do(ctx, center, queue.WithdrawLane{Device: l.Device}, engine.Call{Device: l.Device, Source: "system"}); err != nil && ctx.Err() == nil {
			a.log.Warn("the lane of a revoked kiosk could not be withdrawn", "center", center, "device", l.Device, "error", err)
		}
	}
}

func member(d directory.Device) fleet.Device {
	return fleet.Device{ID: string(d.ID), Role: string(d.Role), Place: d.Place, Center: d.Center}
}

// recordAlert writes an alert into the centre's log.
func (a *API) recordAlert(ctx context.Context, center queue.CenterID, c queue.Command) error {
	device := ""
	switch c := c.(type) {
	case queue.RaiseAlert:
		device = c.Alert.Device
		a.log.Warn("a device needs somebody", "center", center, "device", device, "place", c.Alert.Place, "alert", c.Alert.Kind, "detail", c.Alert.Detail)
	case queue.ClearAlert:
		device = c.Device
		a.log.Info("a device is well again", "center", center, "device", device, "alert", c.Kind)
	}
	_, err := a.engine.Do(ctx, center, c, engine.Call{Device: device, Source: "system"})
	var refused *queue.Error
	if errors.As(err, &refused) { // trying again would not help
		a.log.Error("an alert was refused", "center", center, "device", device, "code", refused.Code, "error", err)
		return nil
	}
	return err
}

// asking is the registered device that asks, if one does; a browser that stands in for
// one in a demo is none.
func (a *API) asking(rq *request) (fleet.Device, bool) {
	d, ok := a.engine.Register().Device(directory.DeviceID(rq.who.DeviceID()))
	if !ok || d.Revoked {
		return fleet.Device{}, false
	}
	return member(d), true
}

// hears lets a device be seen while its socket is open and takes what it says.
func (a *API) hears(d fleet.Device, sub *hub.Subscription) (left func()) {
	left = a.roster.Joined(d)
	sub.Closed = left
	sub.Message = func(text []byte) {
		var m view.Upstream
		err := json.Unmarshal(text, &m)
		if err == nil && m.Health != nil {
			err = m.Health.Check()
		}
		if err != nil || m.Health == nil {
			a.log.Debug("a message of a device is not understood", "device", d.ID, "error", err)
			return
		}
		now, ok := a.engine.Register().Device(directory.DeviceID(d.ID)) // it may have been renamed
		if ok && !now.Revoked {
			a.roster.Report(member(now), *m.Health)
		}
	}
	return left
}

// versions makes versions that only grow, by the clock's milliseconds.
type versions struct{ last atomic.Int64 }

func (v *versions) next(now time.Time) int64 {
	for {
		last := v.last.Load()
		if n := max(last+1, now.UnixMilli()); v.last.CompareAndSwap(last, n) {
			return n
		}
	}
}

// serveSocket opens a socket. A device is seen and heard on it, and one that was revoked
// while it was being opened is closed again: whoever closed its sockets did not find it.
func (a *API) serveSocket(w http.ResponseWriter, r *http.Request, rq *request, sub hub.Subscription) error {
	d, is := a.asking(rq)
	if !is {
		return a.hub.Serve(w, r, sub)
	}
	left := a.hears(d, &sub)
	if err := a.hub.Serve(w, r, sub); err != nil {
		left()
		return err
	}
	if _, still := a.asking(rq); !still {
		a.hub.CloseWhere(func(k hub.Socket) bool { return k.Owner == d.ID }, 1008, "revoked")
		a.roster.Gone(d.ID)
	}
	return nil
}

// devicesDoc is the document of view=devices. Its version follows the clock: what it
// shows is not in the log, and the hub needs no more than that it grows.
func (a *API) devicesDoc(ctx context.Context, center queue.CenterID) (hub.Doc, error) {
	list := a.deviceList(center, true)
	var d hub.Doc
	err := a.engine.View(ctx, center, func(s *queue.State, p view.Stamp) (err error) {
		p.Now = time.Now()
		p.Version = a.devicesVersion.next(p.Now)
		v := view.DevicesOf(s, list, p)
		d = hub.Doc{Epoch: p.Epoch, Version: p.Version}
		d.Bytes, err = json.Marshal(v)
		return err
	})
	return d, err
}

// devicesChanged has whoever watches the devices of a centre see them as they are.
func (a *API) devicesChanged(center queue.CenterID) {
	topic := hub.Topic("devices/" + string(center))
	if a.hub.Subscribers(topic) == 0 {
		return
	}
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		d, err := a.devicesDoc(ctx, center)
		if err != nil {
			if !errors.Is(err, engine.ErrStopping) {
				a.log.Warn("the devices of a centre cannot be shown", "center", center, "error", err)
			}
			return
		}
		a.hub.Publish(topic, d)
	}()
}

// deviceList is what the register, the store of credentials and the roster know.
func (a *API) deviceList(center queue.CenterID, revoked bool) []view.Device {
	out := []view.Device{}
	for _, d := range a.auth.Devices(center) {
		if revoked || !d.Revoked {
			v := a.deviceOf(d.Device, d.Used)
			if at, ok := d.Lapses(); ok {
				v.Lapses = &at
			}
			out = append(out, v)
		}
	}
	slices.SortFunc(out, func(x, y view.Device) int {
		return cmp.Or(cmp.Compare(x.Center, y.Center), cmp.Compare(x.Role, y.Role), cmp.Compare(x.Place, y.Place), cmp.Compare(x.ID, y.ID))
	})
	return out
}

// self tells a device who it is.
func (a *API) self(rq *request, _ *struct{}) (*deviceOut, error) {
	if rq.who == nil {
		return nil, auth.ErrNotSignedIn
	}
	d, ok := a.engine.Register().Device(directory.DeviceID(rq.who.DeviceID()))
	if !ok || d.Revoked {
		return nil, auth.ErrForbidden
	}
	return &deviceOut{a.deviceOf(d, "")}, nil
}

func (a *API) deviceOf(d directory.Device, used string) view.Device {
	v := view.Device{ID: string(d.ID), Role: string(d.Role), Center: string(d.Center), Place: d.Place, Since: d.Since, Revoked: d.Revoked, Used: used}
	if d.Revoked {
		return v
	}
	seen := a.roster.Of(v.ID)
	v.Online, v.Health = seen.Online, seen.Health
	if !seen.Heard.IsZero() {
		v.Heard = &seen.Heard
	}
	return v
}

type devicesIn struct {
	Center string `query:"center" doc:"Id of a centre; left out it is all in which the asker manages devices"`
}

type devicesOut struct {
	Body struct {
		Devices []view.Device `json:"devices" doc:"Revoked ones included"`
	}
}

func (a *API) devices(rq *request, in *devicesIn) (*devicesOut, error) {
	center := queue.CenterID(in.Center)
	if center != "" {
		if err := a.need(rq, auth.ManageDevices, center); err != nil {
			return nil, err
		}
	}
	var out devicesOut
	out.Body.Devices = slices.DeleteFunc(a.deviceList(center, true), func(d view.Device) bool {
		return !rq.who.May(auth.ManageDevices, queue.CenterID(d.Center))
	})
	return &out, nil
}

type deviceOut struct {
	Body view.Device
}

// OneDevice is the device of a path.
type OneDevice struct {
	Device string `path:"d" doc:"Id of a device"`
}

type renameIn struct {
	OneDevice
	Keyed
	Body RenameBody
}

// RenameBody says where a device stands now.
type RenameBody struct {
	Place string `json:"place" doc:"At most 80 characters"`
}

func (a *API) renameDevice(rq *request, in *renameIn) (*deviceOut, error) {
	id := directory.DeviceID(in.Device)
	if err := a.auth.RenameDevice(rq.ctx, id, in.Body.Place); err != nil {
		return nil, err
	}
	d, _ := a.engine.Register().Device(id)
	a.roster.Rename(in.Device, d.Place)
	a.devicesChanged(d.Center)
	return &deviceOut{a.deviceOf(d, "")}, nil
}

type revokeIn struct {
	OneDevice
	Keyed
	Body *NoBody
}

// revokeDevice ends a device's credential. Its socket is closed by whoever auth tells
// of it; the letter of its lane stays reserved, because slips may be about.
func (a *API) revokeDevice(rq *request, in *revokeIn) (*deviceOut, error) {
	id := directory.DeviceID(in.Device)
	if err := a.auth.RevokeDevice(rq.ctx, id); err != nil {
		return nil, err
	}
	a.roster.Gone(in.Device)
	d, _ := a.engine.Register().Device(id)
	call, err := rq.call("", "", nil)
	if err != nil {
		return nil, err
	}
	if _, err := a.engine.Do(rq.ctx, d.Center, queue.WithdrawLane{Device: in.Device}, call); err != nil {
		a.log.Warn("the lane of a revoked kiosk could not be withdrawn", "center", d.Center, "device", id, "error", err)
	}
	a.devicesChanged(d.Center)
	return &deviceOut{a.deviceOf(d, "")}, nil
}

// deviceCenter is the centre of a device that a path names.
func (a *API) deviceCenter(id string) (queue.CenterID, error) {
	d, ok := a.engine.Register().Device(directory.DeviceID(id))
	if !ok {
		return "", (&queue.Error{Code: directory.ErrUnknownDevice.Code, Message: fmt.Sprintf("there is no device %.60q", id)}).With("field", "device")
	}
	return d.Center, nil
}

type pairIn struct {
	Body PairBody
}

// PairBody is a device that wants to be let in.
type PairBody struct {
	Role    string `json:"role" enum:"kiosk,display,printer"`
	Version string `json:"version,omitempty" maxLength:"80"`
}

// Pairing is what a device shows until a manager has entered its code.
type Pairing struct {
	Code    string    `json:"code" doc:"Six characters"`
	Secret  string    `json:"secret" doc:"For the poll; nobody else learns it"`
	Expires time.Time `json:"expires_at"`
	URL     string    `json:"url" doc:"Where a manager approves it; for a QR code"`
}

type pairOut struct {
	Status int
	Body   Pairing
}

func (a *API) pair(rq *request, in *pairIn) (*pairOut, error) {
	o, wait, err := a.pairing.Begin(in.Body.Role, in.Body.Version, auth.Addr(rq.ctx))
	if err != nil {
		return nil, refusal(codeRateLimited, "too many devices ask for a code; the next one is given in %d s", int(wait.Seconds())+1).retryAfter(wait)
	}
	url := a.o.PublicURL.JoinPath("/admin/devices")
	url.RawQuery = "code=" + o.Code
	return &pairOut{http.StatusCreated, Pairing{o.Code, o.Secret, o.Expires, url.String()}}, nil
}

type pollIn struct {
	Body PollBody
}

// PollBody names the pairing.
type PollBody struct {
	Secret string `json:"secret" maxLength:"80"`
}

type pollOut struct {
	Status int
	Body   *fleet.Grant
}

func (a *API) poll(_ *request, in *pollIn) (*pollOut, error) {
	_, grant, err := a.pairing.Poll(in.Body.Secret)
	if err != nil {
		return nil, refusal(codePairingOver, "the code is not good any more; ask for a new one")
	}
	if grant == nil {
		return &pollOut{Status: http.StatusAccepted}, nil
	}
	return &pollOut{http.StatusOK, grant}, nil
}

type approveIn struct {
	Keyed
	Body ApproveBody
}

// ApproveBody lets a device in.
type ApproveBody struct {
	Code   string `json:"code" maxLength:"20" doc:"As the device shows it; blanks and lower case do not matter"`
	Center string `json:"center" doc:"The centre that it will belong to"`
	Role   string `json:"role,omitempty" enum:"kiosk,display,printer" doc:"What it is; left out it is what it says, and another is refused"`
	Place  string `json:"place" doc:"Where it stands, at most 80 characters"`
}

func (a *API) approve(rq *request, in *approveIn) (*deviceOut, error) {
	center := queue.CenterID(in.Body.Center)
	if err := a.need(rq, auth.ManageDevices, center); err != nil {
		return nil, err
	}
	o, wait, err := a.pairing.Take(in.Body.Code, rq.who.ID)
	switch {
	case errors.Is(err, fleet.ErrTooMany):
		return nil, refusal(codeRateLimited, "too many wrong codes; the next attempt counts in %d s", int(wait.Seconds())+1).retryAfter(wait)
	case err != nil:
		return nil, refusal(codeWrongCode, "no device shows the code %.20q; it changes every ten minutes, so read it again from the device's screen", fleet.Normal(in.Body.Code)).with("field", "code")
	}
	if in.Body.Role != "" && in.Body.Role != o.Role {
		a.pairing.Leave(o)
		return nil, refusal(codeInvalid, "the device that shows this code is a %s, not a %s", o.Role, in.Body.Role).with("field", "role").with("role", o.Role)
	}
	d, token, err := a.auth.PairDevice(rq.ctx, directory.Role(o.Role), center, in.Body.Place)
	if err != nil {
		a.pairing.Leave(o)
		return nil, err
	}
	a.pairing.Approve(o, fleet.Grant{Token: token, Device: string(d.ID), Center: string(d.Center), Place: d.Place, Role: o.Role})
	a.roster.Expect(member(d.Device))
	return &deviceOut{a.deviceOf(d.Device, "")}, nil
}
