// Package reference turns a catalog into what its readers need: pages that say what is sent, when, in
// which order, how it is signed and what to answer.
//
// A catalog goes in; a [Book] comes out, and from it files: a web site, Markdown for other site
// builders, JSON, an AsyncAPI document. The same catalog gives the same bytes. The package writes no
// file, fetches nothing, and treats every text of a catalog as a stranger's.
package reference
