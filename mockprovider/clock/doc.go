// Package clock keeps the time of a mock provider: it runs, stands still, runs faster, or is moved
// forward.
//
// In go times and tasks; the tasks come out when the clock reaches them, in order of their time. Advance
// stops at each task on the way and waits for the work it started, so that a schedule of three days
// happens in the order of three days. The clock never goes back, whatever the machine's own clock does.
package clock
