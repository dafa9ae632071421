package view

import (
	"bytes"

	"moiso/internal/queue"
)

// BoardCalls is how many calls a board carries.
const BoardCalls = 30

// BoardOf is what the lobby sees.
func BoardOf(s *queue.State, p Stamp) Board {
	b := Board{Head: p.head(s), Calls: []BoardCall{}, Counters: []BoardCounter{}, Services: []BoardService{}, Name: s.Center.Name,
		Short: s.Center.Short, TimeZone: s.Center.TimeZone, Rule: Rule(s.Policy), Pause: pause(s, s.Pause), Trouble: p.Trouble, LastCall: s.LastCall,
		Settings: s.DisplayFor(""), Devices: map[string]queue.DisplaySettings{},
		Messages: append([]queue.Message{}, s.CityMessages...), Today: append([]queue.Span{}, s.Hours.On(p.Now.In(s.Location()))...)}
	for _, d := range queue.SetDevices(s.Displays) {
		b.Devices[d] = s.DisplayFor(d)
	}
	b.Media = media(s, b)
	from := len(s.Calls)
	for n := 0; from > 0 && n < BoardCalls; {
		from--
		if !s.Calls[from].Withdrawn {
			n++
		}
	}
	for _, c := range s.Calls[from:] {
		if !c.Withdrawn {
			b.Calls = append(b.Calls, CallOf(s, c))
		}
	}
	for _, c := range s.Counters {
		if c.Removed {
			continue
		}
		v := BoardCounter{Number: int(c.Number), State: string(c.State), Services: serves(s, c)}
		if c.Name != (queue.Text{}) {
			name := c.Name
			v.Name = &name
		}
		if t := s.Tickets[c.Ticket]; t != nil {
			v.TicketNumber, v.TicketState, v.Service, v.Priority = &t.Number, string(t.State), string(t.Service), t.Priority != ""
		}
		b.Counters = append(b.Counters, v)
	}
	for l := range lines(s) {
		v := BoardService{ID: string(l.ID), Waiting: len(l.Waiting), Name: l.Name, Prefix: l.Prefix,
			OpenCounters: openCounters(s, l.ID), Pause: linePause(s, l)}
		if next := s.LineNext(l.ID, p.Now); next.Ticket != nil {
			v.Next = &next.Ticket.Number
		}
		b.Services = append(b.Services, v)
	}
	return b
}

// media are the files that a playlist in force names, in the order they came.
func media(s *queue.State, b Board) []BoardMedium {
	out := []BoardMedium{}
	if len(s.Media) == 0 {
		return out
	}
	named := map[string]bool{}
	for _, p := range b.Settings.Playlist {
		named[p.Media] = true
	}
	for _, d := range b.Devices {
		for _, p := range d.Playlist {
			named[p.Media] = true
		}
	}
	for _, m := range s.Media {
		if named[m.Hash] {
			out = append(out, BoardMedium{Hash: m.Hash, Type: m.Type, Bytes: m.Bytes})
		}
	}
	return out
}

// CallOf is one announcement on the wire.
func CallOf(s *queue.State, c queue.Call) BoardCall {
	return BoardCall{Call: c.Call, Number: c.Number, Counter: int(c.Counter), Service: string(c.Service), At: c.At.In(s.Location()),
		Again: c.Again, Priority: c.Priority, Language: c.Language, Withdrawn: c.Withdrawn}
}

// KioskOf is what a kiosk shows before the touch.
func KioskOf(s *queue.State, p Stamp) Kiosk {
	k := Kiosk{Head: p.head(s), Name: s.Center.Name, Short: s.Center.Short, TimeZone: s.Center.TimeZone, Services: kioskServices(s, p),
		Priorities: classes(s), Rule: Rule(s.Policy), Trouble: p.Trouble, Prints: printCalls(s), Lanes: laneLetters(s), Offline: offlineRules(s),
		Settings: s.KioskFor(""), Devices: map[string]queue.KioskSettings{}}
	for _, d := range queue.SetDevices(s.Kiosks) {
		own := s.KioskFor(d)
		if bytes.Equal(own.Logo, k.Settings.Logo) {
			own.Logo = nil // once is enough in a document that is sent at every change
		}
		k.Devices[d] = own
	}
	return k
}

// SettingsOf are the settings in force on a device, as the document has them.
func (k Kiosk) SettingsOf(device string) queue.KioskSettings {
	own, ok := k.Devices[device]
	if !ok {
		return k.Settings
	}
	return own.Over(k.Settings)
}

// SettingsOf are the settings in force on a device, as the document has them.
func (b Board) SettingsOf(device string) queue.DisplaySettings {
	if own, ok := b.Devices[device]; ok {
		return own
	}
	return b.Settings
}

func kioskServices(s *queue.State, p Stamp) []KioskService {
	out := []KioskService{}
	for l := range lines(s) {
		v := KioskService{ID: string(l.ID), Name: l.Name, Hint: l.Hint, Icon: l.Icon, Prefix: l.Prefix, Where: l.Where,
			Pause: linePause(s, l), Waiting: len(l.Waiting), OpenCounters: openCounters(s, l.ID), Collect: l.Collect}
		v.Open, v.Closed, v.OpensAt = opening(s, l, p.Now)
		out = append(out, v)
	}
	return out
}
