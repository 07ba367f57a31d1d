// Package report says what a contract run found, once for each reader.
//
// In goes a [Report], made by a run or read back from the JSON that a run wrote; out come text, JSON,
// JUnit, HTML, Markdown and GitHub annotations, written to an io.Writer. Whatever a consumer or a
// catalog said is untrusted here and is escaped for the medium it is written to. The package never
// runs a check, judges nothing, opens no file and no connection.
package report
