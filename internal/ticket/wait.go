package ticket

import (
	"strconv"
	"time"

	"moiso/internal/queue"
)

// Wait is how long it is likely to take: half of the people wait less than P50, nine
// in ten less than P90.
type Wait struct {
	P50, P90 time.Duration
}

// words says a wait as a range, rounded outwards so that it claims no more than is
// known: to minutes below ten, to five minutes below an hour, to a quarter above.
func (w Wait) words() queue.Text {
	low, high := minutes(w.P50, false), minutes(max(w.P50, w.P90), true)
	switch {
	case high <= 1:
		return queue.Text{VI: "Chờ khoảng 1 phút", EN: "About 1 minute"}
	case low == high && high < 60:
		n := strconv.Itoa(high)
		return queue.Text{VI: "Chờ khoảng " + n + " phút", EN: "About " + n + " minutes"}
	case high < 60:
		r := strconv.Itoa(max(low, 1)) + "–" + strconv.Itoa(high)
		return queue.Text{VI: "Chờ khoảng " + r + " phút", EN: "About " + r + " minutes"}
	case low == high:
		vi, en := hours(high)
		return queue.Text{VI: "Chờ khoảng " + vi, EN: "About " + en}
	}
	lowVI, lowEN := hours(low)
	highVI, highEN := hours(high)
	return queue.Text{VI: "Chờ từ " + lowVI + " đến " + highVI, EN: "Between " + lowEN + " and " + highEN}
}

// minutes rounds to what may be claimed.
func minutes(d time.Duration, up bool) int {
	step := time.Minute
	switch {
	case d >= time.Hour:
		step = 15 * time.Minute
	case d >= 10*time.Minute:
		step = 5 * time.Minute
	}
	if up {
		d += step - 1
	}
	return int(d / step * step / time.Minute)
}

func hours(n int) (vi, en string) {
	h, m := n/60, n%60
	switch {
	case h == 0:
		return strconv.Itoa(m) + " phút", strconv.Itoa(m) + " minutes"
	case m == 0:
		vi = strconv.Itoa(h) + " giờ"
		if h == 1 {
			return vi, "1 hour"
		}
		return vi, strconv.Itoa(h) + " hours"
	}
	return strconv.Itoa(h) + " giờ " + strconv.Itoa(m) + " phút", strconv.Itoa(h) + " h " + strconv.Itoa(m) + " min"
}
