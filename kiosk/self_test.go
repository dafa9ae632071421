package main

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"moiso/internal/device"
	"moiso/internal/printer"
)

func TestThePageIsToldOfThePrinterAndItsJob(t *testing.T) {
	since := time.Date(2025, 7, 14, 9, 42, 0, 0, time.UTC)
	ready := &printer.Status{State: printer.Ready, Since: since, Name: "file:///x", Job: &printer.JobStatus{Ticket: "T", Number: "A042", State: printer.JobAsk}}
	for name, c := range map[string]struct {
		now   self
		named string
		want  device.Local
	}{
		"no printer":                {self{Device: "d_1", Lane: "K", Spool: 2}, "none", device.Local{Device: "d_1", Lane: "K", Spool: 2, Printer: device.Printer{State: "none"}}},
		"one that is not to be had": {self{}, "usb:///dev/usb/lp9", device.Local{Printer: device.Printer{State: "error", Name: "usb:///dev/usb/lp9"}}},
		"one with a slip in question": {self{Printer: ready}, "file:///x",
			device.Local{Printer: device.Printer{State: "ready", Since: since, Name: "file:///x"}, Job: &device.Job{Ticket: "T", Number: "A042", State: "ask"}}},
	} {
		got := device.Local{Job: &device.Job{Number: "old"}}
		c.now.onto(&got, c.named)
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}
