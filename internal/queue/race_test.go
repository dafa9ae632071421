//go:build race

package queue

// raceEnabled lets the large tests be smaller where every step costs ten.
const raceEnabled = true
