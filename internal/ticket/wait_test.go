package ticket

import (
	"testing"
	"time"
)

func TestAWaitIsSaidAsARangeThatClaimsNoMoreThanIsKnown(t *testing.T) {
	for _, c := range []struct {
		p50, p90 time.Duration
		vi, en   string
	}{
		{0, 0, "Chờ khoảng 1 phút", "About 1 minute"},
		{20 * time.Second, 50 * time.Second, "Chờ khoảng 1 phút", "About 1 minute"},
		{0, 3 * time.Minute, "Chờ khoảng 1–3 phút", "About 1–3 minutes"},
		{4 * time.Minute, 4 * time.Minute, "Chờ khoảng 4 phút", "About 4 minutes"},
		{130 * time.Second, 8 * time.Minute, "Chờ khoảng 2–8 phút", "About 2–8 minutes"},
		{12 * time.Minute, 21 * time.Minute, "Chờ khoảng 10–25 phút", "About 10–25 minutes"},
		{22 * time.Minute, 55 * time.Minute, "Chờ khoảng 20–55 phút", "About 20–55 minutes"},
		{40 * time.Minute, 58 * time.Minute, "Chờ từ 40 phút đến 1 giờ", "Between 40 minutes and 1 hour"},
		{65 * time.Minute, 80 * time.Minute, "Chờ từ 1 giờ đến 1 giờ 30 phút", "Between 1 hour and 1 h 30 min"},
		{60 * time.Minute, 60 * time.Minute, "Chờ khoảng 1 giờ", "About 1 hour"},
		{125 * time.Minute, 180 * time.Minute, "Chờ từ 2 giờ đến 3 giờ", "Between 2 hours and 3 hours"},
		{30 * time.Minute, 10 * time.Minute, "Chờ khoảng 30 phút", "About 30 minutes"}, // a p90 below the p50 is none
	} {
		got := Wait{c.p50, c.p90}.words()
		if got.VI != c.vi || got.EN != c.en {
			t.Errorf("%v to %v is %q, %q; want %q, %q", c.p50, c.p90, got.VI, got.EN, c.vi, c.en)
		}
	}
}
