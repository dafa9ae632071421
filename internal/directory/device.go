package directory

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"moiso/internal/queue"
)

// AddDevice registers a device of a centre.
type AddDevice struct {
	ID     DeviceID
	Role   Role
	Center queue.CenterID
	Place  string
	ByCode bool // let in by the code on its screen: it fetches its credential by itself, or never
}

func (c AddDevice) decide(s *State, d *decision) error {
	if !idForm.MatchString(string(c.ID)) {
		return invalid("id", "the device id %q is not 3 to 40 lower-case letters, digits and underscores", c.ID)
	}
	if _, ok := s.Device(c.ID); ok {
		return refuse(ErrIDTaken, "there is a device %q already", c.ID).With("field", "id")
	}
	if !slices.Contains(DeviceRoles, c.Role) {
		return invalid("role", "%q is not a role of a device; there are %s", c.Role, list(DeviceRoles))
	}
	if _, err := s.needCenter(c.Center); err != nil {
		return err
	}
	if err := checkPlace(c.Place); err != nil {
		return err
	}
	d.emit(DeviceAdded(c))
	return nil
}

func checkPlace(p string) error {
	switch {
	case strings.TrimSpace(p) == "":
		return invalid("place", "say where the device stands")
	case utf8.RuneCountInString(p) > 80:
		return invalid("place", "the place of a device has at most 80 characters")
	case !utf8.ValidString(p) || strings.ContainsFunc(p, unicode.IsControl):
		return invalid("place", "the place of a device is one line of text")
	}
	return nil
}

// DeviceAdded is a new device.
type DeviceAdded struct {
	ID     DeviceID       `json:"id"`
	Role   Role           `json:"role"`
	Center queue.CenterID `json:"center"`
	Place  string         `json:"place"`
	ByCode bool           `json:"by_code,omitempty"`
}

func (DeviceAdded) kind() string { return "device-added" }

func (e DeviceAdded) apply(s *State, at time.Time) {
	i, ok := find(s.Devices, e.ID, deviceKey)
	if !ok {
		s.Devices = slices.Insert(s.Devices, i, Device{ID: e.ID, Role: e.Role, Center: e.Center, Place: e.Place, Since: at, ByCode: e.ByCode})
	}
}

// RenameDevice says where a device stands now.
type RenameDevice struct {
	ID    DeviceID
	Place string
}

func (c RenameDevice) decide(s *State, d *decision) error {
	old, err := s.needDevice(c.ID)
	if err != nil {
		return err
	}
	if err := checkPlace(c.Place); err != nil {
		return err
	}
	if old.Place != c.Place {
		d.emit(DeviceRenamed(c))
	}
	return nil
}

// DeviceRenamed is where a device stands from now on.
type DeviceRenamed struct {
	ID    DeviceID `json:"id"`
	Place string   `json:"place"`
}

func (DeviceRenamed) kind() string { return "device-renamed" }

func (e DeviceRenamed) apply(s *State, _ time.Time) {
	if i, ok := find(s.Devices, e.ID, deviceKey); ok {
		s.Devices[i].Place = e.Place
	}
}

// RevokeDevice ends what a device may do, for good: one that comes back is
// registered anew.
type RevokeDevice struct {
	ID     DeviceID
	Unused bool // it never came for its credential
}

func (c RevokeDevice) decide(s *State, d *decision) error {
	old, err := s.needDevice(c.ID)
	if err == nil && !old.Revoked {
		d.emit(DeviceRevoked(c))
	}
	return err
}

// DeviceRevoked is a device whose credential is no longer good.
type DeviceRevoked struct {
	ID     DeviceID `json:"id"`
	Unused bool     `json:"unused,omitempty"`
}

func (DeviceRevoked) kind() string { return "device-revoked" }

func (e DeviceRevoked) apply(s *State, _ time.Time) {
	if i, ok := find(s.Devices, e.ID, deviceKey); ok {
		s.Devices[i].Revoked = true
	}
}
