// Package page is what every HTML page of ours has in common: the shell with its policy, one
// stylesheet for light, dark and print, JSON in colour, and charts as SVG.
//
// In goes content that is already template.HTML, or plain text and numbers, which are escaped; out
// comes a page in one file that loads nothing: no script, style, image or font of anybody's. The
// package knows nothing of what the pages show.
package page
