package sim

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"
)

// Percentiles of a set of durations.
type Percentiles struct {
	N                  int
	P50, P90, P99, Max time.Duration
}

// percentiles takes the nearest rank (Hyndman and Fan 1996, definition 1).
func (l *latencies) percentiles() Percentiles {
	l.mu.Lock()
	d := slices.Sorted(slices.Values(l.d))
	l.mu.Unlock()
	if len(d) == 0 {
		return Percentiles{}
	}
	rank := func(p float64) time.Duration { return d[min(int(p*float64(len(d))), len(d)-1)] }
	return Percentiles{N: len(d), P50: rank(0.50), P90: rank(0.90), P99: rank(0.99), Max: d[len(d)-1]}
}

// Print writes the result as a table, and the promises that did not hold.
func (r Result) Print(w io.Writer) {
	fmt.Fprintf(w, "%s\n", r.Scenario)
	fmt.Fprintf(w, "%d issued, %d calls, %d finished, %d no-shows (%d came back), %d transferred, %d parked, %d cancelled\n",
		r.Issued, r.Calls, r.Finished, r.NoShows, r.Returned, r.Moved, r.Parked, r.Cancels)
	fmt.Fprintf(w, "%d screens and %d phones watched; it took %s\n\n", r.Screens, r.Phones, r.Took.Round(10*time.Millisecond))
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "latency\tn\tp50\tp90\tp99\tmax\t")
	for _, row := range []struct {
		name string
		p    Percentiles
	}{{"issue", r.Issue}, {"call", r.Call}, {"call to last screen", r.Screen}, {"call to its phone", r.Phone}} {
		fmt.Fprintf(t, "%s\t%d\t%s\t%s\t%s\t%s\t\n", row.name, row.p.N, ms(row.p.P50), ms(row.p.P90), ms(row.p.P99), ms(row.p.Max))
	}
	_ = t.Flush()
	fmt.Fprintln(w)
	for _, b := range r.Broken {
		fmt.Fprintf(w, "BROKEN: %s\n", b)
	}
	switch {
	case r.Over < r.Visits:
		fmt.Fprintf(w, "%d of %d visits were over when it stopped", r.Over, r.Visits)
		if len(r.Broken) == 0 {
			fmt.Fprint(w, "; no promise was broken until then")
		}
		fmt.Fprintln(w, ".")
	case len(r.Broken) == 0:
		fmt.Fprintln(w, "Every promise held.")
	}
}

func ms(d time.Duration) string { return fmt.Sprintf("%.2f ms", float64(d)/float64(time.Millisecond)) }
