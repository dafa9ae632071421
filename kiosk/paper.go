package main

import (
	"moiso/internal/printer"
	"moiso/internal/view"
)

// paper puts tickets on paper.
type paper struct {
	printer *printer.Printer
}

// print hands a ticket to the printer, where there is one and paper is wanted.
func (k *kiosk) print(view.Ticket, order) {}
