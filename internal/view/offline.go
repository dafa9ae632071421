package view

import "moiso/internal/queue"

// MovedByKiosk: slips of a kiosk that was cut off were placed by their hour of issue.
const MovedByKiosk = "offline_kiosk"

// DeskRefused is how many refused slips a page of the staff lists.
const DeskRefused = 50

// laneLetters are the lanes that kiosks may use.
func laneLetters(s *queue.State) map[string]string {
	out := map[string]string{}
	for _, l := range s.Lanes {
		if !l.Withdrawn {
			out[l.Device] = l.Letter
		}
	}
	return out
}

// LanesOf lists all lanes, in the order in which they were given.
func LanesOf(s *queue.State) []Lane {
	out := make([]Lane, 0, len(s.Lanes))
	for _, l := range s.Lanes {
		out = append(out, Lane(l))
	}
	return out
}

func offlineRules(s *queue.State) OfflineRules {
	r := OfflineRules{Day: string(s.Day), DayEnded: s.DayEnded, Hours: s.Hours, Services: map[string]OfflineServiceRule{}}
	for l := range lines(s) {
		if l.Service.Hours != nil || l.DailyLimit > 0 {
			r.Services[string(l.ID)] = OfflineServiceRule{Hours: l.Service.Hours, DailyLimit: l.DailyLimit, Issued: l.Issued}
		}
	}
	return r
}

// refusedSlips lists the newest first.
func refusedSlips(s *queue.State) []RefusedSlip {
	out := []RefusedSlip{}
	for i := len(s.Refused) - 1; i >= 0 && len(out) < DeskRefused; i-- {
		r := s.Refused[i]
		out = append(out, RefusedSlip{ID: string(r.ID), Number: r.Number, Service: string(r.Service), Device: r.Device, Code: string(r.Code),
			IssuedAt: instant(s, r.IssuedAt), At: r.At.In(s.Location())})
	}
	return out
}

// SlipOf is the answer for one slip.
func SlipOf(o queue.SlipOutcome) Slip {
	return Slip{ID: string(o.ID), Number: o.Number, Result: o.Result, Code: string(o.Code), Detail: o.Why}
}
