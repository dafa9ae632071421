package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"moiso/internal/journal"
)

// maxConflicts is how often a batch is decided again because another writer was first.
const maxConflicts = 3

// batch decides first, if there is one, and whatever else waits, appends once, shows
// and answers.
func (c *cell) batch(first *request) {
	reqs := c.gather(first)
	var err error
	if c.broken != nil {
		err = fmt.Errorf("%w (%w)", ErrStorage, c.broken)
	}
	for attempt := 0; err == nil; attempt++ {
		err = c.commit(reqs)
		if err == nil {
			break
		}
		err = c.goBack(err)
		if err == nil && attempt == maxConflicts {
			c.probeAt = time.Now().Add(probeEvery)
			err = ErrBusy
		}
	}
	if err != nil {
		for _, r := range reqs {
			if r.command != nil {
				r.reply, r.err = Reply{}, err
			}
		}
	}
	if c.broken == nil && c.dirty && !time.Now().Before(c.due()) {
		c.flush()
	}
	for _, r := range reqs {
		c.answer(r)
	}
	c.afterBatch()
}

// gather takes what waits in the mailbox, up to a batch. Requests whose caller has
// left are passed over.
func (c *cell) gather(first *request) []*request {
	var reqs []*request
	add := func(r *request) {
		if r.look != nil || r.take() {
			reqs = append(reqs, r)
		}
	}
	if first != nil {
		add(first)
	}
	for len(reqs) < maxBatch {
		select {
		case r, ok := <-c.mailbox:
			if !ok {
				return reqs
			}
			add(r)
			continue
		default:
		}
		break
	}
	return reqs
}

// answer gives a caller the outcome. Looks are served here, on durable state.
func (c *cell) answer(r *request) {
	if r.look != nil {
		if !r.take() {
			return
		}
		if r.err = c.broken; r.err == nil {
			r.err = r.look(c)
		} else {
			r.err = fmt.Errorf("%w (%w)", ErrStorage, r.err)
		}
	}
	close(r.done)
}

// afterBatch does what can wait until the callers have their answers.
func (c *cell) afterBatch() {
	if c.broken != nil {
		return
	}
	now := time.Now()
	if c.dirty && !now.Before(c.due()) {
		c.flush()
	}
	if c.sealTo != 0 && !c.sealing && !now.Before(c.sealAt) {
		c.seal()
	}
	if c.sinceSnap >= c.snapAfter {
		c.snapAfter *= 2
		c.save()
	}
}

// goBack returns to what is on disk after an append failed. It gives nil when the
// batch should be decided again, and else what to answer.
func (c *cell) goBack(cause error) error {
	conflict, full := errors.Is(cause, journal.ErrConflict), errors.Is(cause, journal.ErrNoSpace)
	c.m.undone()
	if !conflict && !full {
		c.stop(cause)
		return fmt.Errorf("%w (%w)", ErrStorage, cause)
	}
	if err := c.load(context.Background()); err != nil {
		c.stop(fmt.Errorf("go back to the disk: %w", err))
		return fmt.Errorf("%w (%w)", ErrStorage, err)
	}
	if full {
		c.probeAt = time.Now().Add(probeEvery)
		c.setTrouble(troubleStorage)
		return fmt.Errorf("%w (%w)", ErrStorage, cause)
	}
	c.dirty = true // another node wrote: its events are to be shown too
	return nil
}

// commit decides the commands of a batch and makes their records durable. On an
// error nothing of it happened, or, for journal.ErrAmbiguous, nobody knows.
func (c *cell) commit(reqs []*request) error {
	now := c.e.o.Now()
	c.checkClock()
	held := c.e.clock.check()
	if held == nil {
		if err := c.turn(now); err != nil {
			return err
		}
	} else if c.m.tick(now) != nil {
		c.probeAt = time.Now().Add(probeEvery)
	}
	var all []record
	var keys []journal.Key
	urgent, rolled := false, false
	for _, r := range reqs {
		r.reply, r.err = Reply{}, nil
		switch {
		case r.command == nil || c.repeated(r, now, held == nil):
			continue
		case held != nil:
			r.err = held
			continue
		}
		d := c.m.decide(r, now)
		r.reply, r.err = d.reply, d.err
		if len(d.records) == 0 {
			continue
		}
		all = append(all, d.records...)
		urgent, rolled = urgent || d.urgent, rolled || d.rolled
		if r.call.Key != "" && r.err == nil {
			k, err := c.remember(r, now)
			if err != nil {
				return err
			}
			keys = append(keys, k)
		}
	}
	return c.append(all, keys, urgent, rolled)
}

// turn ends and begins business days before anything else happens at this hour. A day's
// records stand in entries of their own, so that days can be sealed one by one.
func (c *cell) turn(now time.Time) error {
	cmd := c.m.tick(now)
	if cmd == nil {
		return nil
	}
	d := c.m.decide(&request{command: cmd, call: Call{Source: "system"}}, now)
	for i := 0; i < len(d.records); {
		j := i + 1
		for j < len(d.records) && d.records[j].day == d.records[i].day {
			j++
		}
		if err := c.append(d.records[i:j], nil, true, d.rolled && j == len(d.records)); err != nil {
			return err
		}
		i = j
	}
	return nil
}

// append makes records durable. rolled says that a day begins with them: what stands
// before is ready to be sealed.
func (c *cell) append(records []record, keys []journal.Key, urgent, rolled bool) error {
	if len(records) == 0 {
		return nil
	}
	a := journal.Append{Stream: c.name, Expect: c.head.Pos, Day: records[len(records)-1].day, Keys: keys, Records: make([][]byte, len(records))}
	for i, r := range records {
		a.Records[i] = r.bytes
	}
	pos, err := c.e.o.Log.Append(context.Background(), a)
	if err != nil {
		return err
	}
	if rolled && c.head.Pos != 0 {
		c.sealTo, c.sealAt, c.snapAfter = c.head.Pos, time.Time{}, c.e.o.snapshotEvery
	}
	c.head = journal.Head{Pos: pos, Next: c.head.Next + uint64(len(records))}
	c.sinceSnap += len(records)
	c.m.committed()
	if c.trouble == troubleStorage {
		c.setTrouble("")
	}
	c.dirty, c.urgent = true, c.urgent || urgent
	return nil
}

// repeated answers a request whose idempotency key has been seen. A clock that is not
// trusted makes no key old.
func (c *cell) repeated(r *request, now time.Time, trusted bool) bool {
	if r.call.Key == "" {
		return false
	}
	k, ok := c.keys[r.call.Key]
	if !ok || trusted && k.At < now.Add(-keepKeys).UnixMilli() {
		return false
	}
	if !bytes.Equal(k.Hash, r.call.Hash) {
		r.err = ErrKeyReused
		return true
	}
	if err := json.Unmarshal(k.Answer, &r.reply); err != nil {
		r.err = fmt.Errorf("engine: answer of key %q: %w", r.call.Key, err)
		return true
	}
	r.reply.Repeated = true
	return true
}

func (c *cell) remember(r *request, now time.Time) (journal.Key, error) {
	answer, err := json.Marshal(r.reply)
	if err != nil {
		return journal.Key{}, fmt.Errorf("engine: encode an answer: %w", err)
	}
	k := storedKey{Hash: r.call.Hash, Answer: answer, At: now.UnixMilli()}
	c.keys[r.call.Key] = k
	return journal.Key{Key: r.call.Key, Hash: k.Hash, Answer: k.Answer, At: k.At}, nil
}
