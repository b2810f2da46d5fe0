package pgtest

import (
	"maps"
	"slices"
	"strings"
)

// Options say what is special about a cluster. The zero value is a fast cluster that may lose
// what it has when the machine stops, and that only a socket leads to.
type Options struct {
	// Settings are given to the server on its command line, where they win over every file
	// and over ALTER SYSTEM. A standby does not take over those of its primary, and does not start
	// with fewer connections than that allows: max_connections is raised for both.
	Settings map[string]string
	// Durable has the server wait for the disk, as it does where nobody tells it otherwise.
	// Without it, what was committed right before Kill may be lost.
	Durable bool
	// TCP has the server also listen at a free port of 127.0.0.1, which it keeps until Stop.
	TCP bool
	// Locale is that of initdb: C.UTF-8 where it is empty. A standby has that of its primary.
	Locale string
	// Name is what a standby calls itself to its primary: "standby" where it is empty. Letters,
	// digits and underscores only.
	Name string
}

const (
	defaultLocale = "C.UTF-8"
	defaultName   = "standby"
)

func (o Options) locale() string {
	if o.Locale == "" {
		return defaultLocale
	}
	return o.Locale
}

func (o Options) name() string {
	if o.Name == "" {
		return defaultName
	}
	return o.Name
}

// defaults are lines for postgresql.conf. They stand there so that ALTER SYSTEM can change
// them.
func (o Options) defaults() string {
	durable := "off"
	if o.Durable {
		durable = "on"
	}
	return strings.Join([]string{
		"",
		"fsync = " + durable,
		"full_page_writes = " + durable,
		"synchronous_commit = " + durable,
		"max_connections = 1000", // stores of as many tests as run at once on a large machine
		"shared_buffers = 64MB",
		"dynamic_shared_memory_type = mmap",     // files in the directory, which go with it after Kill
		"wal_retrieve_retry_interval = '100ms'", // a standby is back soon after its primary is
		"",
	}, "\n")
}

// flags are the settings for the command line, in an order that does not change.
func (o Options) flags() []string {
	var flags []string
	for _, name := range slices.Sorted(maps.Keys(o.Settings)) {
		flags = append(flags, "-c", name+"="+o.Settings[name])
	}
	return flags
}
