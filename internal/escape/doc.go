// Package escape makes text that somebody else wrote safe for the place it is shown in: a terminal, a
// CI log, XML, Markdown, a workflow command, a CSV cell, JSON on a screen.
//
// Control, format and invisible characters come out as visible escapes (`\x1b`, `\u202e`), so that a
// reader sees what was there and no medium acts on it. Text goes in and text comes out; the package
// never writes, and knows nothing of what the text says. HTML is left to html/template, after [Text].
package escape
