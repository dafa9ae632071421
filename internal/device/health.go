package device

import (
	"context"
	"time"

	"moiso/internal/client"
	"moiso/internal/version"
	"moiso/internal/view"
)

// Reports to the server: regularly, and soon after something has changed.
const (
	reportEvery = 15 * time.Second
	reportPause = time.Second
)

// said is what the page and the clocks have told. Guarded by Device.mu.
type said struct {
	sound, screen string
	speaker       bool
	touch         *time.Time
	clockDiff     time.Duration
}

func (d *Device) report(f func(*said)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f(&d.said)
}

// Speaking says whether this screen is the one of its hall that speaks.
func (d *Device) Speaking(speaks bool) {
	d.report(func(s *said) { s.speaker = speaks })
	d.tell()
}

// tell has the server told soon.
func (d *Device) tell() {
	select {
	case d.news <- struct{}{}:
	default:
	}
}

// Health is what the device would report now.
func (d *Device) Health() view.Health {
	open := d.hub.Subscribers(d.topic)+d.hub.Subscribers(localTopic) > 0
	d.mu.Lock()
	defer d.mu.Unlock()
	h := view.Health{Version: version.String(), UptimeS: int64(time.Since(d.begun).Seconds()), Printer: d.local.Printer.State, Spool: d.local.Spool,
		Screen: d.said.screen, Sound: d.said.sound, ClockDiffMS: d.said.clockDiff.Milliseconds(), LastTouch: d.said.touch, PageOpen: open, Speaker: d.said.speaker}
	_ = h.Check() // only words that it knows; nothing else can be wrong here
	return h
}

// reports sends the device's health while there is a connection. What cannot be sent
// is not kept: the next report is newer.
func (d *Device) reports(ctx context.Context) error {
	every := time.NewTicker(reportEvery)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-every.C:
		case <-d.news:
		}
		h := d.Health()
		_ = d.uplink.Send(view.Upstream{Health: &h})
		pause := time.NewTimer(reportPause)
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return nil
		}
	}
}

// beat follows the server's clock.
func (d *Device) beat(server time.Time) {
	diff := time.Since(server)
	d.report(func(s *said) { s.clockDiff = diff })
	if d.part.Beat != nil {
		d.part.Beat(server)
	}
}

// connected tells the server at once how the device is when there is a connection again.
func (d *Device) connected(s client.Status) {
	if s.Connected {
		d.tell()
	}
}
