// Package paper holds the faces of the printed ticket: Inter, cut down to Latin
// and Vietnamese, with tabular digits as the default ones, since Go's rasteriser
// cannot switch them on. Made by scripts/ticket-fonts.py; licence in OFL.txt.
package paper

import _ "embed"

// Medium is for what is read once.
//
//go:embed inter-medium.ttf
var Medium []byte

// ExtraBold is for the number and for what must be found at a glance.
//
//go:embed inter-extrabold.ttf
var ExtraBold []byte
