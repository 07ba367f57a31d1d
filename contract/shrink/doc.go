// Package shrink reduces the steps of a failing case to the least that still fails.
//
// In go the steps and a way to try some of them; out come the steps that matter, each without the edits,
// faults and fields that do not. The package sends nothing itself, and leaves out no field that the
// provider could not have left out.
package shrink
