package main

import (
	"time"

	"moiso/internal/queue"
	"moiso/internal/ticket"
	"moiso/internal/view"
)

// mayGive says why no number of a field can be given out while the kiosk is cut off, by
// the hours, pauses and limits that were last known, or nil. While the hour is
// uncertain there are no hours to keep to.
func (k *kiosk) mayGive(doc *view.Kiosk, id identity, service string, at reckoning) (view.KioskService, error) {
	s := queue.New()
	s.Center = queue.CenterConfig{ID: queue.CenterID(doc.Center), TimeZone: doc.TimeZone}
	var have []string
	for _, v := range doc.Services {
		if have = append(have, v.ID); v.ID != service {
			continue
		}
		l := &queue.Line{Service: queue.Service{ID: queue.ServiceID(v.ID), Prefix: v.Prefix, Name: v.Name}}
		rule := doc.Offline.Services[v.ID]
		today := day(s, at)
		if at.Uncertain {
			s.Hours.AllDay = true
		} else {
			s.Hours, l.Service.Hours = doc.Offline.Hours, rule.Hours
		}
		if today == "" || today == doc.Offline.Day {
			s.Day, s.DayEnded = queue.Day(doc.Offline.Day), doc.Offline.DayEnded
			l.Issued = rule.Issued
			if v.Pause != nil {
				l.Pause = &queue.Pause{Reason: v.Pause.Reason}
				if v.Pause.Until != nil {
					l.Pause.Until = *v.Pause.Until
				}
			}
		}
		l.DailyLimit = rule.DailyLimit
		l.Issued += k.spool.given(id.Lane, v.Prefix, today)
		now := at.At
		if now.IsZero() {
			now = doc.At
		}
		return v, s.MayIssue(l, now)
	}
	return view.KioskService{}, (&queue.Error{Code: queue.ErrUnknownService.Code, Message: "there is no service " + service + " here"}).With("services", have)
}

// day is the business day of a certain hour, "" of an uncertain one.
func day(s *queue.State, at reckoning) string {
	if at.Uncertain || at.At.IsZero() {
		return ""
	}
	return string(s.DayOf(at.At))
}

// zone is the centre's.
func zone(doc *view.Kiosk) *time.Location {
	if doc == nil {
		return time.UTC
	}
	s := queue.New()
	s.Center.TimeZone = doc.TimeZone
	return s.Location()
}

// slipURL is what the code of a slip carries: the address of its page and, where the
// code stays small, its number, so that a clerk who scans it has both.
func slipURL(prefix, id, number string) string {
	if prefix == "" {
		return ""
	}
	if url := prefix + id + "/" + number; len(url) <= ticket.SmallCode {
		return url
	}
	return prefix + id
}

// shown is a slip as the page knows tickets.
func (k *kiosk) shown(t slip) view.Ticket {
	_, doc := k.known()
	v := view.Ticket{ID: t.ID, Number: t.Number, Center: t.Center, Service: t.Service, State: string(queue.Waiting), Priority: t.Priority,
		Source: "kiosk", IssuedAt: t.At.At.In(zone(doc)).Truncate(time.Second), Day: t.Day, Language: t.Language, Reference: t.Reference,
		URL: t.URL, Offline: true, Uncertain: t.At.Uncertain}
	if t.Cancelled {
		v.State = string(queue.Cancelled)
	}
	return v
}
