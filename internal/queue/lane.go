package queue

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

// Lane is a kiosk's own run of numbers, which it gives out while it cannot reach
// the server: service prefix, the lane's letter, three digits (AK012). No two lanes
// of a centre share a letter, so no two tickets of a day share a number.
//
// A lane belongs to a credential. It stays reserved when the device may use it no
// more (Withdrawn), because its slips may still be about, and is free again only
// when they have been merged or are written off.
type Lane struct {
	Device    string `json:"device"`
	Letter    string `json:"letter"`
	Withdrawn bool   `json:"withdrawn,omitempty"`
}

// laneLetters in the order in which they are given out: first those that sound
// apart in Vietnamese. I and O are missing: on paper they are 1 and 0.
const laneLetters = "KMSXHRLNQYAUECBDGPTVJWFZ"

// LaneOf finds the lane of a device.
func (s *State) LaneOf(device string) (Lane, bool) {
	if i := s.laneIndex(device); i >= 0 {
		return s.Lanes[i], true
	}
	return Lane{}, false
}

func (s *State) laneIndex(device string) int {
	return slices.IndexFunc(s.Lanes, func(l Lane) bool { return l.Device == device })
}

// laneHolder is the device to which a letter belongs, "" when it is free.
func (s *State) laneHolder(letter string) string {
	for _, l := range s.Lanes {
		if l.Letter == letter {
			return l.Device
		}
	}
	return ""
}

// laneClash names the service whose two-letter prefix would make numbers of a lane
// look like its own (AK012), "" when none does. Which letter comes before does not
// matter: a field with that prefix may be added tomorrow.
func (s *State) laneClash(letter string) ServiceID {
	for _, l := range s.Lines {
		if len(l.Prefix) == 2 && l.Prefix[1:] == letter && (!l.Removed || l.Last > 0) {
			return l.ID
		}
	}
	return ""
}

// prefixClash says why a service cannot have a prefix of two letters: it ends with
// the letter of a lane, or of one whose numbers were given out today.
func (s *State) prefixClash(v Service) error {
	if len(v.Prefix) != 2 {
		return nil
	}
	letter := v.Prefix[1:]
	taken := s.laneHolder(letter) != ""
	for _, t := range s.Tickets {
		_, used, ok := parseLaneNumber(t.Number)
		taken = taken || t.Offline && ok && used == letter
	}
	if !taken {
		return nil
	}
	return refuse(ErrConflict, "numbers of the prefix %s would look like those of the kiosk lane %s; take another prefix", v.Prefix, letter).With("field", "prefix")
}

var laneNumber = regexp.MustCompile(`^([A-Z]{1,2})([A-Z])[0-9]{3,6}$`)

// parseLaneNumber takes a number of a lane apart: the service's prefix and the
// lane's letter.
func parseLaneNumber(number string) (prefix, letter string, ok bool) {
	m := laneNumber.FindStringSubmatch(number)
	if m == nil {
		return "", "", false
	}
	return m[1], m[2], true
}

func checkDevice(id string) error {
	if id == "" || len(id) > 64 || strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return refuse(ErrInvalid, "the device id %q is not one word of at most 64 characters", id).With("field", "device")
	}
	return nil
}

// GiveLane gives a kiosk its lane. Without a letter the first free one is taken. A
// device that has a lane keeps it; one that was withdrawn is given again.
type GiveLane struct {
	Device string
	Letter string
}

func (c GiveLane) decide(s *State, d *decision) error {
	if err := checkDevice(c.Device); err != nil {
		return err
	}
	if has, ok := s.LaneOf(c.Device); ok {
		if c.Letter != "" && c.Letter != has.Letter {
			return refuse(ErrConflict, "the kiosk has the lane %s, whose slips may still be about; write that one off first", has.Letter).With("letter", has.Letter)
		}
		if !has.Withdrawn {
			d.out.Existing = true
			return nil
		}
		d.emit(LaneGiven{Device: c.Device, Letter: has.Letter})
		return nil
	}
	letter := c.Letter
	if letter == "" {
		for _, r := range laneLetters {
			if s.laneHolder(string(r)) == "" && s.laneClash(string(r)) == "" {
				letter = string(r)
				break
			}
		}
		if letter == "" {
			return refuse(ErrConflict, "every lane letter of the centre is taken; write off the lanes of kiosks that are gone")
		}
	}
	if len(letter) != 1 || !strings.Contains(laneLetters, letter) {
		return refuse(ErrInvalid, "the lane letter %q is not one capital letter other than I and O", letter).With("field", "letter")
	}
	if holder := s.laneHolder(letter); holder != "" {
		return refuse(ErrConflict, "the lane %s belongs to %s; it is given again when its slips are merged or written off", letter, holder).With("device", holder)
	}
	if clash := s.laneClash(letter); clash != "" {
		return refuse(ErrConflict, "numbers of the lane %s would look like those of %s", letter, clash).With("service", string(clash))
	}
	d.emit(LaneGiven{Device: c.Device, Letter: letter})
	return nil
}

// LaneGiven is a kiosk that may give out numbers of its lane while it is cut off.
type LaneGiven struct {
	Device string `json:"d"`
	Letter string `json:"l"`
}

func (LaneGiven) kind() string { return "lane-given" }

func (e LaneGiven) apply(s *State, _ time.Time) {
	if i := s.laneIndex(e.Device); i >= 0 {
		s.Lanes[i] = Lane{Device: e.Device, Letter: e.Letter}
		return
	}
	s.Lanes = append(s.Lanes, Lane{Device: e.Device, Letter: e.Letter})
}

// WithdrawLane ends a device's use of its lane. The letter stays reserved.
type WithdrawLane struct{ Device string }

func (c WithdrawLane) decide(s *State, d *decision) error {
	if has, ok := s.LaneOf(c.Device); !ok || has.Withdrawn {
		d.out.Existing = true
		return nil
	}
	d.emit(LaneWithdrawn{Device: c.Device})
	return nil
}

// LaneWithdrawn is a lane that its device may use no more.
type LaneWithdrawn struct {
	Device string `json:"d"`
}

func (LaneWithdrawn) kind() string { return "lane-withdrawn" }

func (e LaneWithdrawn) apply(s *State, _ time.Time) {
	if i := s.laneIndex(e.Device); i >= 0 {
		s.Lanes[i].Withdrawn = true
	}
}

// WriteOffLane frees a lane whose slips will never come: the kiosk was stolen, or
// its disk is gone.
type WriteOffLane struct{ Device string }

func (c WriteOffLane) decide(s *State, d *decision) error {
	if _, ok := s.LaneOf(c.Device); !ok {
		return refuse(ErrConflict, "the device %q has no lane here", c.Device).With("field", "device")
	}
	d.emit(LaneFreed{Device: c.Device, WrittenOff: true})
	return nil
}

// LaneFreed is a lane whose letter may be given to another kiosk.
type LaneFreed struct {
	Device     string `json:"d"`
	WrittenOff bool   `json:"off,omitempty"` // else its slips were merged
}

func (LaneFreed) kind() string { return "lane-freed" }

func (e LaneFreed) apply(s *State, _ time.Time) {
	s.Lanes = slices.DeleteFunc(s.Lanes, func(l Lane) bool { return l.Device == e.Device })
}
