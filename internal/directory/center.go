package directory

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"moiso/internal/queue"
)

var slug = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// AddCenter puts a centre on the city's list.
type AddCenter struct {
	ID          queue.CenterID
	Name, Short queue.Text
	Order       int
}

func (c AddCenter) decide(s *State, d *decision) error {
	if !slug.MatchString(string(c.ID)) || len(c.ID) > 40 {
		return invalid("id", "the centre id %q is not lower-case letters, digits and hyphens, at most 40", c.ID)
	}
	if _, ok := s.Center(c.ID); ok {
		return refuse(ErrIDTaken, "there is a centre %q already", c.ID).With("field", "id")
	}
	if err := checkNames(c.Name, c.Short); err != nil {
		return err
	}
	d.emit(CenterAdded(c))
	return nil
}

func checkNames(name, short queue.Text) error {
	if strings.TrimSpace(name.VI) == "" {
		return invalid("name", "the centre needs a Vietnamese name")
	}
	if strings.TrimSpace(short.VI) == "" {
		return invalid("short", "the centre needs a short Vietnamese name")
	}
	return nil
}

// CenterAdded is a new centre.
type CenterAdded struct {
	ID    queue.CenterID `json:"id"`
	Name  queue.Text     `json:"name"`
	Short queue.Text     `json:"short"`
	Order int            `json:"order"`
}

func (CenterAdded) kind() string { return "center-added" }

func (e CenterAdded) apply(s *State, _ time.Time) {
	i, ok := find(s.Centers, e.ID, centerKey)
	if !ok {
		s.Centers = slices.Insert(s.Centers, i, Center{ID: e.ID, Name: e.Name, Short: e.Short, Order: e.Order})
	}
}

// UpdateCenter changes the names of a centre or its place in lists.
type UpdateCenter struct {
	ID          queue.CenterID
	Name, Short queue.Text
	Order       int
}

func (c UpdateCenter) decide(s *State, d *decision) error {
	old, err := s.needCenter(c.ID)
	if err != nil {
		return err
	}
	if err := checkNames(c.Name, c.Short); err != nil {
		return err
	}
	if old.Name != c.Name || old.Short != c.Short || old.Order != c.Order {
		d.emit(CenterUpdated(c))
	}
	return nil
}

// CenterUpdated is a centre as it is named from now on.
type CenterUpdated struct {
	ID    queue.CenterID `json:"id"`
	Name  queue.Text     `json:"name"`
	Short queue.Text     `json:"short"`
	Order int            `json:"order"`
}

func (CenterUpdated) kind() string { return "center-updated" }

func (e CenterUpdated) apply(s *State, _ time.Time) {
	if i, ok := find(s.Centers, e.ID, centerKey); ok {
		c := &s.Centers[i]
		c.Name, c.Short, c.Order = e.Name, e.Short, e.Order
	}
}

// DisableCenter takes a centre off the lists. Its log stays.
type DisableCenter struct{ ID queue.CenterID }

func (c DisableCenter) decide(s *State, d *decision) error {
	old, err := s.needCenter(c.ID)
	if err == nil && !old.Disabled {
		d.emit(CenterDisabled(c))
	}
	return err
}

// CenterDisabled is a centre out of use.
type CenterDisabled struct {
	ID queue.CenterID `json:"id"`
}

func (CenterDisabled) kind() string { return "center-disabled" }

func (e CenterDisabled) apply(s *State, _ time.Time) { s.setCenterDisabled(e.ID, true) }

// EnableCenter takes DisableCenter back.
type EnableCenter struct{ ID queue.CenterID }

func (c EnableCenter) decide(s *State, d *decision) error {
	old, err := s.needCenter(c.ID)
	if err == nil && old.Disabled {
		d.emit(CenterEnabled(c))
	}
	return err
}

// CenterEnabled is a centre in use again.
type CenterEnabled struct {
	ID queue.CenterID `json:"id"`
}

func (CenterEnabled) kind() string { return "center-enabled" }

func (e CenterEnabled) apply(s *State, _ time.Time) { s.setCenterDisabled(e.ID, false) }

func (s *State) setCenterDisabled(id queue.CenterID, v bool) {
	if i, ok := find(s.Centers, id, centerKey); ok {
		s.Centers[i].Disabled = v
	}
}
