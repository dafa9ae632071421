package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"time"

	"moiso/internal/journal"
)

// saved is a snapshot on disk: the machine's and what the cell remembers besides.
type saved struct {
	Keys     map[string]storedKey `json:"keys,omitempty"`
	Version  int64                `json:"version,omitempty"`
	SealTo   journal.Pos          `json:"seal_to,omitempty"`
	SealedTo journal.Pos          `json:"sealed_to,omitempty"`
	Machine  json.RawMessage      `json:"machine"`
}

// load reads the newest snapshot and the records after it.
func (c *cell) load(ctx context.Context) error {
	c.m.reset()
	c.keys = map[string]storedKey{}
	c.head = journal.Head{Next: 1}
	c.sealTo, c.sealedTo, c.sinceSnap = 0, 0, 0
	s, ok, err := c.e.o.Log.LoadSnapshot(ctx, c.name)
	if err == nil && ok {
		err = c.restore(s)
	}
	if err != nil {
		return fmt.Errorf("engine: snapshot of %s: %w", c.name, err)
	}
	for entry, err := range c.e.o.Log.Read(ctx, c.name, c.head.Pos) {
		if err != nil {
			return fmt.Errorf("engine: read %s: %w", c.name, err)
		}
		for i, rec := range entry.Records {
			rolled, err := c.m.replay(rec)
			if err != nil {
				return fmt.Errorf("engine: %s, record %d: %w", c.name, entry.First+uint64(i), err)
			}
			if rolled && c.head.Pos != 0 {
				c.sealTo = c.head.Pos
			}
		}
		for _, k := range entry.Keys {
			c.keys[k.Key] = storedKey{Hash: k.Hash, Answer: k.Answer, At: k.At}
		}
		c.head = journal.Head{Pos: entry.Pos, Next: entry.First + uint64(len(entry.Records))}
		c.sinceSnap += len(entry.Records)
	}
	c.loaded = true
	c.m.committed()
	return nil
}

func (c *cell) restore(s journal.Snapshot) error {
	var w saved
	if err := json.Unmarshal(s.Bytes, &w); err != nil {
		return err
	}
	if err := c.m.restore(w.Machine); err != nil {
		return err
	}
	if w.Keys != nil {
		c.keys = w.Keys
	}
	c.version = max(c.version, w.Version)
	c.sealTo, c.sealedTo = w.SealTo, w.SealedTo
	c.head = journal.Head{Pos: s.Pos, Next: s.Next}
	return nil
}

// save keeps a snapshot, so that the next start reads from here. It reports whether
// the one on disk is of this moment.
func (c *cell) save() bool {
	if c.broken != nil || c.head.Pos == 0 {
		return false
	}
	if c.sinceSnap == 0 {
		return true
	}
	if c.e.clock.check() == nil {
		old := c.e.o.Now().Add(-keepKeys).UnixMilli()
		maps.DeleteFunc(c.keys, func(_ string, k storedKey) bool { return k.At < old })
	}
	m, err := c.m.snapshot()
	if err == nil {
		var b []byte
		b, err = json.Marshal(saved{Keys: c.keys, Version: c.version, SealTo: c.sealTo, SealedTo: c.sealedTo, Machine: m})
		if err == nil {
			err = c.e.o.Log.SaveSnapshot(context.Background(), c.name, journal.Snapshot{Pos: c.head.Pos, Next: c.head.Next, Bytes: b})
		}
	}
	if errors.Is(err, journal.ErrAmbiguous) {
		c.stop(err)
		return false
	}
	if err != nil {
		// The journal has it all; only the next start is slower.
		c.e.o.Logger.Warn("snapshot not saved", "stream", c.name, "error", err)
		return false
	}
	c.sinceSnap = 0
	return true
}

// seal closes the days that are over: a snapshot first, so that no later start reads
// them; then their records are packed and their ids filed, beside the cell, which goes
// on working meanwhile.
func (c *cell) seal() {
	c.sinceSnap++ // also when nothing was recorded since: it must say how far to seal
	if !c.save() {
		c.sealAt = time.Now().Add(housekeeping)
		return
	}
	job := sealed{upTo: c.sealTo, ids: c.m.ended()}
	raw := make([][10]byte, len(job.ids))
	for i, id := range job.ids {
		raw[i] = rawID(id)
	}
	c.sealing = true
	c.e.wg.Go(func() {
		job.err = c.e.o.Log.Seal(context.Background(), c.name, job.upTo, raw)
		c.packed <- job
	})
}

// wasSealed notes that days are packed, or that they are to be tried again.
func (c *cell) wasSealed(s sealed) {
	c.sealing = false
	switch {
	case c.broken != nil:
		return
	case errors.Is(s.err, journal.ErrAmbiguous):
		c.stop(s.err)
		return
	case s.err != nil:
		// Nothing is lost: the records stay in the open part of the journal.
		c.e.o.Logger.Error("the day was not sealed", "stream", c.name, "error", s.err)
		c.sealAt = time.Now().Add(housekeeping)
		if !errors.Is(s.err, journal.ErrNoSpace) {
			c.sealAt = time.Now().Add(time.Hour)
		}
		return
	}
	c.m.forget(s.ids)
	c.sealedTo = max(c.sealedTo, s.upTo)
	if c.sealTo == s.upTo {
		c.sealTo = 0
	}
	c.sinceSnap++ // the next start must not seal them again
	c.save()
}
