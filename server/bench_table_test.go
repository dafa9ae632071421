//go:build bench

package main

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"
)

// quick says that the short form is wanted.
var quick = os.Getenv("MOISO_BENCH_QUICK") != ""

// pick gives the figure of the short or of the full form.
func pick[T any](short, full T) T {
	if quick {
		return short
	}
	return full
}

// row is a line of the table.
type row struct {
	measure  string
	ours     string
	baseline string
	ratio    float64 // 0 for none
	goal     string
	met      bool
}

type table struct{ rows []row }

func (tb *table) add(r row) { tb.rows = append(tb.rows, r) }

func (tb *table) String() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "measure\tMời Số\tbare baseline\tratio\tgoal\t")
	for _, r := range tb.rows {
		ratio, met := "", "met"
		if r.ratio != 0 {
			ratio = fmt.Sprintf("%.2f", r.ratio)
		}
		if !r.met {
			met = "MISSED"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", r.measure, r.ours, r.baseline, ratio, r.goal, met)
	}
	w.Flush()
	return b.String()
}

// TestTheTableOfRatios prints each figure beside its bare baseline from the same run.
// It fails when a figure cannot be taken; a goal that is missed is a line of the
// table, because it depends on the machine.
func TestTheTableOfRatios(t *testing.T) {
	tb := &table{}
	start := time.Now()
	for _, r := range []struct {
		name string
		run  func(*testing.T, *table)
	}{
		{"issue", benchIssue},
		{"call", benchCall},
		{"watchers", benchWatchers},
		{"centres", benchCenters},
		{"start", benchStart},
	} {
		t.Run(r.name, func(t *testing.T) {
			from := len(tb.rows)
			r.run(t, tb)
			part := table{tb.rows[from:]}
			fmt.Printf("%s\n", part.String())
		})
	}
	fmt.Printf("\n%s\n%d cores, %s %s/%s, load %s, %s, took %s\n\n%s\n", time.Now().Format("2 January 2006 15:04"), runtime.NumCPU(),
		runtime.Version(), runtime.GOOS, runtime.GOARCH, loadAverage(), pick("short form", "full form"), time.Since(start).Round(time.Second), tb)
}

// loadAverage tells what else the machine had to do.
func loadAverage() string {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Join(strings.Fields(string(b))[:3], " ")
}

// at gives a percentile by the nearest rank.
func at(d []time.Duration, p float64) time.Duration {
	if len(d) == 0 {
		return 0
	}
	d = slices.Sorted(slices.Values(d))
	return d[min(int(p*float64(len(d))), len(d)-1)]
}

func middle[T float64 | time.Duration](all []T) T {
	all = slices.Sorted(slices.Values(all))
	return all[len(all)/2]
}

func ms(d time.Duration) string { return fmt.Sprintf("%.2f ms", float64(d)/float64(time.Millisecond)) }

// p50p99 shows latencies.
func p50p99(d []time.Duration) string {
	return fmt.Sprintf("p50 %s, p99 %s", ms(at(d, 0.5)), ms(at(d, 0.99)))
}
