package boltlog

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"moiso/internal/journal"
)

// event is like one of a visit's six, about 150 bytes.
func event(id string, n int) []byte {
	kinds := [...]string{"issued", "called", "started", "finished", "rated", "noted"}
	return fmt.Appendf(nil, `{"v":1,"type":%q,"ticket":%q,"number":"A%03d","at":"2025-07-14T08:%02d:%02d.123+07:00","actor":"clerk-%d","source":"counter","counter":%d}`,
		kinds[n%6], id, n%1000, n/60%60, n%60, n%7, 1+n%9)
}

// BenchmarkAppend appends records of 150 bytes from many clients to a stream each;
// bare is the same bytes through one bbolt group commit and nothing else.
func BenchmarkAppend(b *testing.B) {
	record := event("0123456789ABCDEF", 42)
	for _, clients := range []int{1, 64, 256, 1024} {
		b.Run(fmt.Sprintf("clients=%d/bare", clients), func(b *testing.B) {
			c := openBare(b)
			value := make([]byte, headerSize+len(record)+16)
			drive(b, clients, func(int) error { return c.append(value) })
		})
		b.Run(fmt.Sprintf("clients=%d/log", clients), func(b *testing.B) {
			benchLog(b, clients, clients, record)
		})
	}
	for _, streams := range []int{1, 40, 3321} {
		b.Run(fmt.Sprintf("clients=64/streams=%d", streams), func(b *testing.B) {
			benchLog(b, 64, streams, record)
		})
	}
}

// benchLog drives clients over streams. Where clients share a stream they take turns,
// as they do behind the engine, which appends for a stream what is waiting in one entry.
func benchLog(b *testing.B, clients, streams int, record []byte) {
	l := open(b, b.TempDir(), Options{})
	type home struct {
		mu      sync.Mutex
		pos     journal.Pos
		waiting [][]byte
		turn    chan error
	}
	homes := make([]*home, streams)
	names := make([]string, streams)
	for i := range homes {
		homes[i], names[i] = &home{}, fmt.Sprint("s", i)
	}
	if streams > clients { // all of them have entries before it begins
		prefill(b, l, names, func(i int, p journal.Pos) { homes[i].pos = p })
	}
	one := [][]byte{record}
	if streams >= clients {
		drive(b, clients, func(client int) error {
			i := client + clients*rand.IntN(streams/clients)
			pos, err := l.Append(context.Background(), journal.Append{Stream: names[i], Expect: homes[i].pos, Day: "2025-07-14", Records: one})
			homes[i].pos = pos
			return err
		})
		return
	}
	drive(b, clients, func(client int) error {
		i := client % streams
		h := homes[i]
		h.mu.Lock()
		h.waiting = append(h.waiting, record)
		turn := h.turn
		if turn == nil {
			turn = make(chan error, clients)
			h.turn = turn
			go func() {
				for {
					h.mu.Lock()
					batch, answer := h.waiting, h.turn
					if len(batch) == 0 {
						h.turn = nil
						h.mu.Unlock()
						return
					}
					h.waiting, h.turn = nil, make(chan error, clients)
					h.mu.Unlock()
					pos, err := l.Append(context.Background(), journal.Append{Stream: names[i], Expect: h.pos, Day: "2025-07-14", Records: batch})
					h.pos = pos
					for range batch {
						answer <- err
					}
				}
			}()
		}
		h.mu.Unlock()
		return <-turn
	})
}

func prefill(b *testing.B, l *Log, names []string, done func(int, journal.Pos)) {
	var wg sync.WaitGroup
	next := atomic.Int64{}
	for range 256 {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(names); i = int(next.Add(1)) - 1 {
				p, err := l.Append(context.Background(), journal.Append{Stream: names[i], Records: [][]byte{{1}}})
				if err != nil {
					b.Error(err)
					return
				}
				done(i, p)
			}
		})
	}
	wg.Wait()
}

// drive calls do b.N times from so many goroutines and reports rate and latency.
func drive(b *testing.B, clients int, do func(client int) error) {
	b.ReportAllocs()
	took := make([][]time.Duration, clients)
	var left atomic.Int64
	left.Store(int64(b.N))
	b.ResetTimer()
	var wg sync.WaitGroup
	for c := range clients {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				start := time.Now()
				if err := do(c); err != nil {
					b.Error(err)
					return
				}
				took[c] = append(took[c], time.Since(start))
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	every := slices.Concat(took...)
	slices.Sort(every)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "appends/s")
	b.ReportMetric(float64(every[len(every)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(every[len(every)*99/100].Microseconds()), "p99-µs")
}

// bare is group commit on bbolt and nothing else: no hash, no checksum, no streams.
type bare struct {
	db      *bbolt.DB
	mu      sync.Mutex
	waiting []chan error
	values  [][]byte
	kick    chan struct{}
	stopped chan struct{}
}

func openBare(b *testing.B) *bare {
	c, err := newBare(filepath.Join(b.TempDir(), "bare.db"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(c.close)
	return c
}

func newBare(path string) (*bare, error) {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{InitialMmapSize: 1 << 30, FreelistType: bbolt.FreelistMapType})
	if err != nil {
		return nil, err
	}
	if err := db.Update(func(tx *bbolt.Tx) error { _, err := tx.CreateBucket([]byte("b")); return err }); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	c := &bare{db: db, kick: make(chan struct{}, 1), stopped: make(chan struct{})}
	go func() {
		defer close(c.stopped)
		c.run()
	}()
	return c, nil
}

func (c *bare) close() {
	close(c.kick)
	<-c.stopped
	c.db.Close()
}

var answers = sync.Pool{New: func() any { return make(chan error, 1) }}

func (c *bare) append(value []byte) error {
	done := answers.Get().(chan error)
	c.mu.Lock()
	c.waiting, c.values = append(c.waiting, done), append(c.values, value)
	c.mu.Unlock()
	select {
	case c.kick <- struct{}{}:
	default:
	}
	err := <-done
	answers.Put(done)
	return err
}

func (c *bare) run() {
	seq := uint64(0)
	var waiting []chan error
	var values [][]byte
	for range c.kick {
		c.mu.Lock()
		waiting, c.waiting = c.waiting, waiting[:0]
		values, c.values = c.values, values[:0]
		c.mu.Unlock()
		if len(waiting) == 0 {
			continue
		}
		err := c.db.Update(func(tx *bbolt.Tx) error {
			b := tx.Bucket([]byte("b"))
			b.FillPercent = 1
			for _, v := range values {
				seq++
				var key [8]byte
				binary.BigEndian.PutUint64(key[:], seq)
				if err := b.Put(key[:], v); err != nil {
					return err
				}
			}
			return nil
		})
		for _, done := range waiting {
			done <- err
		}
		for range 4 { // as in Log.gather
			c.mu.Lock()
			n := len(c.waiting)
			c.mu.Unlock()
			if n >= len(waiting) {
				break
			}
			runtime.Gosched()
		}
	}
}
