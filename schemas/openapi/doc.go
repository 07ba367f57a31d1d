// Package openapi stands between provider folders and OpenAPI 3.1 documents with a `webhooks` part.
//
// [Write] makes one document of any number of catalogs; [Import] makes a provider folder of anybody's
// document. Documents are read and rendered by libopenapi, which no other package imports: users who
// embed hookrig do not get it.
//
// It never fetches anything: a reference that leaves the document is an error.
package openapi
