package view

import (
	"fmt"
	"testing"
	"time"

	"moiso/internal/queue"
)

const (
	notary = queue.ServiceID("chung-thuc")
	civil  = queue.ServiceID("ho-tich")
	land   = queue.ServiceID("dat-dai")
	elder  = queue.ClassID("cao-tuoi")
)

var saigon = func() *time.Location {
	l, err := time.LoadLocation("Asia/Ho_Chi_Minh")
	if err != nil {
		panic(err)
	}
	return l
}()

// hall is a centre on Monday 14 July 2025, from 8 o'clock.
type hall struct {
	t   testing.TB
	s   *queue.State
	now time.Time
}

func id(n int) queue.TicketID { return queue.TicketID(fmt.Sprintf("%016d", n)) }

var setting = []any{
	queue.SetCenter{Config: queue.CenterConfig{ID: "thuan-hoa", Name: queue.Text{VI: "Trung tâm Phục vụ hành chính công phường Thuận Hóa", EN: "Thuan Hoa ward public service centre"},
		Short: queue.Text{VI: "phường Thuận Hóa", EN: "Thuan Hoa ward"}, TimeZone: "Asia/Ho_Chi_Minh"}},
	queue.SetHours{Hours: queue.Hours{Periods: []queue.Period{{From: "01-01", To: "12-31", Days: []time.Weekday{1, 2, 3, 4, 5},
		Spans: []queue.Span{{From: "07:00", To: "11:30"}, {From: "13:30", To: "17:30"}}}}}},
	queue.SetPolicy{Policy: queue.Policy{Mode: queue.Interleaved, Every: 2, GraceS: 1800, Classes: []queue.Class{
		{ID: elder, Name: queue.Text{VI: "Người cao tuổi", EN: "Elderly"}, Basis: queue.Text{VI: "Luật Người cao tuổi 2009"}, Rank: 1}}}},
	queue.SetService{Service: queue.Service{ID: notary, Prefix: "A", Name: queue.Text{VI: "Chứng thực", EN: "Notary"}, Hint: queue.Text{VI: "Sao y, chứng thực chữ ký"}, Icon: "stamp",
		Where: queue.Text{VI: "Sảnh tầng 1", EN: "Hall, ground floor"}, Prepare: []queue.Text{{VI: "Bản chính", EN: "The original"}}, TargetS: 600}},
	queue.SetService{Service: queue.Service{ID: civil, Prefix: "H", Name: queue.Text{VI: "Hộ tịch", EN: "Civil status"}}},
	queue.SetService{Service: queue.Service{ID: land, Prefix: "K", Name: queue.Text{VI: "Đất đai", EN: "Land"}, DailyLimit: 1}},
	queue.SetCounter{Config: queue.CounterConfig{Number: 1, Services: []queue.ServiceID{notary}}},
	queue.SetCounter{Config: queue.CounterConfig{Number: 2, Services: []queue.ServiceID{notary, civil}, Name: queue.Text{VI: "Quầy tổng hợp"}}},
	queue.SetCounter{Config: queue.CounterConfig{Number: 3, Services: []queue.ServiceID{civil, land}}},
	queue.OpenCounter{Counter: 1}, queue.OpenCounter{Counter: 2},
}

func newHall(t testing.TB) *hall {
	t.Helper()
	h := &hall{t: t, s: queue.New(), now: time.Date(2025, 7, 14, 8, 0, 0, 0, saigon)}
	h.do(setting...)
	return h
}

// do carries out commands; a duration lets time pass.
func (h *hall) do(steps ...any) {
	h.t.Helper()
	for i, s := range steps {
		switch s := s.(type) {
		case time.Duration:
			h.now = h.now.Add(s)
		case queue.Command:
			if _, err := queue.Decide(h.s, s, queue.Meta{Now: h.now, Actor: "u-lan", Source: "desk", OutOfTurn: true}); err != nil {
				h.t.Fatalf("step %d, %T: %v", i, s, err)
			}
		}
	}
}

func (h *hall) stamp() Stamp { return Stamp{Epoch: "e1", Version: 42, Now: h.now} }

func take(n int, s queue.ServiceID) queue.Command {
	return queue.Issue{ID: id(n), Service: s, Source: "kiosk"}
}

func clerk(account string) string {
	if account == "" {
		return ""
	}
	return "Chị Lan"
}

// busy is a hall with a ticket in every state but expired.
func busy(t testing.TB) *hall {
	h := newHall(t)
	h.do(take(1, notary), time.Minute, take(2, notary), take(3, civil), time.Minute, take(4, notary), take(5, notary),
		queue.Issue{ID: id(6), Service: notary, Priority: elder, Source: "phone", Language: "en", Reference: "H57.25-0001"}, take(7, civil), take(8, land), take(9, notary), take(10, notary),
		time.Minute, queue.CallNext{Counter: 1}, queue.Start{Counter: 1}, 4*time.Minute, queue.Finish{Counter: 1}, // 1 done
		queue.CallNext{Counter: 1}, queue.Recall{Counter: 1}, time.Minute, queue.NoShow{Counter: 1}, // 2 missed
		queue.CallNext{Counter: 2}, queue.Park{Counter: 2, Reason: "đi sao y"}, // the priority turn, parked
		queue.CallNext{Counter: 1}, queue.Start{Counter: 1}, // serving
		queue.CallNext{Counter: 2}, queue.PauseCounter{Counter: 2}, // called
		queue.Cancel{Ticket: id(10), Reason: "về nhà"},
		queue.PauseIssuing{Service: civil, Reason: "lỗi hệ thống", Until: h.now.Add(2 * time.Hour)}, 30*time.Second)
	return h
}
