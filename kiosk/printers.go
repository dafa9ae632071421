package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"moiso/internal/printer"
)

// printers lists what a printer may be reached by, as the URLs that -printer takes.
func printers(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) > 0 {
		fmt.Fprintf(stderr, "kiosk printers: %q is not expected here; it takes no flags\n", args[0])
		return 2
	}
	found, err := printer.Find(ctx)
	w := tabwriter.NewWriter(stdout, 0, 0, 3, ' ', 0)
	for _, f := range found {
		fmt.Fprintf(w, "%s\t%s\n", f.URL, f.What)
	}
	if len(found) == 0 {
		fmt.Fprintln(w, "No printer was found on this machine.")
	}
	fmt.Fprintln(w, "\nThese are not looked for, and may be named:")
	fmt.Fprintln(w, "tcp://ADDRESS:9100\ta printer in the network; the address is on the slip that it prints when it is switched on with its feed button held")
	fmt.Fprintln(w, "file:///DIR\ta folder that gets a picture of each slip, for trying out; file:///DIR?format=pdf for PDF")
	fmt.Fprintln(w, "none\tno printer: the kiosk shows number and code to be photographed")
	_ = w.Flush() // standard output is closed: nobody reads
	fmt.Fprintln(stdout, "\nTry one: kiosk print-test -printer URL")
	if err != nil {
		fmt.Fprintf(stderr, "kiosk printers: not all could be asked: %v\n", err)
	}
	return 0
}
