package boltlog

import (
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"go.etcd.io/bbolt"
)

// Goal: a year of the city, 6 million visits, in 1 GB, which is 166 bytes a visit, ids
// included. Here are forty centres for some days, sealed day by day.
func TestAVisitTakesAtMost166Bytes(t *testing.T) {
	if testing.Short() {
		visits(t, 2, 0)
		return
	}
	visits(t, 4, 166)
}

// visits fills a log with days and checks what a visit of the second half of them has
// added to the file.
func visits(t *testing.T, days int, most float64) {
	const centres, perDay = 40, 86
	l := open(t, t.TempDir(), Options{NoSync: true})
	rnd := rand.New(rand.NewPCG(11, 12))
	var half int64
	start := time.Date(2025, 7, 1, 7, 30, 0, 0, time.FixedZone("", 7*3600))
	for d := range days {
		day := start.AddDate(0, 0, d)
		for c := range centres {
			stream := fmt.Sprintf("hue-%02d", c)
			ids := oneDay(t, l, rnd, stream, day, perDay)
			h, err := l.Last(t.Context(), stream)
			if err != nil {
				t.Fatal(err)
			}
			if err := l.Seal(t.Context(), stream, h.Pos, ids); err != nil {
				t.Fatal(err)
			}
		}
		if d+1 == days/2 {
			half = used(l)
		}
	}
	end := used(l)
	each := float64(end-half) / float64(centres*perDay*(days-days/2))
	t.Logf("%.1f bytes a visit; the whole file %d bytes for %d visits", each, l.Stats().FileBytes, centres*perDay*days)
	for part, size := range parts(l) {
		t.Logf("%-10s %8d bytes, %.1f a visit", part, size, float64(size)/float64(centres*perDay*days))
	}
	if most > 0 && each > most {
		t.Errorf("a visit takes %.1f bytes, the goal is %.0f", each, most)
	}
	if _, err := l.Verify(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
}

// oneDay appends a centre's day: visits that overlap, six events each.
func oneDay(t *testing.T, l *Log, rnd *rand.Rand, stream string, day time.Time, n int) [][10]byte {
	t.Helper()
	ids := make([][10]byte, n)
	for i := range ids {
		binary.BigEndian.PutUint64(ids[i][:], rnd.Uint64())
		binary.BigEndian.PutUint16(ids[i][8:], uint16(rnd.Uint32()))
	}
	steps := make([]int, n)
	from := 0
	for from < n {
		i := min(n-1, from+rnd.IntN(7)) // someone among those who are here
		if steps[i] == 6 {
			for from < n && steps[from] == 6 {
				from++
			}
			continue
		}
		day = day.Add(time.Duration(rnd.IntN(40_000)) * time.Millisecond)
		add(t, l, stream, day.Format(time.DateOnly), visitEvent(rnd, ids[i], i, steps[i], day))
		steps[i]++
	}
	return ids
}

var crockford = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

func visitEvent(rnd *rand.Rand, id [10]byte, number, step int, at time.Time) []byte {
	kind := [...]string{"issued", "called", "recalled", "started", "transferred", "finished"}[step]
	more := ""
	switch step {
	case 0:
		more = fmt.Sprintf(`,"number":"%c%03d","service":"f%d","source":"kiosk"`, 'A'+rnd.IntN(6), number, rnd.IntN(8))
	case 1, 2:
		more = fmt.Sprintf(`,"counter":%d,"call":%d,"policy":3`, 1+rnd.IntN(9), rnd.IntN(100_000))
	default:
		more = fmt.Sprintf(`,"counter":%d`, 1+rnd.IntN(9))
	}
	return fmt.Appendf(nil, `{"type":%q,"v":1,"at":%q,"by":"clerk-%02d","device":"counter-%d","source":"web","ticket":%q%s}`,
		kind, at.Format("2006-01-02T15:04:05.000Z07:00"), rnd.IntN(12), 1+rnd.IntN(9), crockford.EncodeToString(id[:]), more)
}

// used is the size of the file without free pages.
func used(l *Log) int64 {
	var n int64
	l.view(func(tx *bbolt.Tx) error { n = tx.Size(); return nil })
	st := l.db.Stats()
	return n - int64((st.FreePageN+st.PendingPageN)*l.db.Info().PageSize)
}

// parts gives the pages in use by bucket, in bytes.
func parts(l *Log) map[string]int64 {
	out := make(map[string]int64)
	l.view(func(tx *bbolt.Tx) error {
		for _, b := range buckets {
			st := tx.Bucket(b).Stats()
			out[string(b)] = int64(st.BranchAlloc + st.LeafAlloc)
		}
		return nil
	})
	return out
}

// Opening must not take longer for what is sealed.
func BenchmarkOpen(b *testing.B) {
	for _, sealed := range []int{0, 2000, 20_000} {
		b.Run(fmt.Sprintf("blocks=%d", sealed), func(b *testing.B) {
			dir := b.TempDir()
			l := open(b, dir, Options{NoSync: true})
			for i := range sealed {
				pos := add(b, l, fmt.Sprint("s", i%40), fmt.Sprint("day ", i/40), make([]byte, 20_000))
				if err := l.Seal(b.Context(), fmt.Sprint("s", i%40), pos, nil); err != nil {
					b.Fatal(err)
				}
			}
			for i := range 20_000 {
				add(b, l, fmt.Sprint("s", i%40), "today", event("0123456789ABCDEF", i))
			}
			l.Close()
			b.ResetTimer()
			for range b.N {
				l, err := Open(file(dir), Options{})
				if err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				l.Close()
				b.StartTimer()
			}
		})
	}
}
