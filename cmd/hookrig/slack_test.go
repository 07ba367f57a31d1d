//go:build !race

package main

// slack is how much slower than promised a test may find the program: machines are shared.
const slack = 2
