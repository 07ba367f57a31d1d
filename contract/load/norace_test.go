//go:build !race

package load_test

// raceFactor is how much slower and shorter tests are under the race detector.
const raceFactor = 1
