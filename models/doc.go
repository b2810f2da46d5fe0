// Package models holds the nouns of the service and says whether each is well formed.
//
// A model is a plain struct. It knows no JSON, no SQL and no encryption: the shapes on the
// wire stand in handlers, the rows in repository. Texts of end users have the type [Secret],
// so that they do not reach a log by accident.
package models
