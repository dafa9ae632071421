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
	id := directory.DeviceID("d_" + randomText(16))
	if err := a.o.Directory.Do(ctx, directory.AddDevice{ID: id, Role: role, Center: center, Place: place}, a.meta(ctx)); err != nil {
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
	if err := a.o.Directory.Do(ctx, directory.RevokeDevice{ID: id}, a.meta(ctx)); err != nil {
		return err
	}
	if err := a.store.erase(string(id)); err != nil {
		return err
	}
	a.o.OnRevoke(string(id))
	return nil
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
