package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"moiso/internal/directory"
	"moiso/internal/hub"
	"moiso/internal/queue"
	"moiso/internal/view"
)

// city is the directory behind a cell.
type city struct {
	e     *Engine
	state *directory.State
}

func newCity(e *Engine) *city { return &city{e: e, state: directory.New()} }

func (c *city) reset()                         { c.state = directory.New() }
func (c *city) lastAt() time.Time              { return c.state.LastAt }
func (c *city) committed()                     { c.e.register.Store(c.state.Clone()); c.e.cityDirty.Store(true) }
func (c *city) undone()                        {}
func (c *city) ended() []queue.TicketID        { return nil }
func (c *city) forget([]queue.TicketID)        {}
func (c *city) tick(time.Time) any             { return nil }
func (c *city) nextChange(time.Time) time.Time { return time.Time{} }
func (c *city) publish(int64, string)          { c.e.cityDirty.Store(true) }
func (c *city) snapshot() ([]byte, error)      { return c.state.Snapshot() }

func (c *city) restore(b []byte) (err error) {
	c.state, err = directory.Restore(b)
	return err
}

func (c *city) replay(record []byte) (bool, error) {
	r, err := directory.DecodeRecord(record)
	if err != nil {
		return false, err
	}
	c.state.Apply(r)
	return false, nil
}

func (c *city) decide(r *request, now time.Time) (d decided) {
	recs, err := directory.Decide(c.state, r.command.(directory.Command),
		directory.Meta{Now: now, Actor: r.call.Actor, Device: r.call.Device, Source: r.call.Source})
	d.err = err
	for _, rec := range recs {
		b, err := directory.EncodeRecord(rec)
		if err != nil {
			panic(fmt.Sprintf("engine: an event of our own cannot be encoded: %v", err))
		}
		d.records = append(d.records, record{b, string(rec.Day)})
	}
	return d
}

// Centers lists the city's centres in the directory's order.
func (e *Engine) Centers(ctx context.Context) ([]view.CenterSummary, error) {
	reg := e.register.Load()
	list := slices.Clone(reg.Centers)
	slices.SortStableFunc(list, func(a, b directory.Center) int { return cmp.Compare(a.Order, b.Order) })
	out := make([]view.CenterSummary, 0, len(list))
	for _, c := range list {
		if c.Disabled {
			continue
		}
		if v, ok := e.summaries.Load(c.ID); ok {
			out = append(out, *v.(*view.CenterSummary))
			continue
		}
		out = append(out, view.CenterSummary{ID: string(c.ID), Name: c.Name.VI, NameEN: c.Name.EN, Short: c.Short})
	}
	return out, nil
}

// cityDoc is the newest summary of the city. Its version grows only when it changed.
func (e *Engine) cityDoc(ctx context.Context) (hub.Doc, error) {
	e.cityMu.Lock()
	defer e.cityMu.Unlock()
	if !e.cityDirty.Swap(false) && e.cityNow.Bytes != nil {
		return e.cityNow, nil
	}
	centers, err := e.Centers(ctx)
	if err != nil {
		return hub.Doc{}, err
	}
	now := e.o.Now()
	v := max(e.cityNow.Version+1, now.UnixMilli())
	b, err := json.Marshal(view.City{Head: view.Head{Version: v, At: now, Epoch: e.o.Epoch}, Centers: centers})
	if err != nil {
		return hub.Doc{}, err
	}
	e.cityNow = hub.Doc{Epoch: e.o.Epoch, Version: v, Bytes: b}
	return e.cityNow, nil
}

// known refuses a centre that the directory does not have, and names those near it.
func (e *Engine) known(id queue.CenterID) error {
	reg := e.register.Load()
	if _, ok := reg.Center(id); ok {
		return nil
	}
	ids := make([]string, 0, len(reg.Centers))
	for _, c := range reg.Centers {
		ids = append(ids, string(c.ID))
	}
	near := nearest(string(id), ids, 3)
	return (&queue.Error{Code: ErrUnknownCenter.Code, Message: fmt.Sprintf("there is no centre %q", id)}).With("near", near)
}

// nearest gives the n candidates with the smallest edit distance (Levenshtein 1966).
func nearest(want string, have []string, n int) []string {
	dist := func(a, b string) int {
		prev := make([]int, len(b)+1)
		for j := range prev {
			prev[j] = j
		}
		for i := range len(a) {
			diag := prev[0]
			prev[0] = i + 1
			for j := range len(b) {
				cost := diag
				if a[i] != b[j] {
					cost++
				}
				diag = prev[j+1]
				prev[j+1] = min(cost, prev[j+1]+1, prev[j]+1)
			}
		}
		return prev[len(b)]
	}
	out := slices.Clone(have)
	slices.SortStableFunc(out, func(a, b string) int {
		return cmp.Or(cmp.Compare(dist(want, a), dist(want, b)), cmp.Compare(a, b))
	})
	return out[:min(n, len(out))]
}

// Register is the newest durable state of the directory. It is never changed after
// it was returned.
func (e *Engine) Register() *directory.State { return e.register.Load() }
