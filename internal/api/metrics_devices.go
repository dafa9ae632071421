package api

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"moiso/internal/directory"
)

// devicesFigures reads the fleet: one series a device in use, by centre and device.
type devicesFigures struct{ a *API }

var (
	ofDevice       = []string{"center", "device", "role"}
	deviceUp       = prometheus.NewDesc("moiso_device_up", "1 while the device has an open connection.", ofDevice, nil)
	deviceHeard    = prometheus.NewDesc("moiso_device_silent_seconds", "Since the device's last sign of life; left out for one that was never heard since the start.", ofDevice, nil)
	deviceUptime   = prometheus.NewDesc("moiso_device_uptime_seconds", "Since the device's program began.", ofDevice, nil)
	deviceSpool    = prometheus.NewDesc("moiso_device_spool", "Tickets given out while cut off that the server does not have yet.", ofDevice, nil)
	deviceClock    = prometheus.NewDesc("moiso_device_clock_difference_seconds", "The device's clock less the server's.", ofDevice, nil)
	devicePage     = prometheus.NewDesc("moiso_device_page_open", "1 while a browser shows the device's page.", ofDevice, nil)
	devicePrinter  = prometheus.NewDesc("moiso_device_printer", "1 for the state in which the device's printer is.", append(ofDevice[:3:3], "state"), nil)
	deviceSound    = prometheus.NewDesc("moiso_device_sound", "1 for the state of the device's sound.", append(ofDevice[:3:3], "state"), nil)
	alertsOpen     = prometheus.NewDesc("moiso_alerts", "1 for every open alert.", []string{"center", "device", "kind", "service"}, nil)
	pairingWaiting = prometheus.NewDesc("moiso_pairing_waiting", "Devices that show a pairing code.", nil, nil)
)

func (devicesFigures) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{deviceUp, deviceHeard, deviceUptime, deviceSpool, deviceClock, devicePage, devicePrinter, deviceSound, alertsOpen, pairingWaiting} {
		out <- d
	}
}

func (f devicesFigures) Collect(out chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	truth := map[bool]float64{true: 1}
	for _, d := range f.a.engine.Register().Devices {
		if d.Revoked || d.Role == directory.Printer {
			continue
		}
		id := []string{string(d.Center), string(d.ID), string(d.Role)}
		seen := f.a.roster.Of(string(d.ID))
		gauge(deviceUp, truth[seen.Online], id...)
		if !seen.Heard.IsZero() {
			gauge(deviceHeard, time.Since(seen.Heard).Seconds(), id...)
		}
		h := seen.Health
		if h == nil {
			continue
		}
		gauge(deviceUptime, float64(h.UptimeS), id...)
		gauge(deviceSpool, float64(h.Spool), id...)
		gauge(deviceClock, float64(h.ClockDiffMS)/1000, id...)
		gauge(devicePage, truth[h.PageOpen], id...)
		gauge(devicePrinter, 1, append(id[:3:3], h.Printer)...)
		gauge(deviceSound, 1, append(id[:3:3], h.Sound)...)
	}
	for _, a := range f.a.roster.Open() {
		gauge(alertsOpen, 1, string(a.Center), a.Device, a.Kind, string(a.Service))
	}
	gauge(pairingWaiting, float64(f.a.pairing.Waiting()))
}
