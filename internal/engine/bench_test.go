package engine

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"moiso/internal/directory"
	"moiso/internal/journal/boltlog"
	"moiso/internal/queue"
)

// benchCity opens an engine over a journal on disk, with n centres set up.
func benchCity(b *testing.B, n int) (*Engine, []queue.CenterID) {
	b.Helper()
	ctx := context.Background()
	l, err := boltlog.Open(filepath.Join(b.TempDir(), "journal.db"), boltlog.Options{})
	if err != nil {
		b.Fatal(err)
	}
	e, err := Open(ctx, Options{Log: l, Epoch: "E", Synced: func() bool { return true }})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := e.Close(ctx); err != nil {
			b.Error(err)
		}
		if err := l.Close(); err != nil {
			b.Error(err)
		}
	})
	ids := make([]queue.CenterID, n)
	var wg sync.WaitGroup
	slots := make(chan struct{}, 256)
	for i := range ids {
		ids[i] = queue.CenterID(fmt.Sprintf("c%04d", i))
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			err := e.DoCity(ctx, directory.AddCenter{ID: ids[i], Name: queue.Text{VI: "Trung tâm"}, Short: queue.Text{VI: "phường"}}, Call{})
			for _, c := range settings(ids[i]) {
				if err == nil {
					_, err = e.Do(ctx, ids[i], c, Call{})
				}
			}
			if err != nil {
				b.Error(err)
			}
		})
	}
	wg.Wait()
	return e, ids
}

// BenchmarkIssue measures a durable ticket, from the call to the answer.
func BenchmarkIssue(b *testing.B) {
	for _, centers := range []int{1, 40, 3321} {
		for _, clients := range []int{1, 64, 256} {
			b.Run(fmt.Sprintf("centers=%d/clients=%d", centers, clients), func(b *testing.B) {
				e, ids := benchCity(b, centers)
				var next atomic.Int64
				took := make([][]time.Duration, clients)
				b.ReportAllocs()
				b.ResetTimer()
				var wg sync.WaitGroup
				for client := range clients {
					wg.Go(func() {
						for {
							i := next.Add(1)
							if i > int64(b.N) {
								return
							}
							start := time.Now()
							_, err := e.Do(context.Background(), ids[int(i)%centers], queue.Issue{ID: newID(), Service: "x"}, Call{Key: fmt.Sprint("k", i), Hash: []byte{1}})
							if err != nil {
								b.Error(err)
								return
							}
							took[client] = append(took[client], time.Since(start))
						}
					})
				}
				wg.Wait()
				b.StopTimer()
				all := slices.Concat(took...)
				slices.Sort(all)
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "issues/s")
				b.ReportMetric(float64(all[len(all)/2].Microseconds())/1000, "p50-ms")
				b.ReportMetric(float64(all[len(all)*99/100].Microseconds())/1000, "p99-ms")
			})
		}
	}
}
