// Package fleet is what the server knows of its devices at this moment and need not
// remember: all of it is in memory, and grows anew within seconds of a start.
package fleet
