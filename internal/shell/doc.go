// Package shell writes words and commands that a POSIX shell reads back as exactly the bytes meant.
//
// In goes any text; out comes printable text, safe to show, to copy and to run. The package runs
// nothing.
package shell
