package directory

import (
	"slices"

	"moiso/internal/queue"
)

// Role is what an account or a device is for.
type Role string

const (
	Kiosk   Role = "kiosk"
	Display Role = "display"
	Printer Role = "printer"

	Volunteer Role = "volunteer" // helps people on the floor
	Agent     Role = "agent"     // issues tickets elsewhere, e.g. at a post office
	Clerk     Role = "clerk"     // serves at a counter
	Manager   Role = "manager"   // runs a centre
	Admin     Role = "admin"     // runs the city
)

// DeviceRoles and PersonRoles list the roles, the least first.
var (
	DeviceRoles = []Role{Kiosk, Display, Printer}
	PersonRoles = []Role{Volunteer, Agent, Clerk, Manager, Admin}
)

// Grant gives a role in one centre, or in all of them.
type Grant struct {
	Role   Role           `json:"role"`
	Center queue.CenterID `json:"center,omitempty"` // "" is all centres
}

// checkGrants says what is wrong with the roles of a person.
func (s *State) checkGrants(roles []Grant) error {
	if len(roles) == 0 {
		return invalid("roles", "an account needs at least one role of %s", list(PersonRoles))
	}
	for i, g := range roles {
		if !slices.Contains(PersonRoles, g.Role) {
			return invalid("roles", "%q is not a role of a person; there are %s", g.Role, list(PersonRoles))
		}
		if g.Role == Admin && g.Center != "" {
			return invalid("roles", "an administrator is for the whole city; the role for one centre is manager")
		}
		if g.Center != "" {
			if _, err := s.needCenter(g.Center); err != nil {
				return err
			}
		}
		if slices.Contains(roles[:i], g) {
			return invalid("roles", "the role %s is named twice", g.Role)
		}
	}
	return nil
}
