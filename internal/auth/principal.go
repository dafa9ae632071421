package auth

import (
	"context"
	"slices"

	"moiso/internal/directory"
	"moiso/internal/queue"
)

// Role and Grant are the directory's.
type (
	Role  = directory.Role
	Grant = directory.Grant
)

// Kind says whether a person or a device asks.
type Kind string

const (
	Person Kind = "person"
	Device Kind = "device"
)

// Principal is who asks. A nil *Principal is somebody unknown, who may do nothing
// that takes a role.
type Principal struct {
	ID       string // account id, device id, or the id of a demo browser
	Kind     Kind
	Username string  // of a person
	Name     string  // of a person, or the place of a device
	Roles    []Grant // not to be changed
	// Browser are the devices that this browser may stand in for (demo only).
	Browser []Grant
}

// Center is the one centre of all grants; "" when they differ or one is for all.
func (p *Principal) Center() queue.CenterID {
	if p == nil || len(p.Roles) == 0 {
		return ""
	}
	c := p.Roles[0].Center
	for _, g := range p.Roles {
		if g.Center != c {
			return ""
		}
	}
	return c
}

// RoleNames lists the roles once each, in order of the grants.
func (p *Principal) RoleNames() []string {
	names := []string{}
	if p == nil {
		return names
	}
	for _, g := range p.Roles {
		if !slices.Contains(names, string(g.Role)) {
			names = append(names, string(g.Role))
		}
	}
	return names
}

// DeviceID is the id when a device asks, for the record of an event; else "".
func (p *Principal) DeviceID() string {
	if p == nil || p.Kind != Device {
		return ""
	}
	return p.ID
}

// May reports whether the principal may do an action in a centre; the centre ""
// is the city, for which only a grant for all centres counts.
func (p *Principal) May(a Action, center queue.CenterID) bool {
	if p == nil {
		return false
	}
	ok := func(g Grant) bool {
		return (g.Center == "" || g.Center == center) && slices.Contains(a.Roles(), g.Role)
	}
	return slices.ContainsFunc(p.Roles, ok) || slices.ContainsFunc(p.Browser, ok)
}

// MayAnywhere reports whether there is a centre in which p may do the action.
func (p *Principal) MayAnywhere(a Action) bool {
	if p == nil {
		return false
	}
	ok := func(g Grant) bool { return slices.Contains(a.Roles(), g.Role) }
	return slices.ContainsFunc(p.Roles, ok) || slices.ContainsFunc(p.Browser, ok)
}

// Need is the guard of a route: whoever asks in ctx, or the refusal to answer with.
func Need(ctx context.Context, a Action, center queue.CenterID) (*Principal, error) {
	p := From(ctx)
	switch {
	case p == nil:
		return nil, ErrNotSignedIn
	case p.May(a, center):
		return p, nil
	case p.MayAnywhere(a) && center != "":
		return nil, refuse(ErrForbidden, "your role does not reach to the centre %s", center)
	case p.MayAnywhere(a):
		return nil, refuse(ErrForbidden, "your role does not reach over the whole city")
	}
	return nil, refuse(ErrForbidden, "this takes the role %s", alternatives(a.Roles()))
}

func alternatives(roles []Role) string {
	s := ""
	for i, r := range roles {
		switch {
		case i > 0 && i == len(roles)-1:
			s += " or "
		case i > 0:
			s += ", "
		}
		s += string(r)
	}
	return s
}
