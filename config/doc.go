// Package config reads every setting from the environment, once, and reports all mistakes together.
//
// A setting is one field of Config: its tags give the variable's name (after SESSIONHUB_), its
// default and, for the message about a mistake, what would be right. Every variable NAME can be
// given as NAME_FILE instead, the path of a file that holds the value. An empty variable is not
// set. A name that is not a setting is a warning and never a mistake, because Kubernetes makes
// such names (SESSIONHUB_PORT, SESSIONHUB_SERVICE_HOST) for every service called sessionhub.
//
// No message contains the master key, the database URL or what stands in a file.
package config
