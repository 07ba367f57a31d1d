//go:build race

package main

// slack is how much slower than promised a test may find the program under the race detector.
const slack = 20
