// Command hookrig holds a webhook consumer to its contract, and plays the provider for whoever has
// none at hand.
//
// Results go to stdout, everything else to stderr as "hookrig: message" and "hint: …" lines. Exit
// codes: 0 checked and good, 1 checked and bad, 2 usage, configuration or catalog, 3 could not check,
// 130 interrupted. One file holds one command; what a library user would miss is in the libraries.
package main
