// Package rivals holds the servers that the service is compared with.
package rivals
