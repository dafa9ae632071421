package engine

import (
	"context"
	"crypto/rand"
	"path/filepath"
	"testing"

	"moiso/internal/directory"
	"moiso/internal/journal/boltlog"
	"moiso/internal/queue"
	"moiso/internal/view"
)

func newID() queue.TicketID {
	var b [16]byte
	rand.Read(b[:])
	for i := range b {
		b[i] = queue.TicketIDAlphabet[b[i]&31]
	}
	return queue.TicketID(b[:])
}

func TestSmoke(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "j.db")
	open := func() (*Engine, *boltlog.Log) {
		l, err := boltlog.Open(path, boltlog.Options{})
		if err != nil {
			t.Fatal(err)
		}
		e, err := Open(ctx, Options{Log: l, Epoch: "E", Synced: func() bool { return true }})
		if err != nil {
			t.Fatal(err)
		}
		return e, l
	}
	e, l := open()
	if err := e.DoCity(ctx, directory.AddCenter{ID: "a", Name: queue.Text{VI: "A"}, Short: queue.Text{VI: "A"}}, Call{}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []queue.Command{
		queue.SetCenter{Config: queue.CenterConfig{ID: "a", Name: queue.Text{VI: "A"}, TimeZone: "Asia/Ho_Chi_Minh"}},
		queue.SetHours{Hours: queue.Hours{AllDay: true}},
		queue.SetService{Service: queue.Service{ID: "x", Prefix: "A", Name: queue.Text{VI: "X"}}},
		queue.SetCounter{Config: queue.CounterConfig{Number: 1, Services: []queue.ServiceID{"x"}}},
		queue.OpenCounter{Counter: 1},
	} {
		if _, err := e.Do(ctx, "a", c, Call{}); err != nil {
			t.Fatalf("%T: %v", c, err)
		}
	}
	id := newID()
	r, err := e.Do(ctx, "a", queue.Issue{ID: id, Service: "x"}, Call{Key: "k", Hash: []byte{1}})
	if err != nil || !r.Created || r.Ticket.Number != "A001" {
		t.Fatal(r, err)
	}
	r2, err := e.Do(ctx, "a", queue.CallNext{Counter: 1}, Call{})
	if err != nil || r2.Ticket.ID != string(id) {
		t.Fatal(r2, err)
	}
	e.Close(ctx)
	l.Close()
	e, l = open()
	defer l.Close()
	defer e.Close(ctx)
	r, err = e.Do(ctx, "a", queue.Issue{ID: id, Service: "x"}, Call{Key: "k", Hash: []byte{1}})
	if err != nil || !r.Repeated || r.Ticket.State != "waiting" {
		t.Fatal(r, err)
	}
	e.View(ctx, "a", func(s *queue.State, p view.Stamp) error {
		if s.Tickets[id].State != queue.Called {
			t.Error("not called")
		}
		return nil
	})
}
