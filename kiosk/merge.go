package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"moiso/internal/device"
	"moiso/internal/view"
)

// Merging: as many slips at a time as do not keep a call waiting, with a breath between,
// until nothing is left.
const (
	mergeBatch  = 50
	mergeBreath = 20 * time.Millisecond
	mergeWait   = 10 * time.Second // for the answer
	mergeRetry  = time.Second      // after a failure; doubles
	mergeSlow   = 30 * time.Second // at most
)

// mergeSlip is a slip on the wire.
type mergeSlip struct {
	ID        string     `json:"id"`
	Number    string     `json:"number"`
	Service   string     `json:"service"`
	Priority  string     `json:"priority,omitempty"`
	Language  string     `json:"language,omitempty"`
	Reference string     `json:"reference,omitempty"`
	IssuedAt  *time.Time `json:"issued_at,omitempty"`
	Uncertain bool       `json:"uncertain,omitempty"`
	Day       string     `json:"day,omitempty"`
	Cancelled bool       `json:"cancelled,omitempty"`
}

type mergeRequest struct {
	Device  string      `json:"device,omitempty"`
	Left    int         `json:"left,omitempty"`
	Tickets []mergeSlip `json:"tickets"`
}

type mergeAnswer struct {
	Device string      `json:"device"`
	Lane   string      `json:"lane"`
	At     time.Time   `json:"at"`
	Slips  []view.Slip `json:"slips"`
}

// errRejected is an answer that repeating the same request does not change.
var errRejected = errors.New("the server does not take it")

// mergeAll brings the slips to the server whenever it is there. The first word to it
// after a cut is a merge, also of nothing: the answer says who we are and which lane is ours.
func (k *kiosk) mergeAll(ctx context.Context) {
	wait := mergeRetry
	retry := time.NewTimer(0)
	defer retry.Stop()
	met := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-k.wake:
		case <-retry.C:
		}
		if met && !k.waiting() {
			continue
		}
		if err := k.merge(ctx); err != nil {
			if ctx.Err() != nil {
				return
			}
			k.log.Debug("the slips are not merged yet", "error", err)
			retry.Reset(wait)
			wait = min(2*wait, mergeSlow)
			continue
		}
		met, wait = true, mergeRetry
	}
}

func (k *kiosk) waiting() bool {
	batch, _, err := k.spool.pending(k.center, 1)
	return err == nil && len(batch) > 0
}

// merge sends batch after batch until nothing is left or the server is away.
func (k *kiosk) merge(ctx context.Context) error {
	if err := k.greet(ctx); err != nil {
		return err
	}
	size, total, refused := mergeBatch, 0, 0
	for {
		batch, more, err := k.spool.pending(k.center, size)
		if err != nil {
			return fmt.Errorf("read the spool: %w", err)
		}
		if len(batch) == 0 {
			if total > 0 {
				k.log.Info("the slips are merged", "slips", total, "refused", refused)
			}
			return nil
		}
		left := 0
		if more {
			left = max(k.spool.count()-len(batch), 1)
		}
		answers, err := k.send(ctx, batch, left)
		switch {
		case errors.Is(err, errRejected) && len(batch) > 1:
			size = 1 // one of them is at fault: each by itself
			continue
		case errors.Is(err, errRejected) && len(batch) == 1:
			answers = batch
			answers[0].Result, answers[0].Code, answers[0].Detail = "refused", "invalid", err.Error()
			k.log.Error("the server does not take a slip; staff must be told of it", "number", answers[0].Number, "error", err)
		case err != nil:
			return err
		}
		if err := k.spool.settle(answers); err != nil {
			return fmt.Errorf("note the server's answers: %w", err)
		}
		k.tell()
		for _, a := range answers {
			if a.Result == "refused" {
				refused++
				k.log.Warn("the server refuses a slip; staff see it by its number", "number", a.Number, "code", a.Code, "detail", a.Detail)
			}
		}
		total += len(answers)
		if !pause(ctx, mergeBreath) {
			return ctx.Err()
		}
	}
}

// greet is the first word to the server after a cut: a merge of nothing. The answer says
// who we are and which lane is ours, and what time it is, by which the hours of slips
// of this boot become certain before they are sent.
func (k *kiosk) greet(ctx context.Context) error {
	_, err := k.send(ctx, nil, k.spool.count())
	return err
}

// send asks the server to take a batch and gives the slips with their outcome.
func (k *kiosk) send(ctx context.Context, batch []entry, left int) ([]entry, error) {
	req := mergeRequest{Left: left, Tickets: []mergeSlip{}}
	for _, e := range batch {
		req.Device = e.Device
		req.Tickets = append(req.Tickets, k.wire(e.slip))
	}
	body, err := json.Marshal(req)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, mergeWait)
	defer cancel()
	a, err := k.server.Do(ctx, http.MethodPost, "/api/v1/centers/"+k.center+"/merge", body)
	if err != nil {
		return nil, err
	}
	if err := mergeError(a); err != nil {
		return nil, err
	}
	var out mergeAnswer
	if err := json.Unmarshal(a.Body, &out); err != nil {
		return nil, fmt.Errorf("the answer is not understood: %w", err)
	}
	k.meet(out)
	results := map[string]view.Slip{}
	for _, s := range out.Slips {
		results[s.ID] = s
	}
	var answers []entry
	for _, e := range batch {
		if s, ok := results[e.ID]; ok && s.Result != "" {
			e.Result, e.Code, e.Detail = s.Result, s.Code, s.Detail
			answers = append(answers, e)
		}
	}
	if len(answers) < len(batch) {
		return answers, k.settled(answers)
	}
	return answers, nil
}

// settled keeps what a partial answer said, and asks for the rest again.
func (k *kiosk) settled(answers []entry) error {
	return errors.Join(k.spool.settle(answers), errors.New("the server did not answer for every slip"))
}

// mergeError says what an answer other than a success means.
func mergeError(a device.Answer) error {
	switch {
	case a.Status == http.StatusOK:
		return nil
	case a.Status == http.StatusUnprocessableEntity && refusal(a), a.Status == http.StatusRequestEntityTooLarge && refusal(a), a.Status == http.StatusBadRequest && refusal(a):
		return fmt.Errorf("%w: %s", errRejected, a.Body)
	}
	return fmt.Errorf("the server answered %d", a.Status)
}

// wire is a slip as the server takes it. An hour that was uncertain is made certain
// where the machine has run on since.
func (k *kiosk) wire(t slip) mergeSlip {
	at := k.clock.settle(t.At)
	m := mergeSlip{ID: t.ID, Number: t.Number, Service: t.Service, Priority: t.Priority, Language: t.Language, Reference: t.Reference,
		Uncertain: at.Uncertain, Day: t.Day, Cancelled: t.Cancelled}
	if !at.At.IsZero() {
		m.IssuedAt = &at.At
	}
	return m
}

// meet notes who the server says we are.
func (k *kiosk) meet(a mergeAnswer) {
	if !a.At.IsZero() {
		k.beat(a.At)
	}
	id := identity{Device: a.Device, Lane: a.Lane, Center: k.center}
	k.mu.Lock()
	news := id != k.id
	k.id = id
	k.mu.Unlock()
	if news {
		k.log.Info("the kiosk is known to the server", "device", a.Device, "lane", a.Lane)
		k.keep()
		k.tell()
		k.orders.sort()
	}
}

// pause waits and tells whether ctx is still alive.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
