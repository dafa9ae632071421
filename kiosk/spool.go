package main

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// The spool is what a kiosk must not forget: the slips that the server does not know
// yet, the run of numbers of each field, and what it needs to give out numbers when it
// starts without the server. A slip is on disk before it is shown or printed.
const (
	spoolFile   = "spool.db"
	spoolMark   = "moiso kiosk spool"
	spoolSchema = 1
	keepDone    = 2000 // slips that are remembered after the server has them
)

var (
	metaBucket  = []byte("meta")
	slipBucket  = []byte("slips") // order of issue → slip that is still to be merged
	idBucket    = []byte("ids")   // id → order of issue, of slips and of those that are done
	doneBucket  = []byte("done")  // order of issue → slip with its outcome
	runBucket   = []byte("runs")  // lane letter and prefix → numbers
	markKey     = []byte("mark")
	schemaKey   = []byte("schema")
	madeKey     = []byte("made")
	anchorKey   = []byte("anchor")
	identityKey = []byte("identity")
	kioskKey    = []byte("kiosk")
)

// slip is one number that was given out without the server.
type slip struct {
	ID        string    `json:"id"`
	Number    string    `json:"number"`
	Service   string    `json:"service"`
	Priority  string    `json:"priority,omitempty"`
	Language  string    `json:"language,omitempty"`
	Reference string    `json:"reference,omitempty"`
	At        reckoning `json:"at"`
	Day       string    `json:"day,omitempty"` // "" while the day is uncertain
	URL       string    `json:"url,omitempty"`

	Center      string        `json:"center"`
	Device      string        `json:"device"` // to whose lane the number belongs
	Cancelled   bool          `json:"cancelled,omitempty"`
	CancelledAt time.Duration `json:"cancelled_at,omitempty"` // since the boot, for the time to take it back
	Changes     int           `json:"changes,omitempty"`      // so that an answer about an older form is noticed

	// Once the server has answered for it.
	Result string `json:"result,omitempty"`
	Code   string `json:"code,omitempty"`
	Detail string `json:"detail,omitempty"`
}

// entry is a slip with its place in the order of issue.
type entry struct {
	seq uint64
	slip
}

// numbers is how far the numbers of a field have come in a lane.
type numbers struct {
	Day       string `json:"day"`
	Last      int    `json:"last"`
	Uncertain bool   `json:"uncertain,omitempty"` // a number of an uncertain day came last
	Given     int    `json:"given"`               // of the day, for its limit
}

// identity is who the kiosk is to the server.
type identity struct {
	Device string `json:"device"`
	Lane   string `json:"lane"`
	Center string `json:"center"`
}

type spool struct {
	db   *bbolt.DB
	base int // numbers begin after it where a spool of the same day was lost
}

var (
	errForeign = errors.New("it is not the spool of a kiosk")
	errNewer   = errors.New("it was written by a newer version of this program")
	errDamaged = errors.New("it is damaged")
)

// openSpool opens the spool in a folder, or makes it. One that cannot be used is kept
// beside it under another name, and the kiosk goes on with a new one; warning then says
// so in a sentence.
func openSpool(dir string, now time.Time) (s *spool, warning string, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, "", fmt.Errorf("the folder for the kiosk's numbers cannot be made: %w", err)
	}
	file := filepath.Join(dir, spoolFile)
	s, err = tryOpen(file, now)
	var aside string
	switch {
	case err == nil:
	case errors.Is(err, errForeign), errors.Is(err, errNewer), errors.Is(err, errDamaged):
		aside = file + "." + now.UTC().Format("20060102-150405") + ".kept"
		if e := os.Rename(file, aside); e != nil {
			return nil, "", fmt.Errorf("the spool %s cannot be used (%w) and cannot be moved aside: %w", file, err, e)
		}
		warning = fmt.Sprintf("the spool could not be used, because %v; it is kept as %s, and a new one begins", err, filepath.Base(aside))
		if s, err = tryOpen(file, now); err != nil {
			return nil, "", err
		}
	default:
		return nil, "", err
	}
	return s, warning, s.begin(dir)
}

// tryOpen opens and checks a file. A damaged page makes bbolt panic, or fault where the
// file is too short: both are answers here.
func tryOpen(file string, now time.Time) (s *spool, err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	var db *bbolt.DB
	defer func() {
		if p := recover(); p != nil {
			s, err = nil, fmt.Errorf("%w (%v)", errDamaged, p)
		}
		if err != nil && db != nil {
			closeBroken(db)
		}
	}()
	info, statErr := os.Stat(file)
	db, err = bbolt.Open(file, 0o600, &bbolt.Options{Timeout: 2 * time.Second})
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return nil, fmt.Errorf("another kiosk program has the spool %s open", file)
	case err != nil && statErr == nil && info.Mode().IsRegular() && !errors.Is(err, os.ErrPermission):
		return nil, fmt.Errorf("%w (%w)", errDamaged, err)
	case err != nil:
		return nil, fmt.Errorf("the spool cannot be opened: %w", err)
	}
	if statErr == nil && info.Size() > 0 {
		if err := checkSpool(db); err != nil {
			return nil, err
		}
	}
	return &spool{db: db}, makeSpool(db, now)
}

// closeBroken lets go of a file whose pages cannot be trusted.
func closeBroken(db *bbolt.DB) {
	defer func() { _ = recover() }()
	_ = db.Close()
}

func checkSpool(db *bbolt.DB) error {
	return db.View(func(tx *bbolt.Tx) error {
		for err := range tx.Check() {
			return fmt.Errorf("%w (%w)", errDamaged, err)
		}
		meta := tx.Bucket(metaBucket)
		if meta == nil || string(meta.Get(markKey)) != spoolMark {
			return errForeign
		}
		n, err := strconv.Atoi(string(meta.Get(schemaKey)))
		switch {
		case err != nil:
			return errDamaged
		case n > spoolSchema:
			return errNewer
		}
		for _, name := range [][]byte{slipBucket, idBucket, doneBucket, runBucket} {
			if tx.Bucket(name) == nil {
				return errDamaged
			}
		}
		return tx.Bucket(slipBucket).ForEach(func(_, v []byte) error {
			var s slip
			if err := json.Unmarshal(v, &s); err != nil {
				return fmt.Errorf("%w (%w)", errDamaged, err)
			}
			return nil
		})
	})
}

func makeSpool(db *bbolt.DB, now time.Time) error {
	return db.Update(func(tx *bbolt.Tx) error {
		if tx.Bucket(metaBucket) != nil {
			return nil
		}
		for _, name := range [][]byte{metaBucket, slipBucket, idBucket, doneBucket, runBucket} {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		meta := tx.Bucket(metaBucket)
		return errors.Join(meta.Put(markKey, []byte(spoolMark)), meta.Put(schemaKey, []byte(strconv.Itoa(spoolSchema))),
			meta.Put(madeKey, []byte(now.UTC().Format(time.RFC3339))))
	})
}

// lostStep is how many numbers are passed over for each spool that was lost: they may
// be on paper.
const lostStep = 200

// begin finds out how many spools were put aside here: their numbers of today are not
// known any more, so that those of this spool begin above them.
func (s *spool) begin(dir string) error {
	kept, err := filepath.Glob(filepath.Join(dir, spoolFile+".*.kept"))
	s.base = len(kept) % 5 * lostStep
	return err
}

func (s *spool) close() error { return s.db.Close() }

func seqKey(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

func (s *spool) put(key []byte, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return s.db.Update(func(tx *bbolt.Tx) error { return tx.Bucket(metaBucket).Put(key, b) })
}

// get reads what put wrote; what is not there, or not understood, leaves v as it is.
func (s *spool) get(key []byte, v any) {
	_ = s.db.View(func(tx *bbolt.Tx) error {
		if b := tx.Bucket(metaBucket).Get(key); b != nil {
			return json.Unmarshal(b, v)
		}
		return nil
	})
}

// add numbers a slip and makes it durable. An id that is there already gives that slip.
func (s *spool) add(t slip, prefix, letter, url string) (slip, error) {
	err := s.db.Update(func(tx *bbolt.Tx) error {
		if old, ok := find(tx, t.ID); ok {
			t = old.slip
			return nil
		}
		key := []byte(letter + prefix)
		var r numbers
		if b := tx.Bucket(runBucket).Get(key); b != nil {
			if err := json.Unmarshal(b, &r); err != nil {
				return err
			}
		}
		r = r.next(t.Day, s.base)
		t.Number = fmt.Sprintf("%s%s%03d", prefix, letter, r.Last)
		t.URL = slipURL(url, t.ID, t.Number)
		slips := tx.Bucket(slipBucket)
		n, err := slips.NextSequence()
		if err != nil {
			return err
		}
		if before, ok := newest(tx); ok {
			t.At = t.At.after(before.At)
		}
		b, err := json.Marshal(t)
		if err != nil {
			return err
		}
		rb, err := json.Marshal(r)
		if err != nil {
			return err
		}
		return errors.Join(slips.Put(seqKey(n), b), tx.Bucket(idBucket).Put([]byte(t.ID), seqKey(n)), tx.Bucket(runBucket).Put(key, rb))
	})
	return t, err
}

// next is the run with one more number. It begins anew with a new day only when both
// days are certain: a number of an uncertain day may turn out to be of today. base is
// where the very first run of a spool begins.
func (r numbers) next(day string, base int) numbers {
	switch {
	case r.Last == 0:
		return numbers{Day: day, Last: base + 1, Uncertain: day == "", Given: 1}
	case day == "":
		r.Uncertain = true
	case day > r.Day && !r.Uncertain:
		return numbers{Day: day, Last: 1, Given: 1}
	default:
		if day > r.Day {
			r.Given = 0
		}
		r.Day, r.Uncertain = max(day, r.Day), false
	}
	r.Last++
	r.Given++
	return r
}

// newest is the slip that was issued last, whether the server has it or not.
func newest(tx *bbolt.Tx) (t slip, ok bool) {
	last := uint64(0)
	for _, name := range [][]byte{slipBucket, doneBucket} {
		k, v := tx.Bucket(name).Cursor().Last()
		var s slip
		if k != nil && binary.BigEndian.Uint64(k) > last && json.Unmarshal(v, &s) == nil {
			last, t, ok = binary.BigEndian.Uint64(k), s, true
		}
	}
	return t, ok
}

func find(tx *bbolt.Tx, id string) (entry, bool) {
	key := tx.Bucket(idBucket).Get([]byte(id))
	if key == nil {
		return entry{}, false
	}
	b := tx.Bucket(slipBucket).Get(key)
	if b == nil {
		b = tx.Bucket(doneBucket).Get(key)
	}
	e := entry{seq: binary.BigEndian.Uint64(key)}
	if b == nil || json.Unmarshal(b, &e.slip) != nil {
		return entry{}, false
	}
	return e, true
}

// find gives a slip, also one that the server has.
func (s *spool) find(id string) (t slip, ok bool) {
	_ = s.db.View(func(tx *bbolt.Tx) error {
		var e entry
		e, ok = find(tx, id)
		t = e.slip
		return nil
	})
	return t, ok
}

// change alters a slip that the server does not have yet. It reports whether there was one.
func (s *spool) change(id string, f func(*slip)) (t slip, ok bool, err error) {
	err = s.db.Update(func(tx *bbolt.Tx) error {
		e, found := find(tx, id)
		if !found || e.Result != "" {
			return nil
		}
		f(&e.slip)
		e.Changes++
		t, ok = e.slip, true
		b, err := json.Marshal(e.slip)
		if err != nil {
			return err
		}
		return tx.Bucket(slipBucket).Put(seqKey(e.seq), b)
	})
	return t, ok, err
}

// pending gives the oldest slips of a centre and of the device of the first of them, at
// most n, and whether more of that device are left after them.
func (s *spool) pending(center string, n int) (out []entry, more bool, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		c := tx.Bucket(slipBucket).Cursor()
		for k, v := c.First(); k != nil && !more; k, v = c.Next() {
			e := entry{seq: binary.BigEndian.Uint64(k)}
			if err := json.Unmarshal(v, &e.slip); err != nil {
				return err
			}
			switch {
			case e.Center != center || len(out) > 0 && e.Device != out[0].Device:
			case len(out) < n:
				out = append(out, e)
			default:
				more = true
			}
		}
		return nil
	})
	return out, more, err
}

// count gives how many slips are still to be merged.
func (s *spool) count() (n int) {
	_ = s.db.View(func(tx *bbolt.Tx) error {
		n = tx.Bucket(slipBucket).Stats().KeyN
		return nil
	})
	return n
}

// elsewhere gives how many of them belong to another centre.
func (s *spool) elsewhere(center string) (n int) {
	_ = s.db.View(func(tx *bbolt.Tx) error {
		return tx.Bucket(slipBucket).ForEach(func(_, v []byte) error {
			var t struct {
				Center string `json:"center"`
			}
			if json.Unmarshal(v, &t) == nil && t.Center != center {
				n++
			}
			return nil
		})
	})
	return n
}

// given is how many numbers of a field the lane gave out on a day.
func (s *spool) given(letter, prefix, day string) int {
	var r numbers
	_ = s.db.View(func(tx *bbolt.Tx) error {
		if b := tx.Bucket(runBucket).Get([]byte(letter + prefix)); b != nil {
			return json.Unmarshal(b, &r)
		}
		return nil
	})
	if r.Day != day {
		return 0
	}
	return r.Given
}

// settle notes the server's answers. A slip that was changed since it was sent stays
// to be sent again.
func (s *spool) settle(answers []entry) error {
	return s.db.Update(func(tx *bbolt.Tx) error {
		slips, done := tx.Bucket(slipBucket), tx.Bucket(doneBucket)
		for _, a := range answers {
			key := seqKey(a.seq)
			var now slip
			if b := slips.Get(key); b == nil || json.Unmarshal(b, &now) != nil || now.Changes != a.Changes {
				continue
			}
			b, err := json.Marshal(a.slip)
			if err == nil {
				err = errors.Join(slips.Delete(key), done.Put(key, b))
			}
			if err != nil {
				return err
			}
		}
		return forget(tx)
	})
}

// forget keeps the newest of those that are done.
func forget(tx *bbolt.Tx) error {
	done := tx.Bucket(doneBucket)
	last, _ := done.Cursor().Last()
	if last == nil {
		return nil
	}
	newest := binary.BigEndian.Uint64(last)
	c := done.Cursor()
	for k, v := c.First(); k != nil && binary.BigEndian.Uint64(k)+keepDone < newest; k, v = c.Next() {
		var t slip
		if json.Unmarshal(v, &t) == nil {
			if err := tx.Bucket(idBucket).Delete([]byte(t.ID)); err != nil {
				return err
			}
		}
		if err := c.Delete(); err != nil {
			return err
		}
	}
	return nil
}
