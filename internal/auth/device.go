package auth

import (
	"context"
	"time"

	"moiso/internal/directory"
	"moiso/internal/queue"
)

// DeviceInfo is a device as an administrator sees one.
type DeviceInfo struct {
	directory.Device
	Used string // last day its token was used, "" for never
}

// CreateDevice registers a device and gives its token, which is shown this once
// and kept only as a hash.
func (a *Auth) CreateDevice(ctx context.Context, role Role, center queue.CenterID, place string) (DeviceInfo, string, error) {
	return a.addDevice(ctx, directory.AddDevice{Role: role, Center: center, Place: place})
}

// PairDevice is CreateDevice for one that shows a code and comes for its token by
// itself. Where it never does, LapseDevices ends it.
func (a *Auth) PairDevice(ctx context.Context, role Role, center queue.CenterID, place string) (DeviceInfo, string, error) {
	return a.addDevice(ctx, directory.AddDevice{Role: role, Center: center, Place: place, ByCode: true})
}

func (a *Auth) addDevice(ctx context.Context, c directory.AddDevice) (DeviceInfo, string, error) {
	id := directory.DeviceID("d_" + randomText(16))
	c.ID = id
	if err := a.o.Directory.Do(ctx, c, a.meta(ctx)); err != nil {
		return DeviceInfo{}, "", err
	}
	tok := deviceToken + randomText(tokenChars)
	t := token{Owner: string(id), Kind: Device, Created: time.Now().UTC()}
	if err := a.store.putToken(hashToken(tok), t); err != nil {
		return DeviceInfo{}, "", err
	}
	d, _ := a.o.Directory.State().Device(id)
	return DeviceInfo{Device: d}, tok, nil
}

// RenameDevice says where a device stands now.
func (a *Auth) RenameDevice(ctx context.Context, id directory.DeviceID, place string) error {
	return a.o.Directory.Do(ctx, directory.RenameDevice{ID: id, Place: place}, a.meta(ctx))
}

// RevokeDevice ends a device's token, with effect at once.
func (a *Auth) RevokeDevice(ctx context.Context, id directory.DeviceID) error {
	return a.endDevice(ctx, directory.RevokeDevice{ID: id})
}

func (a *Auth) endDevice(ctx context.Context, c directory.RevokeDevice) error {
	if err := a.o.Directory.Do(ctx, c, a.meta(ctx)); err != nil {
		return err
	}
	if err := a.store.erase(string(c.ID)); err != nil {
		return err
	}
	a.o.OnRevoke(string(c.ID))
	return nil
}

// PairedFor is how long the credential of a paired device stands before its first use.
const PairedFor = 15 * time.Minute

// Lapses is when a device ends because it never came for its credential; ok is false
// for one that was not paired by a code, has used it, or is revoked.
func (d DeviceInfo) Lapses() (at time.Time, ok bool) {
	return d.Since.Add(PairedFor), d.ByCode && !d.Revoked && d.Used == ""
}

// LapseDevices revokes the paired devices whose time was over at an instant, and lists
// them: a credential that nobody holds must not lie about for years.
func (a *Auth) LapseDevices(ctx context.Context, now time.Time) ([]DeviceInfo, error) {
	var ended []DeviceInfo
	for _, d := range a.Devices("") {
		if at, ok := d.Lapses(); !ok || now.Before(at) {
			continue
		}
		if err := a.endDevice(ctx, directory.RevokeDevice{ID: d.ID, Unused: true}); err != nil {
			return ended, err
		}
		ended = append(ended, d)
	}
	return ended, nil
}

// Devices lists the devices of a centre, or of all for "", revoked ones included.
func (a *Auth) Devices(center queue.CenterID) []DeviceInfo {
	var out []DeviceInfo
	for _, d := range a.o.Directory.State().Devices {
		if center == "" || d.Center == center {
			out = append(out, DeviceInfo{Device: d, Used: a.store.lastUse(string(d.ID))})
		}
	}
	return out
}
