package directory

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"moiso/internal/queue"
)

// State is the whole register. It is plain data: JSON of it is its snapshot. Each
// list is in order of id and holds values, so a copy is cheap.
type State struct {
	Centers  []Center  `json:"centers"`
	Accounts []Account `json:"accounts"`
	Devices  []Device  `json:"devices"`
	LastAt   time.Time `json:"last_at"`
}

// Center is a centre as the city lists it. Its services, counters and hours stand
// in its own log.
type Center struct {
	ID       queue.CenterID `json:"id"`
	Name     queue.Text     `json:"name"`  // in full
	Short    queue.Text     `json:"short"` // "phường Thuận Hóa"
	Order    int            `json:"order"` // in lists, lower first
	Disabled bool           `json:"disabled,omitempty"`
}

// Account is a person who may sign in, without saying who.
type Account struct {
	ID       AccountID `json:"id"`
	Roles    []Grant   `json:"roles"` // never changed in place
	Disabled bool      `json:"disabled,omitempty"`
	Since    time.Time `json:"since"`
	// Password is when the password was last changed; zero when it never was.
	Password time.Time `json:"password,omitzero"`
}

// Device is a kiosk, a screen or a printer of one centre.
type Device struct {
	ID      DeviceID       `json:"id"`
	Role    Role           `json:"role"`
	Center  queue.CenterID `json:"center"`
	Place   string         `json:"place"` // where it stands, "sảnh chính, cửa trái"
	Since   time.Time      `json:"since"`
	Revoked bool           `json:"revoked,omitempty"`
	ByCode  bool           `json:"by_code,omitempty"` // let in by the code on its screen
}

// New is a city before its first event.
func New() *State { return &State{} }

// Clone is a copy that later events do not touch.
func (s *State) Clone() *State {
	return &State{Centers: slices.Clone(s.Centers), Accounts: slices.Clone(s.Accounts),
		Devices: slices.Clone(s.Devices), LastAt: s.LastAt}
}

func find[T any, K ~string](items []T, id K, key func(T) K) (int, bool) {
	return slices.BinarySearchFunc(items, id, func(it T, id K) int { return strings.Compare(string(key(it)), string(id)) })
}

func centerKey(c Center) queue.CenterID { return c.ID }
func accountKey(a Account) AccountID    { return a.ID }
func deviceKey(d Device) DeviceID       { return d.ID }

// Center finds a centre, also a disabled one.
func (s *State) Center(id queue.CenterID) (Center, bool) {
	if i, ok := find(s.Centers, id, centerKey); ok {
		return s.Centers[i], true
	}
	return Center{}, false
}

// Account finds an account, also a disabled one.
func (s *State) Account(id AccountID) (Account, bool) {
	if i, ok := find(s.Accounts, id, accountKey); ok {
		return s.Accounts[i], true
	}
	return Account{}, false
}

// Device finds a device, also a revoked one.
func (s *State) Device(id DeviceID) (Device, bool) {
	if i, ok := find(s.Devices, id, deviceKey); ok {
		return s.Devices[i], true
	}
	return Device{}, false
}

// ActiveCenters lists the centres in use, in the city's order.
func (s *State) ActiveCenters() []Center {
	var out []Center
	for _, c := range s.Centers {
		if !c.Disabled {
			out = append(out, c)
		}
	}
	slices.SortStableFunc(out, func(a, b Center) int { return cmp.Compare(a.Order, b.Order) })
	return out
}

// HasAdmin reports whether someone can configure the city.
func (s *State) HasAdmin() bool { return s.adminBesides("") }

// adminBesides reports whether an enabled administrator other than id exists.
func (s *State) adminBesides(id AccountID) bool {
	return slices.ContainsFunc(s.Accounts, func(a Account) bool {
		return a.ID != id && !a.Disabled && slices.Contains(a.Roles, Grant{Role: Admin})
	})
}

func (s *State) needCenter(id queue.CenterID) (Center, error) {
	if c, ok := s.Center(id); ok {
		return c, nil
	}
	near := s.near(id)
	e := refuse(ErrUnknownCenter, "there is no centre %q", id)
	if len(near) > 0 {
		e = refuse(ErrUnknownCenter, "there is no centre %q; near it are %s", id, list(near))
	}
	return Center{}, e.With("near", near)
}

// near gives up to three ids that stand where the unknown one would.
func (s *State) near(id queue.CenterID) []queue.CenterID {
	i, _ := find(s.Centers, id, centerKey)
	from := max(0, min(i-1, len(s.Centers)-3))
	var out []queue.CenterID
	for _, c := range s.Centers[from:min(from+3, len(s.Centers))] {
		out = append(out, c.ID)
	}
	return out
}

func (s *State) needAccount(id AccountID) (Account, error) {
	if a, ok := s.Account(id); ok {
		return a, nil
	}
	return Account{}, refuse(ErrUnknownAccount, "there is no account %q", id)
}

func (s *State) needDevice(id DeviceID) (Device, error) {
	if d, ok := s.Device(id); ok {
		return d, nil
	}
	return Device{}, refuse(ErrUnknownDevice, "there is no device %q", id)
}
