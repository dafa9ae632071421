package ticket

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"moiso/internal/queue"
)

// Width is the printable width of a roll in dots at 203 to the inch.
type Width int

const (
	Narrow Width = 384 // 58 mm rolls
	Wide   Width = 576 // 80 mm rolls
)

// margin stays white on every side: some heads stand a dot or two off.
const margin = 8

// ErrWidth refuses a roll we have no layout for.
var ErrWidth = errors.New("the paper must be 384 or 576 dots wide")

// Paper is what stands on a slip. A text that is empty, an Ahead or Wait of nil, a
// zero At and a logo that cannot be read are left out, and the rest closes up.
type Paper struct {
	Center   queue.Text
	Service  queue.Text
	Number   string
	URL      string // what the code carries, see URL
	Where    queue.Text
	Ahead    *int      // people before it in its line
	Wait     *Wait     // how long it is likely to take
	Due      time.Time // hour of the appointment, in the centre's zone; zero for none
	Priority bool      // "Ưu tiên" is printed, never which group
	At       time.Time // when it was issued, in the centre's zone; zero where the hour is uncertain
	Language string    // "en" puts English first; else Vietnamese
	Notice   bool      // it is no ticket: nothing is said of turns and thanks

	// Of the centre's own making.
	Logo  []byte       // PNG, printed on top; see CheckLogo
	Lines []queue.Text // printed above the thanks
}

// Render draws the slip.
func Render(p Paper, width Width) (*Bitmap, error) {
	if width != Narrow && width != Wide {
		return nil, fmt.Errorf("%w, not %d", ErrWidth, width)
	}
	s := &slip{width: int(width), english: p.Language == "en"}
	s.gap(margin + 8)
	s.picture(p.Logo)
	s.line(plain, centerSize, p.Center.VI)
	if s.english {
		s.line(plain, smallSize, p.Center.EN)
	}
	s.rule()
	s.both(p.Service, fieldSize, bodySize)
	s.number(p.Number)
	if p.Priority {
		s.line(heavy, bodySize, "Ưu tiên · Priority")
	}
	if !p.Due.IsZero() {
		hour := p.Due.Format("15:04")
		s.both(queue.Text{VI: "Lịch hẹn lúc " + hour, EN: "Appointment at " + hour}, strongSize, smallSize)
	}
	if s.code(p.URL); p.URL != "" && !p.Notice {
		s.both(queue.Text{VI: "Quét mã để theo dõi lượt", EN: "Scan to follow your turn"}, noteSize, noteSize)
	}
	if p.Ahead != nil {
		s.both(ahead(*p.Ahead), strongSize, smallSize)
	}
	if p.Wait != nil {
		s.both(p.Wait.words(), strongSize, smallSize)
	}
	s.both(p.Where, strongSize, smallSize)
	s.rule()
	if !p.At.IsZero() {
		s.line(plain, bodySize, s.when(p.At))
		s.gap(6)
	}
	if !p.Priority && !p.Notice {
		s.both(queue.Text{VI: "Số ưu tiên có thể được gọi trước.", EN: "Priority numbers may be called first."}, noteSize, noteSize)
	}
	for _, line := range p.Lines {
		s.both(line, noteSize, noteSize)
	}
	if !p.Notice {
		s.both(queue.Text{VI: "Xin cảm ơn quý vị.", EN: "Thank you."}, noteSize, noteSize)
	}
	s.gap(margin + 8)
	if s.err != nil {
		return nil, fmt.Errorf("ticket %s on paper: %w", p.Number, s.err)
	}
	return s.draw(), nil
}

// ahead says how many stand before.
func ahead(n int) queue.Text {
	switch {
	case n <= 0:
		return queue.Text{VI: "Chưa có người chờ trước", EN: "Nobody is before you"}
	case n == 1:
		return queue.Text{VI: "Phía trước còn 1 người", EN: "1 person before you"}
	}
	return queue.Text{
		VI: "Phía trước còn " + strconv.Itoa(n) + " người",
		EN: strconv.Itoa(n) + " people before you",
	}
}

// when writes an instant as people of the first language do, in 24 hours.
func (s *slip) when(t time.Time) string {
	if s.english {
		return t.Format("Monday, 2 January 2006 · 15:04")
	}
	days := [...]string{"Chủ Nhật", "Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy"}
	return days[t.Weekday()] + ", " + t.Format("2/1/2006 · 15:04")
}
