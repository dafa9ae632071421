package main

import (
	"bytes"
	"compress/flate"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"moiso/internal/printer"
	"moiso/internal/ticket"
)

// pressBucket is ticket → slip that is in the printer or waits behind it. A spool of before has none.
var pressBucket = []byte("press")

// Slips that are asked about after a start. Nobody waits any longer for an older one:
// its citizen has the number from the page, or another one.
const (
	pressAge = 2 * time.Hour
	pressMax = 16
	dotsMax  = 1 << 20 // bytes of a picture; a slip of 80 mm has 0.1 MB
)

// pressed is the printer's memory on the kiosk's own disk.
type pressed struct {
	spool *spool
	log   *slog.Logger
	now   func() time.Time
}

// press is a slip in the printer, or on its way there.
type press struct {
	Number string    `json:"number"`
	Again  bool      `json:"again,omitempty"`
	Waits  bool      `json:"waits,omitempty"` // for another to be printed
	At     time.Time `json:"at"`
	Width  int       `json:"width"`
	Height int       `json:"height"`
	Dots   []byte    `json:"dots"` // rows of Width/8 bytes, deflated
}

func (m *pressed) Waits(j printer.Job) { m.note(j, true) }

func (m *pressed) Begun(j printer.Job) { m.note(j, false) }

func (m *pressed) note(j printer.Job, waits bool) {
	v, err := json.Marshal(press{Number: j.Number, Again: j.Again, Waits: waits, At: m.now().UTC(), Width: j.Bitmap.Width, Height: j.Bitmap.Height, Dots: deflated(j.Bitmap.Bits)})
	if err == nil {
		err = m.spool.db.Update(func(tx *bbolt.Tx) error {
			b, err := tx.CreateBucketIfNotExists(pressBucket)
			if err != nil {
				return err
			}
			return b.Put([]byte(j.Ticket), v)
		})
	}
	if err != nil {
		m.log.Warn("the slip is printed without a note on disk: should this program die before it is on paper, nobody is asked about it", "number", j.Number, "error", err)
	}
}

func (m *pressed) Over(id string) {
	noted := false
	err := m.spool.db.View(func(tx *bbolt.Tx) error {
		b := tx.Bucket(pressBucket)
		noted = b != nil && b.Get([]byte(id)) != nil
		return nil
	})
	if noted && err == nil {
		err = m.spool.db.Update(func(tx *bbolt.Tx) error { return tx.Bucket(pressBucket).Delete([]byte(id)) })
	}
	if err != nil {
		m.log.Warn("the note that a slip is in the printer cannot be taken back: after the next start somebody is asked about it", "ticket", id, "error", err)
	}
}

// Left forgets what cannot be read or is too old; the kiosk goes on without.
func (m *pressed) Left() []printer.Left {
	type note struct {
		printer.Left
		at time.Time
	}
	var notes []note
	var drop []string
	err := m.spool.db.View(func(tx *bbolt.Tx) error {
		b := tx.Bucket(pressBucket)
		if b == nil {
			return nil
		}
		return b.ForEach(func(id, v []byte) error {
			p, bitmap, err := readPress(v)
			switch age := m.now().Sub(p.At); {
			case err != nil:
				m.log.Warn("a note about a slip in the printer cannot be read; nobody is asked about it", "ticket", string(id), "error", err)
				drop = append(drop, string(id))
			case age > pressAge:
				m.log.Warn("a slip was in the printer when this program ended; that is too long ago to ask about it", "number", p.Number, "begun", p.At)
				drop = append(drop, string(id))
			default:
				m.log.Warn("a slip was in the printer when this program ended; the page asks about it", "number", p.Number, "begun", p.At, "waited", p.Waits)
				j := printer.Job{Ticket: string(id), Number: p.Number, Bitmap: bitmap, Again: p.Again}
				notes = append(notes, note{printer.Left{Job: j, Waited: p.Waits}, p.At})
			}
			return nil
		})
	})
	if err != nil {
		m.log.Warn("what was in the printer when this program ended cannot be read", "error", err)
	}
	slices.SortFunc(notes, func(a, b note) int { return a.at.Compare(b.at) })
	for len(notes) > pressMax {
		drop, notes = append(drop, notes[0].Ticket), notes[1:]
	}
	for _, id := range drop {
		m.Over(id)
	}
	var out []printer.Left
	for _, n := range notes {
		out = append(out, n.Left)
	}
	return out
}

func readPress(v []byte) (press, *ticket.Bitmap, error) {
	var p press
	if err := json.Unmarshal(v, &p); err != nil {
		return p, nil, err
	}
	dots, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(p.Dots)), dotsMax+1))
	if err != nil {
		return p, nil, fmt.Errorf("its picture: %w", err)
	}
	if p.Width <= 0 || p.Height <= 0 || p.Width%8 != 0 || len(dots) > dotsMax || len(dots) != p.Width/8*p.Height {
		return p, nil, errors.New("its picture has another size than it says")
	}
	return p, &ticket.Bitmap{Width: p.Width, Height: p.Height, Bits: dots}, nil
}

func deflated(b []byte) []byte {
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, flate.BestSpeed)
	if err != nil {
		panic(err) // the level is right (compress/flate)
	}
	_, _ = w.Write(b) // a buffer takes everything
	_ = w.Close()
	return out.Bytes()
}
